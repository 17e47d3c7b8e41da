"""Ranges: values are judged by what a description says of them, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from rtm_flows.testing.ranges import outside


@pytest.mark.parametrize(
    ("text", "inside", "beyond"),
    [
        ("[0, inf)", [0.0, 1e12], [-1e-6]),
        ("(-inf, inf)", [-1e12, 1e12], []),
        ("[0, 3.1536e+07]", [0.0, 31_536_000.0], [31_536_001.0]),
        ("(0, 1)", [0.5], [0.0, 1.0]),
        ("{0, 1}", [0.0, 1.0], [0.5]),
        ("[0, sessions.gap]", [-1.0], []),
        ("{small, large}", [-1.0], []),
        ("anything", [-1.0], []),
    ],
)
def test_values_are_inside_or_beyond(text: str, inside: list[float], beyond: list[float]) -> None:
    """Intervals with open and closed ends, sets, and words that say nothing of numbers."""
    assert not outside(text, np.array(inside)).any()
    assert outside(text, np.array(beyond)).all()
