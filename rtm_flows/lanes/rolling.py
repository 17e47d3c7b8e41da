"""Rolling: the people of lanes, written part by part.

In: the state columns of people with what they have many of, and who of them changes. Out: parts, so
that the latest few of a lane hold all its people; and the people restored from them. Decision 0017.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.lanes.parts import Part, encode, encode_each, merge
from rtm_flows.people.roll import SAVES, Roll
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import People


class Run(Protocol):
    """Of which every person has another number."""

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many records each slot has, and all of them, slot after slot."""

    def restore(self, slots: Ints, counts: Ints, table: Table, /) -> None:
        """Enter what `export` returned."""


class Rolling:
    """Writes the people of a worker's lanes.

    Parameters
    ----------
    people
        Their state columns.
    saves
        As of `Roll`.
    """

    def __init__(self, people: People, saves: int = SAVES) -> None:
        self._people = people
        self._roll = Roll(saves)
        self._gone: dict[int, list[str]] = {}
        """By lane who was forgotten since its latest save; of lanes that were ever saved."""

    def touch(self, *slots: Ints) -> None:
        """Note that people have changed, or are new; whoever is not named is not written."""
        for some in slots:
            self._roll.touch(some)

    def forget(self, slots: Ints, runs: Sequence[Run]) -> None:
        """Forget some people, each named once, with all that they have many of."""
        empty(slots, runs)
        for slot, lane in zip(slots.tolist(), self._people.lane[slots].tolist(), strict=True):
            if self._roll.knows(lane):
                self._gone.setdefault(lane, []).append(self._people.keys[slot])
        self._people.drop(slots)

    def save(self, lanes: Sequence[int], runs: Sequence[Run]) -> list[Kept]:
        """Return the next part of each of some lanes, under an empty head; it counts as kept.

        Of a lane without people it tells who is gone, for those who keep older parts.

        Parameters
        ----------
        lanes
            The lanes. What goes into their parts is looked up for all of them at once.
        runs
            What people have many of, always in the same order.
        """
        dues = [self._roll.take(lane, self._people.in_lane(lane)) for lane in lanes]
        gone = [self._gone.pop(lane, []) for lane in lanes]
        if not any(due.depth or left for due, left in zip(dues, gone, strict=True)):
            return [Kept(b"", b"", 0) for _ in lanes]
        slots = np.concatenate([due.slots for due in dues])
        parts = encode_each(self._exported(slots, runs), [len(due.slots) for due in dues], gone)
        return [
            Kept(b"", part if due.depth or left else b"", due.depth)
            for due, part, left in zip(dues, parts, gone, strict=True)
        ]

    def whole(self, lane: int, runs: Sequence[Run], person: str | None = None) -> Kept:
        """Return all people of a lane, or one of them, as one part; nothing counts as kept."""
        slots = self._people.of_lane(lane, person)
        if not len(slots):
            return Kept(b"", b"", 0)
        return Kept(b"", encode(self._exported(slots, runs)), 1)

    def load(self, lane: int, parts: Sequence[Bytes], runs: Sequence[Run]) -> None:
        """Restore the people of a lane, none of whom may be known, from its newest parts.

        Of some there may be nothing here: they are empty.
        """
        if not any(parts):
            return
        found = merge(parts)
        slots = self._people.restore(found.people, lane)
        for run, (counts, records) in zip(runs, found.runs, strict=True):
            run.restore(slots, counts, records)
        self._roll.restore(lane, slots, found.ages)

    def _exported(self, slots: Ints, runs: Sequence[Run]) -> Part:
        return Part(self._people.export(slots), [run.export(slots) for run in runs])


def empty(slots: Ints, runs: Sequence[Run]) -> None:
    """Take from some people, each named once, all that they have many of."""
    for run in runs:
        _, nothing = run.export(slots[:0])
        run.restore(slots, np.zeros_like(slots), nothing)
