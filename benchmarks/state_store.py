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


def _measure(folder: Path, lanes: int, parts: int, size: int, epochs: int) -> None:
    sweeper = Now(folder)
    store = StateStore(folder, b"key", sweeper=sweeper)
    numbers = np.random.default_rng(1).exponential(1000.0, size // 8)
    people = numbers.astype("i8").tobytes()
    database = sqlite3.connect(folder / "rows.sqlite3")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE snaps (step, lane, row, PRIMARY KEY (step, lane))")
    puts, writes, most = [], [], 0
    for epoch in range(epochs or 3 * parts):
        began = time.process_time()
        for step in STEPS:
            for lane in range(lanes):
                kept = Kept(b"h" * 500, people, min(parts, epoch + 1))
                sweeper.rows[step, lane] = store.put(step, lane, kept)
        puts.append(time.process_time() - began)
        began = time.process_time()
        database.executemany(
            "INSERT OR REPLACE INTO snaps VALUES (?, ?, ?)",
            [(*lane, row) for lane, row in sweeper.rows.items()],
        )
        database.commit()
        writes.append(time.process_time() - began)
        most = max(most, sum(sizes(folder / STATE).values()))
        sweeper.sweep()
    rows = map(unsealed, sweeper.rows.values())
    needed = sum(place.length for row in rows for place in unpacked(row).places)
    other = StateStore(folder, b"key")
    began = time.process_time()
    read = 0
    for (step, lane), row in sweeper.rows.items():
        read += sum(map(len, other.get(step, lane, row).parts))
    seconds = time.process_time() - began
    puts.sort()
    writes.sort()
    middle = len(puts) // 2
    print(f"epoch            {puts[middle] * 1e3:8.1f} ms in the store (median)")
    print(f"                 {writes[middle] * 1e3:8.1f} ms for its rows in SQLite")
    print(f"                 {len(STEPS) * lanes * size / 1e6:8.1f} MB of parts")
    print(f"                 {sum(map(len, sweeper.rows.values())) / 1e6:8.2f} MB of rows")
    print(f"load             {seconds:8.2f} s, {read / 1e6 / seconds:,.0f} MB/s")
    if sweeper.seconds:
        print(
            f"look at rows     {max(sweeper.seconds) * 1e3:8.1f} ms, {len(sweeper.seconds)} times"
        )
    print(f"disk             {most / 1e6:8.1f} MB at most, for {needed / 1e6:.1f} MB of parts")
    print(f"                 {most / needed:8.2f} times; {read / 1e6:.1f} MB before compression")


if __name__ == "__main__":
    main()
