"""Kept rows: the few rows of a session that its label will be learned with, chosen by hash.

In: rows of a pass with their features. Out: for closed sessions, their kept rows. A row's hash
depends on the person and on the person's running number of events only, so the choice does not
depend on how the rows came. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, People

Hashes = NDArray[np.uint64]
Matrix = NDArray[np.float64]

NONE = np.uint64(0xFFFFFFFFFFFFFFFF)
"""The hash that stands for "no row kept"."""


def fields(classes: int, width: int) -> list[Field]:
    """Return the state columns for `classes` kept rows of `width` features; 0 keeps none."""
    return [
        Field("events", "i8", (), 0),
        Field("hash", "u4", (), 0),
        Field("kept_hash", "u8", (classes,), int(NONE)),
        Field("kept_x", "f8", (classes, width), 0.0),
    ]


def mix64(values: Hashes) -> Hashes:
    """Return the SplitMix64 finaliser of each value (Steele, Lea and Flood, 2014).

    Examples
    --------
    >>> hex(mix64(np.array([0], dtype=np.uint64))[0])
    '0xe220a8397b1dcdaf'
    """
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


class Kept(NamedTuple):
    """The best row so far of every segment and class: its hash, and its index in the pass."""

    hash: Hashes
    row: Ints
    """-1 where the row was kept before this pass, or where there is none."""


def number(rows: Rows, people: People) -> Ints:
    """Return the person's running number of each event, from 1."""
    return people["events"][rows.slot] + rows.index - rows.start + 1


def hashes_of(rows: Rows, people: People) -> Hashes:
    """Return the hash of each event, of its person and number."""
    persons = people["hash"][rows.slot].astype(np.uint64) << np.uint64(32)
    return mix64(persons + number(rows, people).astype(np.uint64))


def keep(rows: Rows, sessions: Sessions, eligible: Bools, people: People) -> Kept:
    """Choose the kept rows of every segment; the state is read, not written."""
    hashes, classes = hashes_of(rows, people), people["kept_hash"].shape[1]
    best = np.full((len(sessions.heads), classes), NONE)
    at = np.full((len(sessions.heads), classes), -1, dtype=np.int64)
    if not classes:
        return Kept(best, at)
    of_class = hashes % np.uint64(classes)
    for index in range(classes):
        candidates = np.where(eligible & (of_class == index), hashes, NONE)
        before = np.where(
            sessions.carried, people["kept_hash"][rows.slot[sessions.heads], index], NONE
        )
        least = np.minimum(np.minimum.reduceat(candidates, sessions.heads), before)
        winners = np.flatnonzero((candidates == least[sessions.segment]) & (candidates != NONE))
        best[:, index] = least
        at[sessions.segment[winners], index] = winners
    return Kept(best, at)


def of_closed(closed: Table, sessions: Sessions, kept: Kept, x: Matrix, people: People) -> Table:
    """Return the kept rows of closed sessions: `closed` (index), `sequence` (class), `x`.

    Call before `store`: a row kept in an earlier pass is read from the state.
    """
    slot, row = closed["slot"], closed["row"]
    segment = sessions.segment[row]
    inside = row >= 0
    hashes = np.where(inside[:, None], kept.hash[segment], people["kept_hash"][slot])
    at = np.where(inside[:, None], kept.row[segment], -1)
    index, sequence = np.nonzero(hashes != NONE)
    found = at[index, sequence]
    old = people["kept_x"][slot[index], sequence]
    return Table(
        {
            "closed": index,
            "sequence": sequence,
            "x": np.where((found >= 0)[:, None], x[np.maximum(found, 0)], old),
        }
    )


def of_state(people: People, slots: Ints) -> Table:
    """Return the kept rows of sessions that are closed without a row: as `of_closed`."""
    index, sequence = np.nonzero(people["kept_hash"][slots] != NONE)
    return Table(
        {"closed": index, "sequence": sequence, "x": people["kept_x"][slots[index], sequence]}
    )


def store(rows: Rows, sessions: Sessions, kept: Kept, x: Matrix, people: People) -> None:
    """Write the kept rows of each person's last session into the state."""
    segment = sessions.segment[rows.ends]
    people["kept_hash"][rows.people] = kept.hash[segment]
    person, sequence = np.nonzero(kept.row[segment] >= 0)
    found = kept.row[segment][person, sequence]
    people["kept_x"][rows.people[person], sequence] = x[found]
    people["events"][rows.people] = number(rows, people)[rows.ends]
