"""Damaged records."""

from __future__ import annotations

import pytest

from rtm_flows.simulate import Shop
from rtm_flows.simulate.broken import REASONS, damage
from tests.simulate.conftest import lines_of
from tests.simulate.reader import parse, read

LINES = [line for line in lines_of(Shop(people=60, broken=0))[0].splitlines() if line]


@pytest.mark.parametrize("reason", [*REASONS, "too_large"])
def test_a_damaged_line_has_exactly_the_fault_named(reason: str) -> None:
    """Whatever the event, the reader refuses it for this reason."""
    for line in LINES[:200]:
        assert parse(damage(line, reason)) == reason


def test_damage_stays_in_its_line() -> None:
    """No damage adds a line end."""
    assert not any(b"\n" in damage(LINES[0], reason) for reason in [*REASONS, "too_large"])


@pytest.mark.parametrize(("people", "over_long"), [(150, 0), (1_500, 1)])
def test_one_over_long_line_in_a_large_shop_and_none_in_a_small(
    people: int, over_long: int
) -> None:
    """It comes once, after 5,000 records, and is about 1.2 MB."""
    data, truth = lines_of(Shop(people=people, broken=0.05))
    sizes = [len(line) for line in data.splitlines()]
    assert (truth.records > 5_000) == bool(over_long)
    assert truth.broken.get("too_large", 0) == over_long
    assert sum(size > 1_048_576 for size in sizes) == over_long
    assert max(sizes) <= 1_200_100


def test_damage_costs_no_event() -> None:
    """Every event of which a damaged telling exists is also told whole."""
    data, truth = lines_of(Shop(people=200, broken=0.5))
    reading = read(data)
    assert len(reading.events) == truth.events
    assert 0.4 < sum(truth.broken.values()) / truth.events < 0.6
