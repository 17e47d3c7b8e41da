"""Kept rows: the rows of open sessions that their labels will be learned with.

In: the rows of a pass that are to be kept, and the sessions that end. Out: the kept rows of those
sessions. It knows no model, nor why a row is kept. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import People

Matrix = NDArray[np.float64]


class Shown(NamedTuple):
    """A pass: its rows with their sessions, and which of them are kept."""

    rows: Rows
    sessions: Sessions
    chosen: Bools
    """The rows to keep."""
    number: Ints
    """The person's running number of each event."""
    x: Matrix
    """Features as served, (rows, features)."""


class Kept:
    """The kept rows of all open sessions of a worker.

    Parameters
    ----------
    width
        Number of features.
    """

    def __init__(self, width: int) -> None:
        self._pool = Pool(np.dtype([("number", "i8"), ("x", "f8", (width,))]))

    def follow(self, seen: Shown, closed: Table, people: People) -> Table:
        """Keep rows of a pass, and hand out those of the sessions that it closes.

        Parameters
        ----------
        seen
            The pass.
        closed
            What `sessions.closed_by` told of it.
        people
            The state as it was before the pass.

        Returns
        -------
        Table
            `closed` (index of the session among those closed), `number`, `x`, in the order of
            people and numbers.
        """
        rows, slots = seen.rows, seen.rows.people
        counts, before = self._pool.read(slots)
        some = (counts > 0) | np.logical_or.reduceat(seen.chosen, rows.starts)
        new = np.flatnonzero(seen.chosen)
        fresh = np.empty(len(new), dtype=self._pool.dtype)
        fresh["number"], fresh["x"] = seen.number[new], seen.x[new]
        first, each = _closings(seen, closed, people)
        # Person by person, what was kept before and then what is new.
        owner = np.concatenate([np.repeat(np.arange(len(slots)), counts), rows.rank[new]])
        order = np.argsort(owner, kind="stable")
        ended = np.concatenate([np.repeat(first, counts), each[seen.sessions.segment[new]]])[order]
        records = np.concatenate([before, fresh])[order]
        stays = ended < 0
        left = np.bincount(owner[order][stays], minlength=len(slots))
        self._pool.write(slots[some], left[some], records[stays])
        return _told(ended[~stays], records[~stays])

    def take(self, slots: Ints) -> Table:
        """Hand out the kept rows of some people, all of whose sessions end; as `follow`."""
        counts, records = self._pool.read(slots)
        self._pool.write(slots, np.zeros_like(counts), records[:0])
        return _told(np.repeat(np.arange(len(slots)), counts), records)

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many rows of each slot are kept, and all of them, slot after slot."""
        return self._pool.export(slots)

    def restore(self, slots: Ints, counts: Ints, kept: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, kept)


def _closings(seen: Shown, closed: Table, people: People) -> tuple[Ints, Ints]:
    """Return which of the closed sessions rows belong to, -1 for one that is open still.

    Returns
    -------
    first
        Of each person: that of the rows kept before the pass.
    each
        Of each segment of the pass.
    """
    rows, found = seen.rows, seen.sessions
    each = np.full(len(found.heads), -1, dtype=np.int64)
    index = np.arange(len(closed))
    inside = closed["row"] >= 0
    each[found.segment[closed["row"][inside]]] = index[inside]
    opens = found.opens[rows.starts]
    first = np.where(opens, -1, each[found.segment[rows.starts]])
    # Sessions that ended before the pass are told in the order of their people.
    first[opens & people["open"][rows.people]] = index[~inside]
    return first, each


def _told(closed: Ints, records: Records) -> Table:
    return Table({"closed": closed, "number": records["number"], "x": records["x"]})
