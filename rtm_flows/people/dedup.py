"""De-duplication: exact on (source, id) within a person, in an event-time window.

In: rows in processing order. Out: which of them are new, and the final ids of those whose id was
derived. What was seen is kept by lane, so that a lane can be saved and moved; entries are
forgotten when no event that is still allowed could match them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import People

_TIME_BITS = 42
_SLOT_BITS = 32
_TIME = (1 << _TIME_BITS) - 1
_SLOT = (1 << _SLOT_BITS) - 1
_EXTRA = _TIME_BITS + _SLOT_BITS
_MARK = np.uint64((1 << 46) - 1)
_ODD = np.uint64(0x9E3779B97F4A7C15)

Key = str | tuple[int, str, str]
"""An id of the usual source, or (slot, source, id) where that alone would not be unique."""


class Admitted(NamedTuple):
    """What a pass found: the rows that are new, all final ids, and two counts."""

    new: Bools
    ids: Column
    duplicates: int
    conflicting: int


class Seen:
    """Which ids were accepted, by lane.

    Parameters
    ----------
    source
        The usual source of events; others cost a little more memory.
    window_ms
        Two events with one id are copies when their times differ by at most this; 0 switches
        de-duplication off (derived ids are still numbered).

    Notes
    -----
    An entry is one integer: what tells copies apart (or, for a derived id, how many there were),
    the slot, and the time. An id that is used again after more than the window has an entry a
    use: in order of the log, a copy of an earlier use may come after a later one.
    """

    def __init__(self, source: str, window_ms: int) -> None:
        self.source = source
        self.window_ms = window_ms
        self._lanes: dict[int, dict[Key, int]] = {}
        self._earlier: dict[int, dict[Key, list[int]]] = {}
        self._limit: dict[int, int] = {}
        self._shared: set[str] = set()

    def admit(self, events: Table, slot: Ints, lanes: Ints) -> Admitted:
        """Tell new events from copies, and complete derived ids.

        Parameters
        ----------
        events
            Columns `id`, `derived`, `source`, `time`, `type`, `price`, `quantity`, `amount`.
        slot, lanes
            Slot and lane of each event's person.
        """
        new = np.ones(len(events), dtype=np.bool_)
        derived = events["derived"]
        ids = self._number(np.flatnonzero(derived), events, slot, lanes)
        if not self.window_ms or derived.all():
            return Admitted(new, ids, 0, 0)
        rows = np.flatnonzero(~derived)
        duplicates, conflicting = self._check(rows, events, slot, lanes, new)
        return Admitted(new, ids, duplicates, conflicting)

    def forget(self, lane: int, mark: int) -> None:
        """Drop what no event at or after `mark` can match, once the lane has grown enough."""
        seen, earlier = self._lane(lane), self._earlier.get(lane, {})
        if len(seen) + sum(map(len, earlier.values())) < self._limit.get(lane, 1024):
            return
        oldest = mark - self.window_ms
        kept = {key: entry for key, entry in seen.items() if entry & _TIME >= oldest}
        self._earlier[lane] = {}
        for key, entries in earlier.items():
            live = [entry for entry in entries if entry & _TIME >= oldest]
            if live and key not in kept:
                kept[key] = live.pop()
            if live:
                self._earlier[lane][key] = live
        self._lanes[lane] = kept
        self._limit[lane] = max(1024, 2 * len(kept))

    def forget_in(self, lanes: Sequence[int], marks: Sequence[int]) -> None:
        """Drop in several lanes what no event at or after the mark of its lane can match."""
        limit, sizes = self._limit, {lane: len(seen) for lane, seen in self._lanes.items()}
        for lane, mark in zip(lanes, marks, strict=True):
            if sizes.get(lane, 0) >= limit.get(lane, 1024) or self._earlier.get(lane):
                self.forget(lane, mark)

    def export(self, lane: int, people: People, only: int | None = None) -> Table:
        """Return a lane's entries, or only those of one slot, as a table that `restore` reads."""
        earlier = self._earlier.get(lane, {})
        entries = [
            (key, entry)
            for key, latest in self._lane(lane).items()
            if only is None or (latest >> _TIME_BITS) & _SLOT == only
            for entry in (*earlier.get(key, ()), latest)
        ]
        owners = [(entry >> _TIME_BITS) & _SLOT for _, entry in entries]
        names = [self._name(key) for key, _ in entries]
        return Table(
            {
                "person": as_text([people.keys[slot] for slot in owners]),
                "source": as_text([source for source, _ in names]),
                "id": as_text([id_ for _, id_ in names]),
                "time": np.array([entry & _TIME for _, entry in entries], dtype=np.int64),
                "extra": np.array([entry >> _EXTRA for _, entry in entries], dtype=np.int64),
            }
        )

    def restore(self, table: Table, lane: int, people: People) -> None:
        """Enter what `export` returned; the people must be in `people` already."""
        persons = table["person"].tolist()
        slots = people.slots_of(persons, np.full(len(persons), lane, dtype=np.int16)).tolist()
        seen = self._lane(lane)
        columns = (table[name].tolist() for name in ("source", "id", "time", "extra"))
        for slot, source, id_, time, extra in zip(slots, *columns, strict=True):
            key, before = self._find(seen, slot, source, id_)
            if before is not None:
                self._keep(lane, key, before)
            seen[key] = (extra << _EXTRA) | (slot << _TIME_BITS) | time

    def _check(
        self, rows: Ints, events: Table, slot: Ints, lanes: Ints, new: Bools
    ) -> tuple[int, int]:
        marks = _tell_apart(events)
        slots, times, lane_of = slot.tolist(), events["time"].tolist(), lanes.tolist()
        ids, sources = events["id"].tolist(), events["source"].tolist()
        duplicates = conflicting = 0
        for i in rows.tolist():
            seen = self._lane(lane_of[i])
            key, latest = self._find(seen, slots[i], sources[i], ids[i])
            entry = None if latest is None else self._original(lane_of[i], key, latest, times[i])
            if entry is not None:
                new[i] = False
                duplicates += 1
                conflicting += entry >> _EXTRA != marks[i] or entry & _TIME != times[i]
            else:
                if latest is not None:
                    self._keep(lane_of[i], key, latest)
                seen[key] = (marks[i] << _EXTRA) | (slots[i] << _TIME_BITS) | times[i]
        return duplicates, conflicting

    def _original(self, lane: int, key: Key, latest: int, time: int) -> int | None:
        """Return the latest use of an id that an event at this time is a copy of."""
        for entry in (latest, *reversed(self._earlier.get(lane, {}).get(key, []))):
            if abs(time - (entry & _TIME)) <= self.window_ms:
                return entry
        return None

    def _keep(self, lane: int, key: Key, before: int) -> None:
        """Put what was the latest use of an id behind the earlier ones."""
        self._earlier.setdefault(lane, {}).setdefault(key, []).append(before)

    def _number(self, rows: Ints, events: Table, slot: Ints, lanes: Ints) -> Column:
        ids: Column = events["id"].copy() if len(rows) else events["id"]
        for i in rows.tolist():
            seen, owner, time = self._lane(int(lanes[i])), int(slot[i]), int(events["time"][i])
            key, entry = self._find(seen, owner, self.source, ids[i])
            count = 0 if entry is None else entry >> _EXTRA
            seen[key] = ((count + 1) << _EXTRA) | (owner << _TIME_BITS) | time
            ids[i] = f"{ids[i]}-{count}"
        return ids

    def _find(
        self, seen: dict[Key, int], slot: int, source: str, id_: str
    ) -> tuple[Key, int | None]:
        if source == self.source:
            entry = seen.get(id_)
            if entry is not None and (entry >> _TIME_BITS) & _SLOT == slot:
                return id_, entry
            if entry is None and id_ not in self._shared:
                return id_, None
            self._shared.add(id_)
        key = (slot, source, id_)
        return key, seen.get(key)

    def _lane(self, lane: int) -> dict[Key, int]:
        seen = self._lanes.get(lane)
        if seen is None:
            seen = self._lanes[lane] = {}
        return seen

    def _name(self, key: Key) -> tuple[str, str]:
        return (self.source, key) if isinstance(key, str) else (key[1], key[2])


def _tell_apart(events: Table) -> list[int]:
    """Return a number an event that, but for one chance in 2^46, differs where copies do."""
    types = events["type"].tolist()
    code = {kind: crc32(kind.encode()) for kind in set(types)}
    mixed = np.array([code[kind] for kind in types], dtype=np.uint64)
    for name in ("price", "quantity", "amount"):
        mixed = (mixed + events[name].astype(np.uint64)) * _ODD
        mixed ^= mixed >> np.uint64(29)
    apart: list[int] = (mixed & _MARK).tolist()
    return apart
