"""Running totals over a person's whole past, in integers.

In: rows of a pass and what each adds. Out: the total at every row, this row included. A person's
state is one number.
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
        total = np.cumsum(adds, dtype=np.int64)
        earlier = total[rows.starts] - adds[rows.starts]
        total += (people[self._name][rows.people] - earlier)[rows.rank]
        people[self._name][rows.people] = total[rows.ends]
        return total
