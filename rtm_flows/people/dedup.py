"""De-duplication: exact on (source, id) within a person, in an event-time window.

In: rows in processing order. Out: which of them are new, and the final ids of those whose id was
derived. What was seen is kept by person, so that people can be saved and moved; entries are
forgotten when no event that is still allowed could match them. Who was saved or restored is asleep,
as the bytes that were saved, until the person's next event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np

from rtm_flows.columns import Column, Table, as_bytes
from rtm_flows.people.packed_ids import TIME as _TIME
from rtm_flows.people.packed_ids import TIME_BITS as _TIME_BITS
from rtm_flows.people.packed_ids import Key, oldest_of, packed, unpacked
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import People

_MARK = np.uint64((1 << 46) - 1)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_FEW = 1024
"""A lane with fewer entries has nothing forgotten in memory."""

Own = dict[Key, int]
"""What is remembered of one person: of each id its latest use."""


class Admitted(NamedTuple):
    """What a pass found: the rows that are new, all final ids, and two counts."""

    new: Bools
    ids: Column
    duplicates: int
    conflicting: int


class Seen:
    """Which ids were accepted, by person.

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
    and the time. An id that is used again after more than the window has an entry a use: in order
    of the log, a copy of an earlier use may come after a later one.
    """

    def __init__(self, source: str, window_ms: int) -> None:
        self.source = source
        self.window_ms = window_ms
        self._own: list[Own | bytes | None] = []
        """By slot what is remembered of a person: as bytes while the person is asleep."""
        self._earlier: dict[int, dict[Key, list[int]]] = {}
        self._size: Ints = np.zeros(0, dtype=np.int64)
        self._limit: dict[int, int] = {}

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
        if not self.window_ms and not derived.any():
            return Admitted(new, events["id"], 0, 0)
        # As many entries as there are rows come to a lane, at most.
        self._grow(np.bincount(lanes))
        self._reach(slot)
        ids = self._number(np.flatnonzero(derived), events, slot)
        if not self.window_ms or derived.all():
            return Admitted(new, ids, 0, 0)
        rows = np.flatnonzero(~derived)
        duplicates, conflicting = self._check(rows, events, slot, new)
        return Admitted(new, ids, duplicates, conflicting)

    def oldest(self, mark: int) -> int:
        """Return the time before which no entry can match an event at or after `mark`."""
        return mark - self.window_ms

    def forget(self, lane: int, mark: int, people: People) -> None:
        """Drop what no event at or after `mark` can match, once the lane has grown enough."""
        if lane >= len(self._size) or self._size[lane] < self._limit.get(lane, _FEW):
            return
        slots, oldest = people.in_lane(lane).tolist(), self.oldest(mark)
        left = sum(self._trim(slot, oldest) for slot in slots if slot < len(self._own))
        self._size[lane] = left
        # To look at everybody must be worth it.
        self._limit[lane] = max(_FEW, 2 * left, len(slots))

    def drop(self, slots: Ints) -> None:
        """Forget the ids of some people."""
        for slot in slots.tolist():
            if slot < len(self._own):
                self._own[slot] = None
                self._earlier.pop(slot, None)

    def export(self, slots: Ints, oldest: Ints | int) -> tuple[Ints, Table]:
        """Return of each slot whether there are entries since `oldest`, and these, packed.

        `oldest` is one time for all of them, or one for each.
        """
        self._reach(slots)
        found = list(
            map(self._asleep, slots.tolist(), np.broadcast_to(oldest, slots.shape).tolist())
        )
        counts = np.fromiter(map(bool, found), dtype=np.int64, count=len(found))
        return counts, Table({"ids": as_bytes([data for data in found if data])})

    def restore(self, slots: Ints, counts: Ints, table: Table) -> None:
        """Enter what `export` returned."""
        self._reach(slots)
        own = self._own
        for slot, data in zip(slots[counts > 0].tolist(), table["ids"].tolist(), strict=True):
            own[slot] = data

    def _asleep(self, slot: int, oldest: int) -> bytes:
        """Pack what is remembered of a person, without what is older; nothing if none is left."""
        kept = self._own[slot]
        if not kept:
            return b""
        if isinstance(kept, bytes) and oldest_of(kept) >= oldest:
            return kept
        own = self._awake(slot)
        keys, entries = list(own), list(own.values())
        if slot in self._earlier:
            uses = [(key, one) for key, some in self._uses(slot, own) for one in some]
            keys, entries = [key for key, _ in uses], [one for _, one in uses]
            del self._earlier[slot]
        data = packed(keys, entries, oldest)
        self._own[slot] = data or None
        return data

    def _awake(self, slot: int) -> Own:
        """Return what is remembered of a person, to be changed."""
        own = self._own[slot]
        if isinstance(own, dict):
            return own
        keys, entries = unpacked(own) if own else ([], [])
        found = dict(zip(keys, entries, strict=True))
        if len(found) == len(keys):
            self._own[slot] = found
            return found
        return self._enter(slot, zip(keys, entries, strict=True))

    def _enter(self, slot: int, uses: Iterable[tuple[Key, int]]) -> Own:
        own: Own = {}
        for key, entry in uses:
            before = own.get(key)
            if before is not None:
                self._keep(slot, key, before)
            own[key] = entry
        self._own[slot] = own
        return own

    def _check(self, rows: Ints, events: Table, slot: Ints, new: Bools) -> tuple[int, int]:
        marks = _tell_apart(events)
        slots, times = slot.tolist(), events["time"].tolist()
        ids, sources = events["id"].tolist(), events["source"].tolist()
        duplicates = conflicting = 0
        remembered, usual = self._own, self.source
        for i in rows.tolist():
            own = remembered[slots[i]]
            if not isinstance(own, dict):
                own = self._awake(slots[i])
            key = ids[i] if sources[i] == usual else (sources[i], ids[i])
            latest = own.get(key)
            entry = None if latest is None else self._original(slots[i], key, latest, times[i])
            mine = marks[i] << _TIME_BITS | times[i]
            if entry is not None:
                new[i] = False
                duplicates += 1
                conflicting += entry != mine
            else:
                if latest is not None:
                    # Behind all others, where it would be had the earlier use been forgotten.
                    self._keep(slots[i], key, own.pop(key))
                own[key] = mine
        return duplicates, conflicting

    def _original(self, slot: int, key: Key, latest: int, time: int) -> int | None:
        """Return the latest use of an id that an event at this time is a copy of."""
        for entry in (latest, *reversed(self._earlier.get(slot, {}).get(key, []))):
            if abs(time - (entry & _TIME)) <= self.window_ms:
                return entry
        return None

    def _keep(self, slot: int, key: Key, before: int) -> None:
        """Put what was the latest use of an id behind the earlier ones."""
        self._earlier.setdefault(slot, {}).setdefault(key, []).append(before)

    def _number(self, rows: Ints, events: Table, slot: Ints) -> Column:
        ids: Column = events["id"].copy() if len(rows) else events["id"]
        for i in rows.tolist():
            own, key = self._awake(int(slot[i])), str(ids[i])
            before, time = own.pop(key, 0), int(events["time"][i])
            # What may be forgotten must not be counted: it begins anew after the window.
            again = time - (before & _TIME) <= self.window_ms
            count = before >> _TIME_BITS if again else 0
            own[key] = (count + 1) << _TIME_BITS | time
            ids[i] = f"{key}-{count}"
        return ids

    def _trim(self, slot: int, oldest: int) -> int:
        """Drop what is older of one person; return how many entries stay that are not packed."""
        own = self._own[slot]
        if not isinstance(own, dict):
            self._asleep(slot, oldest)
            return 0
        found = [(key, [one for one in uses if one & _TIME >= oldest])
                 for key, uses in self._uses(slot, own)]  # fmt: skip
        self._earlier.pop(slot, None)
        self._own[slot] = None
        self._enter(slot, ((key, one) for key, uses in found for one in uses))
        return sum(len(uses) for _, uses in found)

    def _uses(self, slot: int, own: Own) -> Iterator[tuple[Key, list[int]]]:
        """Yield each id of a person with its uses, the latest last."""
        earlier = self._earlier.get(slot, {})
        for key, latest in own.items():
            yield key, [*earlier.get(key, ()), latest]

    def _grow(self, more: Ints) -> None:
        """Count more entries, by lane."""
        if len(more) > len(self._size):
            self._size = np.concatenate([self._size, np.zeros_like(more[len(self._size) :])])
        self._size[: len(more)] += more

    def _reach(self, slots: Ints) -> None:
        """Let there be room for every slot."""
        missing = int(slots.max(initial=-1)) + 1 - len(self._own)
        if missing > 0:
            self._own += [None] * missing


class SeenSince:
    """What is remembered of people, as it is saved.

    Parameters
    ----------
    seen
        What is remembered of all.
    people
        Who they are.
    oldest
        By lane: entries before this time are not saved.
    """

    def __init__(self, seen: Seen, people: People, oldest: Ints) -> None:
        self._seen, self._people, self._oldest = seen, people, oldest

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return of each slot whether there are entries, and these, packed."""
        return self._seen.export(slots, self._oldest[self._people.lane[slots]])

    def restore(self, slots: Ints, counts: Ints, table: Table) -> None:
        """Enter what `export` returned."""
        self._seen.restore(slots, counts, table)


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
