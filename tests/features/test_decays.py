"""Fading counts: half after every half-life, and the same bits however events are cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.features.decays import Decay
from rtm_flows.rounding import round6_one
from tests.people.passes import START, OnePass, Told, answers, cut_streams, everywhere, people


def counts(events: Sequence[Told], cuts: Sequence[int], half_life: int = 10_000) -> list[Any]:
    """Return the faded count of searches at every event."""
    decay = Decay("d", half_life)
    state = people(decay.fields)

    def kernel(one: OnePass) -> Any:
        return decay.counts(one.rows, one.events["type"] == "search", state)

    return answers(events, cuts, state, kernel)


def fade(elapsed: int, half_life: int) -> float:
    """Return what is left of 1."""
    return float(np.exp2(np.array([-elapsed / half_life]))[0])


def one_by_one(events: Sequence[Told], half_life: int) -> list[float]:
    """Return the count as the page defines it, step by step."""
    state: dict[int, tuple[float, int]] = {}
    told = []
    for event in events:
        value, time = state.get(event.person, (0.0, event.time))
        if event.type == "search":
            value, time = value * fade(event.time - time, half_life) + 1.0, event.time
            state[event.person] = value, time
        told.append(round6_one(value * fade(event.time - time, half_life)))
    return told


def sums(events: Sequence[Told], half_life: int) -> list[float]:
    """Return the count as a sum over all past events, which it approximates."""
    return [
        math.fsum(
            2.0 ** (-(event.time - other.time) / half_life)
            for other in events[: at + 1]
            if other.person == event.person and other.type == "search"
        )
        for at, event in enumerate(events)
    ]


def bits(values: Sequence[float]) -> list[str]:
    """Return numbers so that every bit shows."""
    return [float(value).hex() for value in values]


@given(cut_streams(steps=[10_000]), st.sampled_from([1, 700, 10_000, 604_800_000]))
def test_faded_counts_are_those_of_a_loop_to_the_bit(
    drawn: tuple[list[Told], list[int]], half_life: int
) -> None:
    """However the events were cut, the additions are the same, in the same order."""
    events, cuts = drawn
    expected = bits(one_by_one(events, half_life))

    for cutting in (cuts, [], everywhere(events)):
        assert bits(counts(events, cutting, half_life)) == expected


@given(cut_streams(steps=[10_000]))
def test_faded_counts_are_the_sum_over_all_past_events(
    drawn: tuple[list[Told], list[int]],
) -> None:
    """Nothing is lost by keeping only a value and a time; what is read is rounded."""
    events, cuts = drawn

    assert counts(events, cuts) == pytest.approx(sums(events, 10_000), rel=1e-12, abs=5.1e-7)


def test_a_last_bit_is_no_difference() -> None:
    """1 and 1 + 2^-53 read the same: a scaler would make a standard deviation of that bit."""
    events = [Told(0, START, "search"), Told(0, START + 53_000, "search")]

    assert counts(events, [], 1000) == [1.0, 1.0]


@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 3]])
def test_an_event_counts_half_after_a_half_life(cuts: list[int]) -> None:
    """1, then 1/2, then 1/4 with a new one; of another person nothing."""
    events = [Told(0, START, "search"), Told(0, START + 10_000), Told(0, START + 20_000, "search"),
              Told(1, START + 20_000), Told(0, START + 20_000, "search")]  # fmt: skip

    assert counts(events, cuts) == [1.0, 0.5, 1.25, 0.0, 2.25]


def test_what_is_long_past_is_nothing() -> None:
    """After thousands of half-lives the count is zero, without a warning."""
    events = [Told(0, START, "search"), Told(0, START + 10**12), Told(0, START + 10**12, "search")]

    assert counts(events, [], 1) == counts(events, [1, 2], 1) == [1.0, 0.0, 1.0]
