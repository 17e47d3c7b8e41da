"""Contacts: when each person was or may yet be reached, and which limits that uses up.

In: decisions that would reach a person, and what became of them. Out: of each row and limit how
many contacts count, and whether it is used up. It refuses to know what an action is, which limits
it falls under, and what is decided.

**What counts.** A contact is *reserved* by a decision, and *settled* when its delivery is told. At
a clock `now` it counts for a limit if it falls under it, lies in the window, and is settled or has
`now < expires`. A window of length D holds the times `> now - D`; a period of the calendar those
from its begin on (`>=`). A limit is used up where as many contacts count as it allows. A contact
that was *released* (its delivery failed) counts no more, and cannot be settled.

**What is late.** A reservation that expired does not count. It is remembered all the same, and if
its delivery is told after all it counts again: the person was reached. Of each person the latest
`LAPSED` of such reservations are remembered, as they stood when the next one is made.

**Cuts.** The same calls in a person's order give the same answers, however people are put together
in calls, and wherever the state is exported and restored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.zones import Zones

Keys = NDArray[np.uint64]

LAPSED: Final = 16
"""So many reservations of a person that expired without a word are remembered."""
NEVER: Final = (1 << 63) - 1
"""The expiry of a reservation that counts without being settled: no outcomes will be told."""

_DTYPE = np.dtype(
    [("time", "i8"), ("expires", "i8"), ("key", "u8"), ("limits", "u8"), ("settled", "?")]
)


class Reservation(NamedTuple):
    """Contacts to reserve, one a row."""

    slots: Ints
    """The persons, each at most once."""
    clocks: Ints
    """When the contacts are; no earlier than the person's contacts before."""
    limits: Keys
    """The limits that they fall under, as `Limits.masks` has them; 0 is remembered by nobody."""
    keys: Keys
    """Of the decisions, by which outcomes find them; see `decision_keys`."""
    expires: Ints
    """From when on they do not count unless they were settled."""


class Used(NamedTuple):
    """How far limits are used."""

    counts: Ints
    """(rows, limits): the contacts that count."""
    up: Bools
    """(rows, limits): no further one is allowed."""


