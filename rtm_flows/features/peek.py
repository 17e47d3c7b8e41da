"""A peek: what the features of some people are at a time at which nothing happened.

In: people, and a time of each, not before their latest event. Out: the features as they stand at
that time. Nothing of the state is changed by it: whatever a kind of feature or somebody's own code
stores is put back.

The row that is looked at is of no type, so it is in none of the sets of types that features ask
for, not even in `["*"]`; its numbers are 0 and its texts missing, and it belongs to the person's
latest session, which it neither ends nor goes on with.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.features.compute import Features, Matrix
from rtm_flows.features.definitions import text_fields
from rtm_flows.features.part import Pass
from rtm_flows.features.windows import Windows
from rtm_flows.people import sessions
from rtm_flows.people.maps import Maps
from rtm_flows.people.rows import Ints, Rows
from rtm_flows.people.state import People

_NEVER = 1 << 62
"""A gap that no pause is longer than: whoever is only looked at opens no session."""


def peek(features: Features, slots: Ints, clock: Ints, people: People) -> Matrix:
    """Return the features at a time of each of some people, shape (slots, features).

    Parameters
    ----------
    features
        Compiled; what they keep beside `people` is left as it is too.
    slots
        People of whom there was an event, each as often as wanted.
    clock
        The times, in milliseconds, none before the latest event of its person.
    people
        State with the columns of sessions and features.
    """
    x = np.empty((len(features.features), len(slots)), dtype=np.float64).T
    left: Ints = np.lexsort((clock, slots))
    while len(left):
        some = left
        if features.has_own:
            # Each person once a pass: what such code stores is not for the next row to see.
            _, first = np.unique(slots[left], return_index=True)
            some = left[first]
        x[some] = _untouched(features, Rows(slots[some], clock[some]), people)
        left = left[~np.isin(left, some)]
    return x


def _untouched(features: Features, rows: Rows, people: People) -> Matrix:
    columns = {field.name: people[field.name][rows.people] for field in features.fields}
    runs: list[Windows | Maps]
    runs = [features.windows, *(people.maps[field.name] for field in features.maps)]
    before = [run.export(rows.people) for run in runs]
    try:
        return features.compute(_pass(features, rows, people))
    finally:
        for name, column in columns.items():
            people[name][rows.people] = column
        for run, (counts, records) in zip(runs, before, strict=True):
            run.restore(rows.people, counts, records)


def _pass(features: Features, rows: Rows, people: People) -> Pass:
    nothing: Ints = np.zeros((rows.n, len(features.sums)), dtype=np.int64)
    numbers: dict[str, Column] = {
        name: np.zeros(rows.n, dtype=np.int64) for name in ("price", "quantity", "amount")
    }
    texts = {name: as_text([None] * rows.n) for name in text_fields(features.features)}
    found = sessions.sessionize(rows, nothing, people, _NEVER)
    # Since the latest event, not since the row before, which is none.
    found = found._replace(gap=rows.clock - people["last"][rows.slot])
    return Pass(
        rows,
        Table({"type": as_text([""] * rows.n), **numbers, **texts}),
        {types: np.zeros(rows.n, dtype=np.bool_) for types in features.types},
        found,
        people,
    )


def unknown(features: Features, people: People) -> Matrix:
    """Return the features of somebody of whom nothing is known, one row.

    Parameters
    ----------
    features
        Compiled.
    people
        State with their columns, in which there is nobody yet; somebody is entered.
    """
    slots = people.slots_of([""], np.zeros(1, dtype=np.int16))
    first = _pass(features, Rows(slots, np.zeros(1, dtype=np.int64)), people)
    # Before somebody's first event there is no pause.
    sessions_of = first.sessions._replace(gap=np.zeros(1, dtype=np.int64))
    return features.compute(first._replace(sessions=sessions_of))
