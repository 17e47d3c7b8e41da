"""Deliveries: of each person and place the decision that is still on its way.

In: decisions that are to be delivered, and reports of what became of them. Out: the decision that a
new one supersedes. It refuses to know what an action is, and how anything is delivered.

A decision is on its way until it expires, is reported, or is superseded by the next one of its
person and place. So of a person as many are remembered as there are places, at most.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.policy.contacts import Keys

_DTYPE = np.dtype(
    [
        ("place", "i4"),
        ("key", "u8"),
        ("decision", "i8", (2,)),
        ("begins", "i8"),
        ("expires", "i8"),
    ]
)


class Dispatch(NamedTuple):
    """Decisions that are to be delivered, one a row."""

    slots: Ints
    """The persons, each at most once."""
    clocks: Ints
    """When they are made; no earlier than the person's decisions before."""
    places: Ints
    """Numbers of where they are delivered."""
    keys: Keys
    """By which reports find them; see `decision_keys`."""
    decisions: Ints
    """Their ids as numbers, (rows, 2)."""
    begins: Ints
    """From when on they may be delivered."""
    expires: Ints
    """From when on no more."""


class Superseded(NamedTuple):
    """Decisions that new ones supersede."""

    at: Ints
    """The rows of the new ones, ascending."""
    keys: Keys
    decisions: Ints
    """Their ids as numbers, (superseded, 2)."""
    begun: Bools
    """They might have been delivered already."""


class Deliveries:
    """What is on its way to all people of a worker.

    Examples
    --------
    >>> def mail(clock: int, number: int) -> Dispatch:
    ...     one, key = np.array([0]), np.array([number], dtype=np.uint64)
    ...     ids, time = np.array([[number, number]]), np.array([clock])
    ...     return Dispatch(one, time, one, key, ids, time + 10, time + 60)
    >>> deliveries = Deliveries()
    >>> [deliveries.replace(mail(*one)).keys.tolist() for one in ((0, 7), (9, 8), (69, 9))]
    [[], [7], []]
    """

    def __init__(self) -> None:
        self._pool = Pool(_DTYPE)

    def hear(self, slots: Ints, keys: Keys) -> None:
        """Forget decisions that were reported: they have gone out, or failed.

        Parameters
        ----------
        slots
            The persons, each at most once.
        keys
            Of the decisions reported.
        """
        counts, records = self._pool.read(slots)
        told = records["key"] == np.repeat(keys, counts)
        if told.any():
            self._write(slots, counts, records, ~told)

    def replace(self, sent: Dispatch) -> Superseded:
        """Let decisions be on their way; return those that were, at the same places."""
        counts, before = self._pool.read(sent.slots)
        owner = np.repeat(np.arange(len(sent.slots)), counts)
        alive = sent.clocks[owner] < before["expires"]
        same = before["place"] == sent.places[owner]
        fresh = np.empty(len(sent.slots), dtype=_DTYPE)
        fresh["place"], fresh["key"], fresh["decision"] = sent.places, sent.keys, sent.decisions
        fresh["begins"], fresh["expires"] = sent.begins, sent.expires
        stays = alive & ~same
        owners = np.concatenate([owner[stays], np.arange(len(fresh))])
        order = np.argsort(owners, kind="stable")
        records = np.concatenate([before[stays], fresh])[order]
        self._pool.write(sent.slots, np.bincount(owners, minlength=len(fresh)), records)
        gone = np.flatnonzero(alive & same)
        at, told = owner[gone], before[gone]
        begun = told["begins"] <= sent.clocks[at]
        return Superseded(at, told["key"], told["decision"], begun)

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many decisions are on their way to each slot, and all of them."""
        return self._pool.export(slots)

    def restore(self, slots: Ints, counts: Ints, records: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, records)

    def _write(self, slots: Ints, counts: Ints, records: Records, stays: Bools) -> None:
        owner = np.repeat(np.arange(len(slots)), counts)[stays]
        self._pool.write(slots, np.bincount(owner, minlength=len(slots)), records[stays])
