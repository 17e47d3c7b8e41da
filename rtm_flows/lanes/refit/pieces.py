"""Pieces of lanes: people and rows that wait, put together anew by other lanes.

In: the people and rows of lanes, and how to tell whose they are. Out: those of the lanes to which
they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Column, Table, concat
from rtm_flows.lanes.parts import Part, dealt, encode, joined
from rtm_flows.lanes.refit.jobs import Jobs

HashesOf = Callable[[Table], Column]
"""Returns the hashes of the persons of rows."""


class Lane(NamedTuple):
    """What a lane holds of people."""

    people: Part | None
    rows: Table | None
    """Rows that wait."""


def dealt_anew(
    lanes: Mapping[int, Lane], jobs: Jobs, of_people: HashesOf, of_rows: HashesOf
) -> dict[int, Lane]:
    """Return what the lanes to come hold; of those who hold nothing there is none."""
    people: dict[int, list[Part]] = {}
    rows: dict[int, list[Table]] = {}
    for lane in lanes.values():
        if lane.people is not None:
            to = jobs.lanes_of(of_people(lane.people.people))
            for target, part in dealt(lane.people, to).items():
                people.setdefault(target, []).append(part)
        if lane.rows is not None:
            to = jobs.lanes_of(of_rows(lane.rows))
            for target in np.unique(to).tolist():
                rows.setdefault(target, []).append(lane.rows.take(np.asarray(to == target)))
    return {
        target: Lane(
            joined(people[target]) if target in people else None,
            concat(rows[target]) if target in rows else None,
        )
        for target in sorted({*people, *rows})
    }


def encoded(people: Part | None) -> bytes:
    """Return people as the bytes of a part; nothing of nobody."""
    return b"" if people is None or not len(people.people) else encode(people)
