"""Files that nobody needs go; whatever an epoch that can be resumed needs, stays.

A model of the engine stands for it here: rows are on their way for a while, in their order for each
lane; an epoch is committed when all of its rows have arrived; a crash loses the rows on their way
and goes on from the last committed epoch, with another number of processes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.state_files import delete, sizes
from rtm_flows.lanes.state_rows import unsealed
from rtm_flows.lanes.store import STATE, StateStore
from rtm_flows.lanes.sweep import Request, named, unneeded

LANES = 3
FILE_BYTES = 20


class Asked:
    """A sweeper that writes down what it is asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def ask(self, request: Request) -> None:
        """Write it down."""
        self.requests.append(request)


class Snapshot(NamedTuple):
    """A row, and what it stands for."""

    lane: int
    epoch: int
    row: bytes
    state: Loaded


class Engine(RuleBasedStateMachine):
    """Puts, arrivals, commits, crashes and sweeps in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.tables: list[Snapshot] = []
        self.under_way: list[Snapshot] = []
        self.asked = Asked()
        self.epoch, self.resume, self.number = 1, 1, 0
        self._start(1)

    def teardown(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder)

    def _start(self, processes: int) -> None:
        # What an earlier run has asked may still be looked at.
        self.stores = [
            StateStore(self.folder, sweeper=self.asked, file_bytes=FILE_BYTES)
            for _ in range(processes)
        ]
        self.states = dict.fromkeys(range(LANES), Loaded(b"", ()))
        self.put_in = dict.fromkeys(range(LANES), 0)
        for lane, snapshot in self._needed().items():
            assert self._store(lane).get("know", lane, snapshot.row) == snapshot.state
            self.states[lane] = snapshot.state

    def _store(self, lane: int) -> StateStore:
        return self.stores[lane % len(self.stores)]

    def _needed(self) -> dict[int, Snapshot]:
        """Return what a resume would read."""
        found: dict[int, Snapshot] = {}
        for snapshot in sorted(self.tables, key=lambda one: one.epoch):
            if snapshot.epoch < self.resume:
                found[snapshot.lane] = snapshot
        return found

    def put(self, lane: int, size: int, depth: int) -> None:
        """Ask a lane for its snapshot, once an epoch."""
        if self.put_in[lane] == self.epoch:
            return
        self.put_in[lane] = self.epoch
        self.number += 1
        people = (b"%d." % self.number * size)[:size]
        head = b"%d" % self.number
        parts = (((people,) if people else ()) + self.states[lane].parts)[:depth]
        row = self._store(lane).put("know", lane, Kept(head, people, depth))
        self.states[lane] = Loaded(head, parts)
        self.under_way.append(Snapshot(lane, self.epoch, row, self.states[lane]))

    @rule(lane=st.integers(0, LANES - 1), size=st.integers(0, 50), depth=st.integers(1, 5))
    def put_one(self, lane: int, size: int, depth: int) -> None:
        """A lane that is awake is asked for its snapshot; others may not be."""
        self.put(lane, size, depth)

    @rule(size=st.integers(0, 50), depth=st.integers(1, 5))
    def next_epoch(self, size: int, depth: int) -> None:
        """The next epoch begins, though rows of this one, of all lanes, are on their way."""
        for lane in range(LANES):
            self.put(lane, size, depth)
        self.epoch += 1

    @precondition(lambda self: self.under_way)
    @rule(lane=st.integers(0, LANES - 1))
    def arrive(self, lane: int) -> None:
        """The first row of a lane that is on its way arrives."""
        for snapshot in self.under_way:
            if snapshot.lane == lane:
                self.under_way.remove(snapshot)
                self._write(snapshot)
                return

    @rule(clean=st.booleans())
    def commit(self, clean: bool) -> None:
        """All rows of the epochs before this one arrive; the engine may clean up then, or later."""
        for snapshot in [one for one in self.under_way if one.epoch < self.epoch]:
            self.under_way.remove(snapshot)
            self._write(snapshot)
        self.resume = self.epoch
        if clean:
            needed = self._needed()
            self.tables = [
                one
                for one in self.tables
                if one.lane not in needed or one.epoch >= needed[one.lane].epoch
            ]

    @rule(processes=st.integers(1, 3))
    def crash(self, processes: int) -> None:
        """What was on its way is lost, what was not committed is dropped, and a new run begins."""
        self.under_way = []
        self.tables = [one for one in self.tables if one.epoch < self.resume]
        self.epoch = self.resume
        kept = named(unsealed(one.row) for one in self.tables)
        delete(self.folder / STATE, [name for name in self._sizes() if name not in kept])
        self._start(processes)

    @precondition(lambda self: self.asked.requests)
    @rule(last=st.booleans())
    def sweep(self, last: bool) -> None:
        """A request, be it an old one, is looked at."""
        request = self.asked.requests[-1 if last else 0]
        files = unneeded(request, [unsealed(one.row) for one in self.tables])
        if files is not None:
            self.asked.requests.remove(request)
            delete(self.folder / STATE, files)

    @invariant()
    def everything_needed_is_there(self) -> None:
        """A resume at this very moment gets back every lane, whole."""
        other = StateStore(self.folder)
        for lane, snapshot in self._needed().items():
            assert other.get("know", lane, snapshot.row) == snapshot.state

    @invariant()
    def what_is_under_way_is_there(self) -> None:
        """Rows on their way, and those not committed yet, name nothing that is gone."""
        other = StateStore(self.folder)
        for snapshot in (*self.under_way, *self.tables):
            assert other.get("know", snapshot.lane, snapshot.row) == snapshot.state

    def _write(self, snapshot: Snapshot) -> None:
        self.tables = [
            one for one in self.tables if (one.lane, one.epoch) != (snapshot.lane, snapshot.epoch)
        ]
        self.tables.append(snapshot)

    def _sizes(self) -> dict[str, int]:
        return sizes(self.folder / STATE)


TestEngine = Engine.TestCase
TestEngine.settings = settings(stateful_step_count=30)


def test_rolling_parts_keep_the_disk_within_a_multiple_of_the_state(tmp_path: Path) -> None:
    """Whoever writes 16 parts over and over needs about 16 parts' space, not ever more."""
    lanes, depth, part = 16, 16, os.urandom(1200)
    asked = Asked()
    store = StateStore(tmp_path, sweeper=asked, file_bytes=20_000)
    most = 0
    for epoch in range(400):
        rows = [
            store.put("know", lane, Kept(b"", part, min(depth, epoch + 1))) for lane in range(lanes)
        ]
        if asked.requests:
            files = unneeded(asked.requests.pop(), map(unsealed, rows))
            assert files is not None
            delete(tmp_path / STATE, files)
        most = max(most, sum(sizes(tmp_path / STATE).values()))

    live = lanes * depth * len(part)
    assert live <= most <= 1.6 * live
