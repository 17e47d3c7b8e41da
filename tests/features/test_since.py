"""Recency: since the latest earlier event, this one not included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from rtm_flows.features.since import Since
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people

NEVER = 60.0


def seconds(events: Sequence[Told], cuts: Sequence[int]) -> list[Any]:
    """Return the seconds since the latest earlier search, at every event."""
    since = Since("s", NEVER)
    state = people(since.fields)

    def kernel(one: OnePass) -> Any:
        return since.seconds(one.rows, one.events["type"] == "search", state)

    return answers(events, cuts, state, kernel)


def one_by_one(events: Sequence[Told]) -> list[float]:
    """Return the same in a plain loop."""
    latest: dict[int, int] = {}
    told = []
    for event in events:
        at = latest.get(event.person)
        told.append(NEVER if at is None else min((event.time - at) / 1000, NEVER))
        if event.type == "search":
            latest[event.person] = event.time
    return told


@given(cut_streams(steps=[60_000]))
def test_recency_is_that_of_a_loop_whatever_the_cuts(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """The same numbers, to the bit, however the events were cut."""
    events, cuts = drawn
    expected = one_by_one(events)

    for cutting in (cuts, [], everywhere(events)):
        assert seconds(events, cutting) == expected


@pytest.mark.parametrize("cuts", [[], [1], [2], [1, 2, 3]])
def test_an_event_does_not_count_itself(cuts: list[int]) -> None:
    """The first search was never preceded by one; one at the same instant is 0 s ago."""
    events = [Told(0, START, "search"), Told(0, START, "search"), Told(0, START + 1500, "purchase"),
              Told(1, START + 1500, "search")]  # fmt: skip

    assert seconds(events, cuts) == [NEVER, 0.0, 1.5, NEVER]


@pytest.mark.parametrize(("pause", "expected"), [(59_999, 59.999), (60_000, 60.0), (60_001, 60.0)])
def test_longer_than_never_is_never(pause: int, expected: float) -> None:
    """No answer is larger than `never`."""
    events = [Told(0, START, "search"), Told(0, START + pause)]

    assert seconds(events, []) == seconds(events, [1]) == [NEVER, expected]
