"""What the state store costs: snapshots of rolling parts, a load, a sweep, and the disk they need.

    python -m benchmarks.state_store [--lanes 128] [--parts 64] [--part-kb 200]

Two steps of so many lanes put a part of small numbers each an epoch; their rows are written to
SQLite as the engine does. Printed, in time of the processor: milliseconds an epoch (store, and
rows), MB an epoch, seconds and MB/s of a load of everything, milliseconds of a look into all rows,
and the most MB on the disk beside those that a resume reads.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.state_files import delete, sizes
from rtm_flows.lanes.state_rows import unpacked, unsealed
from rtm_flows.lanes.store import STATE, StateStore
from rtm_flows.lanes.sweep import Request, unneeded

STEPS = ("know", "decide")
KEY = b"key"


class Now:
    """A sweeper that looks at once, into the rows that it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, int], bytes] = {}
        self.requests: list[Request] = []
        self.seconds: list[float] = []

    def ask(self, request: Request) -> None:
        """Wait for the epoch."""
        self.requests = [request]

    def sweep(self) -> None:
        """Sweep, when the epoch is committed."""
        for request in self.requests:
            began = time.process_time()
            files = unneeded(request, map(unsealed, self.rows.values()))
            self.seconds.append(time.process_time() - began)
            delete(self.folder / STATE, files or [])
        self.requests = []


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--lanes", type=int, default=128)
    arguments.add_argument("--parts", type=int, default=64)
    arguments.add_argument("--part-kb", type=int, default=200)
    arguments.add_argument("--epochs", type=int, default=0, help="default: three times the parts")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="rtm-state-") as name:
        _measure(Path(name), given.lanes, given.parts, given.part_kb * 1000, given.epochs)


class Store:
    """The store under measure, with the table into which the engine would write its rows."""

    def __init__(self, folder: Path, lanes: int, size: int) -> None:
        self.lanes = lanes
        self.size = size
        self.sweeper = Now(folder)
        self.puts: list[float] = []
        self.writes: list[float] = []
        self._store = StateStore(folder, KEY, sweeper=self.sweeper)
        numbers = np.random.default_rng(1).exponential(1000.0, size // 8)
        self._people = numbers.astype("i8").tobytes()
        self._database = sqlite3.connect(folder / "rows.sqlite3")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("CREATE TABLE snaps (step, lane, row, PRIMARY KEY (step, lane))")

    def epoch(self, parts: int) -> None:
        """Put a part of each lane, of which so many are needed, and write the rows."""
        began = time.process_time()
        for step in STEPS:
            for lane in range(self.lanes):
                kept = Kept(b"h" * 500, self._people, parts)
                self.sweeper.rows[step, lane] = self._store.put(step, lane, kept)
        self.puts.append(time.process_time() - began)
        began = time.process_time()
        self._database.executemany(
            "INSERT OR REPLACE INTO snaps VALUES (?, ?, ?)",
            [(*lane, row) for lane, row in self.sweeper.rows.items()],
        )
        self._database.commit()
        self.writes.append(time.process_time() - began)


def _measure(folder: Path, lanes: int, parts: int, size: int, epochs: int) -> None:
    store = Store(folder, lanes, size)
    most = 0
    for epoch in range(epochs or 3 * parts):
        store.epoch(min(parts, epoch + 1))
        most = max(most, sum(sizes(folder / STATE).values()))
        store.sweeper.sweep()
    _tell_epochs(store)
    _tell_load(folder, store.sweeper.rows, most)
    looks = store.sweeper.seconds
    if looks:
        print(f"look at rows     {max(looks) * 1e3:8.1f} ms, {len(looks)} times")


def _tell_epochs(store: Store) -> None:
    rows = store.sweeper.rows.values()
    print(f"epoch            {statistics.median(store.puts) * 1e3:8.1f} ms in the store (median)")
    print(
        f"                 {statistics.median(store.writes) * 1e3:8.1f} ms for its rows in SQLite"
    )
    print(f"                 {len(STEPS) * store.lanes * store.size / 1e6:8.1f} MB of parts")
    print(f"                 {sum(map(len, rows)) / 1e6:8.2f} MB of rows")


def _tell_load(folder: Path, rows: dict[tuple[str, int], bytes], most: int) -> None:
    """Read everything back, and print how long it took and how much lay on the disk."""
    needed = sum(place.length for row in rows.values() for place in unpacked(unsealed(row)).places)
    store = StateStore(folder, KEY)
    began = time.process_time()
    read = sum(
        sum(map(len, store.get(step, lane, row).parts)) for (step, lane), row in rows.items()
    )
    seconds = time.process_time() - began
    print(f"load             {seconds:8.2f} s, {read / 1e6 / seconds:,.0f} MB/s")
    print(f"disk             {most / 1e6:8.1f} MB at most, for {needed / 1e6:.1f} MB of parts")
    print(f"                 {most / needed:8.2f} times; {read / 1e6:.1f} MB before compression")


if __name__ == "__main__":
    main()
