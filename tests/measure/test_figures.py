"""Figures beside their definitions, taken literally, and their behaviour at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.figures import figures, wilson
from tests.measure.series import SERIES, Series, arrays


def pairs(series: Series) -> float | None:
    """Return the share of pairs in the right order, ties half."""
    good, bad = [p for p, y in series if y], [p for p, y in series if not y]
    if not good or not bad:
        return None
    right = sum((g > b) + 0.5 * (g == b) for g in good for b in bad)
    return right / (len(good) * len(bad))


def precision(series: Series) -> float | None:
    """Return the mean precision at each positive, with all that rank at least as high."""
    positives = [p for p, y in series if y]
    if not positives:
        return None
    shares = []
    for at in positives:
        chosen = [y for p, y in series if p >= at]
        shares.append(sum(chosen) / len(chosen))
    return sum(shares) / len(shares)


@given(SERIES)
def test_figures_are_their_definitions(series: Series) -> None:
    """Area, precision, losses: pair by pair, row by row."""
    found = figures(*arrays(series))

    assert (found.n, found.positives) == (len(series), sum(y for _, y in series))
    assert found.roc_auc == (
        None if (area := pairs(series)) is None else pytest.approx(area, abs=1e-6)
    )
    expected = precision(series)
    assert found.average_precision == (
        None if expected is None else pytest.approx(expected, abs=1e-6)
    )
    if series:
        believed = [min(max(p if y else 1 - p, 1e-6), 1 - 1e-6) for p, y in series]
        assert found.log_loss == pytest.approx(
            -math.fsum(map(math.log, believed)) / len(series), abs=2e-6
        )
        squares = [(p - y) ** 2 for p, y in series]
        assert found.brier == pytest.approx(math.fsum(squares) / len(series), abs=1e-6)


@given(SERIES.filter(bool))
def test_intervals_hold_their_figures(series: Series) -> None:
    """Each figure lies within its interval, and an area's ends are areas."""
    found = figures(*arrays(series))

    for value, ends in [
        (found.roc_auc, found.roc_auc_95),
        (found.log_loss, found.log_loss_95),
        (found.brier, found.brier_95),
    ]:
        if value is not None and ends is not None:
            assert ends[0] - 1e-6 <= value <= ends[1] + 1e-6
    if found.roc_auc_95:
        assert 0.0 <= found.roc_auc_95[0] <= found.roc_auc_95[1] <= 1.0


def test_delong_covers_the_truth() -> None:
    """Of 400 samples from two normals a deviation apart, 95 percent of intervals hold the area."""
    random = np.random.default_rng(1)
    truth = 0.5 * (1.0 + math.erf(0.5))
    held = 0
    for _ in range(400):
        labels = random.random(150) < 0.3
        values = 1.0 / (1.0 + np.exp(-random.normal(labels * 1.0, 1.0)))
        low, high = figures(values, labels).roc_auc_95 or (0.0, 0.0)
        held += low <= truth <= high

    assert 0.92 <= held / 400 <= 0.98


def test_calibration_is_taken_over_ten_equal_parts() -> None:
    """Chances of a half that always come true are wrong by a half; honest ones are not."""
    random = np.random.default_rng(2)
    honest = random.random(20_000)

    assert figures(np.full(100, 0.5), np.ones(100, dtype=np.bool_)).ece == 0.5
    found = figures(honest, random.random(20_000) < honest).ece
    assert found is not None
    assert found < 0.02
    # Parts, not rows: too high in one half and too low in the other is seen.
    assert figures(np.repeat([0.3, 0.7], 50), np.repeat([False, True], 50)).ece == pytest.approx(
        0.3
    )


@given(st.integers(1, 500), st.data())
def test_wilson_holds_what_a_score_test_cannot_refuse(n: int, data: st.DataObject) -> None:
    """Each end is a share that lies 1.96 standard errors, its own, from what was seen."""
    positives = data.draw(st.integers(0, n))
    seen = positives / n

    low, high = wilson(positives, n)

    assert low <= seen <= high
    for end in (low, high):
        if 0.0 < end < 1.0:
            errors = abs(seen - end) / math.sqrt(end * (1 - end) / n)
            assert errors == pytest.approx(1.96, abs=0.01)


def test_nothing_has_no_figures() -> None:
    """Without rows, or with one, what has no meaning is None."""
    empty = figures(np.empty(0), np.empty(0, dtype=np.bool_))

    assert {empty.roc_auc, empty.log_loss, empty.brier, empty.ece, empty.average_precision} == {
        None
    }
    assert figures(np.array([0.5]), np.array([True])).log_loss_95 is None
