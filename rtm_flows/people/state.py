"""State columns: one row (a slot) a person, one array a property, for all people of a worker.

In: declarations of columns and person keys. Out: slots, and the rows of some people as a plain
table (to snapshot, to restore). It knows nothing of what the columns mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.errors import RecoveryError
from rtm_flows.people.maps import MapField, Maps

NOWHERE = -1
"""The lane of a slot that is nobody's."""
_FEW = 16
"""Room for so many people at first: a decision in process is about one only."""
_ROOM = 4
"""Columns that are full become so many times as long: what nobody has yet takes no memory."""


class Field(NamedTuple):
    """One state column: its name, type, shape of one person's value, and first value."""

    name: str
    dtype: str
    tail: tuple[int, ...]
    first: int | float | str


class State(Protocol):
    """State columns and maps by name: those of all, or only those of one part of the features."""

    def __getitem__(self, name: str) -> Column:
        """Return a column by slot; writing to it changes the state."""

    @property
    def maps(self) -> Mapping[str, Maps]:
        """The maps."""


class People:
    """The state of the people of one worker, in columns that grow.

    Parameters
    ----------
    fields
        The columns that the kernels declare.
    maps
        The maps that they declare.

    Attributes
    ----------
    keys
        By slot the person's key; empty where the slot is nobody's.
    maps
        The maps by name; each is exported by itself.

    Examples
    --------
    >>> people = People([Field("last", "i8", (), -1)])
    >>> slots = people.slots_of(["u:ann", "u:bob", "u:ann"], np.array([3, 4, 3]))
    >>> slots.tolist(), people["last"][slots].tolist(), people.lane[slots].tolist()
    ([0, 1, 0], [-1, -1, -1], [3, 4, 3])
    """

    def __init__(self, fields: Sequence[Field], maps: Sequence[MapField] = ()) -> None:
        self.fields = tuple(fields)
        self.maps = {field.name: Maps(field) for field in maps}
        self.keys: list[str] = []
        self._free: list[int] = []
        """Slots of nobody, to be used again; their columns hold first values."""
        self._slot: dict[str, int] = {}
        self._columns: dict[str, Column] = {}
        self._used: dict[str, Column] = {}
        """Columns over all slots in use, until somebody new comes."""
        self._lane: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._dealt: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._grow(_FEW)

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self._slot)

    def __contains__(self, person: object) -> bool:
        """Tell whether a person has a slot."""
        return person in self._slot

    def __getitem__(self, name: str) -> Column:
        """Return a column over all slots in use; writing to it changes the state."""
        used = self._used.get(name)
        if used is None:
            used = self._used[name] = self._columns[name][: len(self.keys)]
        return used

    @property
    def lane(self) -> NDArray[np.int16]:
        """The lane of every slot, `NOWHERE` where it is nobody's."""
        return self._lane[: len(self.keys)]

    def slots_of(self, persons: Sequence[str], lanes: NDArray[np.int16]) -> NDArray[np.int64]:
        """Return the slot of each person, giving new people one."""
        known = self._slot
        slots = map(known.get, persons, repeat(-1))
        found = np.fromiter(slots, dtype=np.int64, count=len(persons))
        fresh = np.flatnonzero(found < 0).tolist()
        if fresh:
            # The first row of each new person is enough to enter the person by.
            first = {persons[row]: row for row in reversed(fresh)}
            start = len(self.keys)
            self._enter(list(first), lanes[list(first.values())])
            for field in self.fields:
                self._columns[field.name][start : len(self.keys)] = field.first
            found[fresh] = [known[persons[row]] for row in fresh]
        return found

    def known(self, persons: Sequence[str]) -> NDArray[np.int64]:
        """Return the slots of those of some people who have one."""
        slots = [self._slot[person] for person in persons if person in self._slot]
        return np.array(slots, dtype=np.int64)

    def of_lane(self, lane: int, person: str | None = None) -> NDArray[np.int64]:
        """Return the slots of a lane, in order of person key; or that of one person, if known."""
        if person is not None:
            slot = self._slot.get(person)
            return np.array([] if slot is None else [slot], dtype=np.int64)
        slots = np.flatnonzero(self.lane == lane)
        return np.array(sorted(slots.tolist(), key=self.keys.__getitem__), dtype=np.int64)

    def in_lane(self, lane: int) -> NDArray[np.int64]:
        """Return the slots of a lane, ascending.

        All people are dealt to their lanes when first asked, and again when somebody new has come:
        so to ask for one lane after the other costs as much as to ask for one.
        """
        if self._dealt is None:
            order = np.argsort(self.lane, kind="stable")
            lanes = np.arange(int(self.lane.max(initial=-1)) + 2, dtype=np.int16)
            self._dealt = order, np.searchsorted(self.lane[order], lanes)
        order, bounds = self._dealt
        return order[bounds[lane] : bounds[lane + 1]] if lane + 1 < len(bounds) else order[:0]

    def export(self, slots: NDArray[np.int64]) -> Table:
        """Return the rows of some people as a table with their keys."""
        keys = as_text([self.keys[s] for s in slots.tolist()])
        columns = {f.name: self._columns[f.name][slots] for f in self.fields}
        return Table({"person": keys, **columns})

    def restore(self, table: Table, lane: int) -> NDArray[np.int64]:
        """Enter people from a table that `export` made; returns their slots.

        Raises
        ------
        RecoveryError
            If the table lacks a column, or has one of another type or shape.
        """
        like = table.slice(0, 0)
        for field in self.fields:
            _check_column(field, like)
        persons = table["person"].tolist()
        if self._slot.keys().isdisjoint(persons):
            slots = self._enter(persons, np.int16(lane))
        else:
            slots = self.slots_of(persons, np.full(len(persons), lane, dtype=np.int16))
        beside = _side_by_side(slots)
        for field in self.fields:
            if beside is None:
                self[field.name][slots] = table[field.name]
            else:
                table.put(field.name, self[field.name][beside])
        return slots

    def clear(self, slots: NDArray[np.int64]) -> None:
        """Give the columns of some people their first values."""
        for field in self.fields:
            self._columns[field.name][slots] = field.first

    def drop(self, slots: NDArray[np.int64]) -> None:
        """Forget some people, each named once; their slots are used again, and their maps stay."""
        self.clear(slots)
        for slot in slots.tolist():
            del self._slot[self.keys[slot]]
            self.keys[slot] = ""
        self._lane[slots] = NOWHERE
        self._free += slots.tolist()
        self._dealt = None

    def _enter(self, persons: list[str], lanes: NDArray[np.int16] | np.int16) -> NDArray[np.int64]:
        """Give new people slots: those of nobody, then further ones, whose columns hold nothing."""
        again = [self._free.pop() for _ in range(min(len(self._free), len(persons)))]
        for slot, person in zip(again, persons, strict=False):
            self.keys[slot] = person
        start, further = len(self.keys), persons[len(again) :]
        capacity = len(self._lane)
        while capacity < start + len(further):
            capacity *= _ROOM
        if capacity > len(self._lane):
            self._grow(capacity)
        self.keys += further
        slots = [*again, *range(start, len(self.keys))]
        self._slot.update(zip(persons, slots, strict=True))
        found = np.array(slots, dtype=np.int64)
        self._lane[found] = lanes
        self._used.clear()
        self._dealt = None
        return found

    def _grow(self, capacity: int) -> None:
        used = len(self.keys)
        self._used.clear()
        lane = np.zeros(capacity, dtype=np.int16)
        lane[:used] = self._lane[:used]
        self._lane = lane
        for field in self.fields:
            column = np.empty((capacity, *field.tail), dtype=field.dtype)
            if used:
                column[:used] = self._columns[field.name][:used]
            self._columns[field.name] = column


def _side_by_side(slots: NDArray[np.int64]) -> slice | None:
    """Return the slots as a slice, if each is the next of the one before."""
    if len(slots) and (np.diff(slots) == 1).all():
        return slice(int(slots[0]), int(slots[-1]) + 1)
    return None


def _check_column(field: Field, table: Table) -> None:
    """Refuse what numpy would quietly stretch or cut to the declared column."""
    found = "missing"
    if field.name in table:
        column = table[field.name]
        if column.dtype == field.dtype and column.shape[1:] == field.tail:
            return
        found = f"{column.dtype} of shape {column.shape[1:]}"
    wanted = f"{np.dtype(field.dtype)} of shape {field.tail}"
    msg = (
        f"the saved state does not fit: column {field.name} must be {wanted}; it is {found}. "
        "Run the job as it was when it was saved, or start anew in an empty folder"
    )
    raise RecoveryError(msg)