class Contacts:
    """The contacts of all people of a worker.

    Parameters
    ----------
    limits
        Checked limits, in declared order.
    zones
        What the numbers of zones stand for.

    Examples
    --------
    >>> gap = Limit(name="gap", channels="email", interval="PT1S")
    >>> contacts, ann, utc = Contacts([gap], Zones()), np.array([0]), np.array([0])
    >>> first = decision_keys(["f869c9a5"])
    >>> contacts.reserve(
    ...     Reservation(ann, np.array([5_000]), np.array([1], np.uint64), first, np.array([5_300]))
    ... )
    >>> contacts.used(ann, np.array([5_299]), utc).up.tolist()
    [[True]]
    >>> contacts.used(ann, np.array([5_300]), utc).up.tolist()
    [[False]]
    >>> contacts.settle(ann, first)
    >>> [contacts.used(ann, np.array([now]), utc).up.tolist() for now in (5_999, 6_000)]
    [[[True]], [[False]]]
    """

    def __init__(self, limits: Sequence[Limit], zones: Zones) -> None:
        self._zones = zones
        self._bounds = np.array([limit.bound for limit in limits], dtype=np.int64)
        self._windows = [limit.window for limit in limits]
        self._memory = max((window.span for window in self._windows), default=0)
        self._pool = Pool(_DTYPE)

    @property
    def nbytes(self) -> int:
        """Bytes of all that is remembered."""
        return self._pool.nbytes

    def used(self, slots: Ints, clocks: Ints, zones: Ints) -> Used:
        """Tell how far the limits are used.

        Parameters
        ----------
        slots
            The persons of the rows; one may have several rows.
        clocks
            Their clocks, no earlier than their contacts.
        zones
            Their zones, as numbers of `Zones`.
        """
        sizes, records = self._pool.read(slots)
        counts = np.zeros((len(slots), len(self._windows)), dtype=np.int64)
        if len(records):
            owner = np.repeat(np.arange(len(slots)), sizes)
            alive = np.flatnonzero(records["settled"] | (clocks[owner] < records["expires"]))
            owner, time, mask = owner[alive], records["time"][alive], records["limits"][alive]
            for at, since in enumerate(self._since(clocks, zones)):
                inside = (mask >> np.uint64(at) & np.uint64(1) > 0) & (time >= since[owner])
                counts[:, at] = np.bincount(owner[inside], minlength=len(slots))
        return Used(counts, counts >= self._bounds)

    def reserve(self, wanted: Reservation) -> None:
        """Remember contacts that count until they expire, and on if they are settled.

        Whether a limit is used up is not looked at: ask `used` first.
        """
        some = np.flatnonzero(wanted.limits)
        slots, clocks = wanted.slots[some], wanted.clocks[some]
        sizes, before = self._pool.read(slots)
        owner = np.repeat(np.arange(len(slots)), sizes)
        lapsed = ~before["settled"] & (before["expires"] <= clocks[owner])
        stays = before["time"] > clocks[owner] - self._memory
        stays &= ~lapsed | (_from_the_last(owner, lapsed & stays) <= LAPSED)
        fresh = np.zeros(len(some), dtype=_DTYPE)
        fresh["time"], fresh["limits"] = clocks, wanted.limits[some]
        fresh["key"], fresh["expires"] = wanted.keys[some], wanted.expires[some]
        owner = np.concatenate([owner[stays], np.arange(len(slots))])
        order = np.argsort(owner, kind="stable")
        records = np.concatenate([before[stays], fresh])[order]
        self._pool.write(slots, np.bincount(owner, minlength=len(slots)), records)

    def settle(self, slots: Ints, keys: Keys) -> None:
        """Note that contacts were delivered; who has no such contact is passed over.

        Parameters
        ----------
        slots
            The persons; one may have several rows.
        keys
            Of the decisions.
        """
        people, counts, records, told = self._told(slots, keys)
        records["settled"] |= told
        self._pool.write(people, counts, records)

    def release(self, slots: Ints, keys: Keys) -> None:
        """Forget contacts that failed, settled or not; as `settle`."""
        people, counts, records, told = self._told(slots, keys)
        owner = np.repeat(np.arange(len(people)), counts)[~told]
        self._pool.write(people, np.bincount(owner, minlength=len(people)), records[~told])

    def lapse(self, slots: Ints, keys: Keys, clocks: Ints) -> None:
        """Let contacts count no more, unless their delivery is or will be told after all.

        Parameters
        ----------
        slots
            The persons, each at most once.
        keys, clocks
            Of the decisions, and from when on.
        """
        counts, records = self._pool.read(slots)
        meant = records["key"] == np.repeat(keys, counts)
        until = np.where(meant, np.repeat(clocks, counts), NEVER)
        records["expires"] = np.minimum(records["expires"], until)
        self._pool.write(slots, counts, records)

    def forget(self, slots: Ints, clocks: Ints) -> None:
        """Forget what no limit can look at any more; it changes no answer.

        Parameters
        ----------
        slots
            The persons, each at most once.
        clocks
            What their clocks will never be earlier than.
        """
        counts, records = self._pool.read(slots)
        owner = np.repeat(np.arange(len(slots)), counts)
        stays = records["time"] > clocks[owner] - self._memory
        if not stays.all():
            left = np.bincount(owner[stays], minlength=len(slots))
            self._pool.write(slots, left, records[stays])

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many contacts each slot has, and all of them, slot after slot."""
        return self._pool.export(slots)

    def restore(self, slots: Ints, counts: Ints, contacts: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, contacts)

    def _since(self, clocks: Ints, zones: Ints) -> list[Ints]:
        """Return of each limit the first instant of its window, row by row."""
        periods = {window.calendar for window in self._windows}
        begins = {p: self._zones.starts(p, clocks, zones) for p in periods if p is not None}
        return [
            clocks - window.span + 1 if window.calendar is None else begins[window.calendar]
            for window in self._windows
        ]

    def _told(self, slots: Ints, keys: Keys) -> tuple[Ints, Ints, Records, Bools]:
        """Return the contacts of some people, and which of them have one of the keys."""
        people, whose = np.unique(slots, return_inverse=True)
        counts, records = self._pool.read(people)
        owner = np.concatenate([np.repeat(np.arange(len(people)), counts), whose])
        key = np.concatenate([records["key"], keys])
        asked = np.arange(len(key)) >= len(records)
        order = np.lexsort((key, owner))
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (np.diff(owner[order]) != 0) | (key[order][1:] != key[order][:-1])
        told = np.empty(len(order), dtype=np.bool_)
        if len(order):
            any_asked = np.logical_or.reduceat(asked[order], np.flatnonzero(new))
            told[order] = any_asked[np.cumsum(new) - 1]
        return people, counts, records, told[: len(records)]


def decision_keys(ids: Iterable[str]) -> Keys:
    """Return what contacts are found by: the first 8 bytes of BLAKE2b of each decision's id.

    Two decisions of one person have the same key with a chance of 2^-64.

    Examples
    --------
    >>> [hex(key) for key in decision_keys(["f869c9a58283a7776adec4d18fd77e30"]).tolist()]
    ['0x488bdc6934f230f']
    """
    digests = b"".join(hashlib.blake2b(one.encode(), digest_size=8).digest() for one in ids)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _from_the_last(owner: Ints, marked: Bools) -> Ints:
    """Return of each record how many marked ones of its owner there are from it to the last."""
    if not len(owner):
        return owner
    after = np.cumsum(marked[::-1])[::-1]
    ends = np.searchsorted(owner, owner, side="right")
    rest: Ints = after - np.append(after, 0)[ends]
    return rest
