"""Crossings: once for every rise above the bound, of each person apart, across saves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.lanes.crossings import Crossings
from rtm_flows.lanes.plan import Plan

SCORES = st.sampled_from([0.0, 0.1, 0.299999, 0.3, 0.4, 0.499999, 0.5, 1.0])
ROWS = st.lists(st.tuples(st.sampled_from("ab"), SCORES, st.booleans()), max_size=20)
Row = tuple[str, float, bool]


def plan() -> Plan:
    """Return a job with a crossing that falls back lower, and one that does not."""
    moments = [
        {"name": "quiet", "kind": "silence", "after": "PT1H"},
        {"name": "keen", "kind": "score_crossing", "above": 0.5, "below": 0.3},
        {"name": "warm", "kind": "score_crossing", "above": 0.4},
    ]
    return Plan.of(load({"name": "shop", "lanes": 1, "triggers": {"moments": moments}}), 1)


def table(rows: list[Row]) -> Table:
    """Return scored rows; some are of timers, which have a score too."""
    return Table(
        {
            "person": as_text([person for person, *_ in rows]),
            "type": as_text(["" if timer else "search" for *_, timer in rows]),
            "lane": np.zeros(len(rows), dtype=np.int64),
            "scores": np.array([score for _, score, _ in rows]).reshape(-1, 1),
            "trigger": np.array([int(timer) for *_, timer in rows], dtype=np.int64),
            "matched": as_text(["" for _ in rows]),
        }
    )


def one_by_one(rows: list[Row]) -> list[tuple[str, int]]:
    """Return person and trigger of each row and of what it fires, by the page."""
    above: set[tuple[str, int]] = set()
    told = []
    for person, score, timer in rows:
        told.append((person, int(timer)))
        for moment, bound, below in () if timer else ((2, 0.5, 0.3), (3, 0.4, 0.4)):
            if score >= bound and (person, moment) not in above:
                above.add((person, moment))
                told.append((person, moment))
            elif score < below:
                above.discard((person, moment))
    return told


@given(ROWS, st.integers(0, 20))
def test_a_crossing_fires_once_a_rise(rows: list[Row], cut: int) -> None:
    """However the rows are cut, and though everything is saved and restored in between."""
    whole = plan()
    first, second = Crossings(whole), Crossings(whole)
    told = first.follow(table(rows[:cut]))
    second.load(0, [first.save(0).people])
    after = second.follow(table(rows[cut:]))

    found = [
        pair
        for part in (told, after)
        for pair in zip(part["person"].tolist(), part["trigger"].tolist(), strict=True)
    ]
    assert found == one_by_one(rows)


def test_nothing_is_kept_of_people_who_are_below() -> None:
    """So the state is as large as those who are above are many."""
    crossings = Crossings(plan())
    crossings.follow(table([("a", 1.0, False), ("b", 0.45, False), ("a", 0.0, False)]))

    assert crossings._sides[0] == {"b": 2}
