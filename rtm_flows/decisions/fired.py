"""What fired: the name of each row's trigger, and the events that it was fired by.

In: scored rows. Out: names and ids. A row of an event fires as `event:` and its type; where a job
has moments, a row says by the column `trigger` which of them fired, and by `matched` on what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.people.happened import split

EVENT = "event:"
"""Begins the name of the trigger of an event, which ends with its type."""
TRIGGER = "trigger"
"""The column that says which moment fired: 0 for none, the event itself did, else from 1."""


def trigger_names(rows: Table, moments: Sequence[str]) -> Column:
    """Return the name of each row's trigger.

    Examples
    --------
    >>> rows = Table({"type": as_text(["search", ""]), "trigger": np.array([0, 1])})
    >>> trigger_names(rows, ["silent"]).tolist()
    ['event:search', 'silent']
    """
    names: list[str] = [EVENT + kind for kind in rows["type"].tolist()]
    if TRIGGER in rows:
        which = rows[TRIGGER]
        for at in np.flatnonzero(which).tolist():
            names[at] = moments[which[at] - 1]
    return as_text(names)


def event_ids(rows: Table) -> Iterable[tuple[str, ...]]:
    """Return of each row the ids of the events that its trigger was fired by."""
    ids = rows["id"].tolist()
    if TRIGGER not in rows:
        return zip(ids, strict=True)
    texts = rows["matched"].tolist()
    return [split(text) if text else (own,) for own, text in zip(ids, texts, strict=True)]


def of_events(scored: Table) -> Table:
    """Return the rows of events, without those of moments."""
    return scored.take(scored[TRIGGER] == 0) if TRIGGER in scored else scored
