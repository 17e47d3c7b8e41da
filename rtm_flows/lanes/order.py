"""Order: the one sequence in which each person's events are processed.

In: rows with the slot of their person. Out: a permutation that puts each person's rows side by
side, in canonical place or in the order of the log. Section 2 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.lanes.progress import Ints

_CLOCK = np.int64(1) << 42
"""Beyond all times."""
_CONTENT = ("type", "price", "quantity", "amount")


def canonical(slot: Ints, events: Table, text: Sequence[str], rows: Ints) -> Ints:
    """Return the order by person and canonical place.

    Parameters
    ----------
    slot
        Of each row, the slot of its person.
    events
        A table that holds the rows.
    text
        Text columns that tell copies apart when all else is equal.
    rows
        Which of its rows are ordered.

    Returns
    -------
    Ints
        A permutation: places in `rows`, not in `events`.
    """
    time = events["time"].take(rows)
    order = np.lexsort((time, slot))
    s, t = slot[order], time[order]
    same = np.flatnonzero((s[1:] == s[:-1]) & (t[1:] == t[:-1]))
    if len(same):
        _settle(order, same, lambda row: _key(rows[row], events, text))
    return order


def by_log(slot: Ints, events: Table, rows: Ints) -> Ints:
    """Return the order by person and place in the log: round, time, partition, offset."""
    names = ("row", "partition", "time", "round")
    return np.lexsort((*(events[name].take(rows) for name in names), slot))


def log_clock(slot: Ints, time: Ints, last: Ints) -> Ints:
    """Return each person's clock at each event in order of the log: it never goes back.

    Parameters
    ----------
    slot, time
        Of each event, each person's events side by side.
    last
        By slot the clock so far.

    Examples
    --------
    >>> log_clock(np.array([0, 0, 1]), np.array([5, 3, 4]), np.array([0, 9])).tolist()
    [5, 5, 9]
    """
    run = np.cumsum(np.append(True, slot[1:] != slot[:-1])) * _CLOCK
    return np.asarray(np.maximum.accumulate(run + np.maximum(time, last[slot])) - run)


def _settle(order: Ints, same: Ints, key: Callable[[int], tuple[Any, ...]]) -> None:
    """Put rows of one person and time in the order of source, id and content."""
    breaks = np.flatnonzero(np.diff(same) > 1)
    starts = same[np.append(0, breaks + 1)]
    ends = same[np.append(breaks, len(same) - 1)] + 2
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        order[start:end] = sorted(order[start:end].tolist(), key=key)


def _key(row: int, events: Table, text: Sequence[str]) -> tuple[Any, ...]:
    content = tuple(events[name][row] for name in _CONTENT)
    texts = tuple(events[name][row] or "" for name in sorted(text))
    return (events["source"][row], events["id"][row], *content, *texts)
