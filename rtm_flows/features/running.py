"""Running totals over a person's whole past, in integers.

In: rows of a pass and what each adds. Out: the total at every row, this row included. A person's
state is one number a total.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.people.rows import Ints, Rows
from rtm_flows.people.state import Field, State


class Running:
    """One running total.

    Parameters
    ----------
    name
        Name of its state column.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.fields = [Field(name, "i8", (), 0)]

    def totals(self, rows: Rows, adds: Ints, people: State) -> Ints:
        """Return the total at every row, and store the last."""
        column = people[self._name]
        total = _totals(rows, adds, column[rows.people])
        column[rows.people] = total[rows.ends]
        return total


class RunningTotals:
    """Several running totals: a pass of few rows costs about as much as for one.

    Parameters
    ----------
    name
        Name of their state column.
    count
        How many.
    """

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self.fields = [Field(name, "i8", (count,), 0)]

    def totals(self, rows: Rows, adds: Ints, people: State) -> Ints:
        """Return the totals at every row, (totals, rows) as `adds`, and store the last."""
        column = people[self._name]
        total = _totals(rows, adds, column[rows.people].T)
        column[rows.people] = total[:, rows.ends].T
        return total


def _totals(rows: Rows, adds: Ints, carried: Ints) -> Ints:
    """Return totals along the last axis, given those that the people of the pass came with."""
    total = np.cumsum(adds, axis=-1, dtype=np.int64)
    earlier = total[..., rows.starts] - adds[..., rows.starts]
    total += (carried - earlier)[..., rows.rank]
    return total
