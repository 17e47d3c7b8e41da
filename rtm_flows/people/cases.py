"""Service cases: which of a person's cases are open.

In: rows of a pass, which of them open or close a case, and the keys of the cases. Out: how many
are open after every row. A case that is opened again is open again; to open an open case, or to
close one that is not open, changes nothing.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from rtm_flows.people.maps import Entries, MapField
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.state import Field, State

Name = TypeVar("Name", int, str)
"""By what a case is known: the key of its id, or the id."""

MOST = 16
"""Open cases remembered of a person; beyond, the one longest untouched is forgotten."""

MAPS = [MapField("cases", "i1")]
"""The open cases, by case id."""
FIELDS = [Field("open_cases", "i2", (), 0)]
"""How many cases are open."""


def open_cases(rows: Rows, opens: Bools, closes: Bools, cases: Ints, people: State) -> Ints:
    """Return the number of open cases after every row; store the last."""
    touched = opens | closes
    at = np.flatnonzero(touched)
    if not len(at):
        return pick_rows(rows, touched, at, people["open_cases"])
    opening, keys = opens[at].tolist(), cases[at].tolist()
    after: list[int] = []

    def step(entries: Entries, index: range) -> None:
        for i in index:
            tell(entries, keys[i], opens=opening[i])
            after.append(len(entries))

    people.maps["cases"].walk(rows.slot[at], step)
    count = pick_rows(rows, touched, np.array(after, dtype=np.int64), people["open_cases"])
    people["open_cases"][rows.people] = count[rows.ends]
    return count


def tell(entries: dict[Name, Any], case: Name, *, opens: bool) -> None:
    """Open or close a case among those that are open.

    Examples
    --------
    >>> entries = {}
    >>> tell(entries, "late parcel", opens=True)
    >>> list(entries)
    ['late parcel']
    """
    entries.pop(case, None)
    if opens:
        if len(entries) == MOST:
            del entries[next(iter(entries))]
        entries[case] = 1
