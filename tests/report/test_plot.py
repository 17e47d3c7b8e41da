"""Plots: places within the picture, round ticks, lines that break where nothing is known."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.report.plot import HEIGHT, WIDTH, Axes, ticks
from tests.report.tables import SVG

VALUES = st.floats(-1e6, 1e6)


@given(VALUES, st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_are_round_and_within(low: float, width: float, wanted: int) -> None:
    """As many as wanted, or nearly, equally far from each other, at 1, 2, 2.5 or 5 of a power."""
    high = low + width
    if not low + 1e-9 * abs(low) < high:
        return

    found = ticks(low, high, wanted)

    assert len(found) <= wanted + 1
    for at in found:
        assert low - 1e-6 * width <= at <= high + 1e-6 * width
    if len(found) > 1:
        step = f"{found[1] - found[0]:.2e}"
        assert step[:4] in {"1.00", "2.00", "2.50", "5.00"}


@given(VALUES, VALUES, VALUES)
def test_every_value_has_a_place_in_the_picture(low: float, high: float, value: float) -> None:
    """Beyond the axis it stands at its end; an axis without length is opened."""
    axes = Axes((min(low, high), max(low, high)), (min(low, high), max(low, high)))

    assert 0 <= axes.x(value) <= WIDTH
    assert 0 <= axes.y(value) <= HEIGHT


def test_a_line_breaks_where_nothing_is_known() -> None:
    """And where a value is not shown; a band has a part for each stretch."""
    axes = Axes((0.0, 4.0), (0.0, 1.0))
    axes.line([(0, 0.1), (1, None), (2, 0.3), (3, 0.4), (4, 7.0)], "model")
    axes.band([(0, (0.1, 0.2)), (1, None), (2, (0.1, 0.2)), (3, (0.1, 0.3))], "model")
    axes.line([(0, None)], "prior")

    line, *bands = ET.fromstring(axes.drawn("k", "t", "d")).iter(f"{SVG}path")

    assert re.sub(r"[0-9.,]+", "", line.attrib["d"]) == "M M L"
    assert [band.attrib["d"].count("L") for band in bands] == [1, 3]


def test_a_picture_is_told() -> None:
    """Title and description are named by the picture itself."""
    read = ET.fromstring(Axes((0, 1), (0, 1)).drawn("gains", "Gains", "They are <large>."))

    assert read.attrib["role"] == "img"
    assert read.attrib["aria-labelledby"] == "gains-title gains-desc"
    told = {part.attrib["id"]: part.text for part in read if "id" in part.attrib}
    assert told == {"gains-title": "Gains", "gains-desc": "They are <large>."}


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_dots_stand_where_their_values_are(value: float) -> None:
    """From bottom to top and left to right, in proportion."""
    axes = Axes((0.0, 1.0), (0.0, 1.0))

    assert axes.x(value) == pytest.approx(axes.x(0) + value * (axes.x(1) - axes.x(0)))
    assert axes.y(value) == pytest.approx(axes.y(0) + value * (axes.y(1) - axes.y(0)))
    assert axes.y(1) < axes.y(0)
