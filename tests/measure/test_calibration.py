"""Calibration: bins and gains add up to what they are made of."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from rtm_flows.measure.calibration import SHARES, calibration, gains
from rtm_flows.measure.figures import figures
from tests.measure.series import SERIES, Series, arrays


@given(SERIES)
def test_bins_hold_every_row_once(series: Series) -> None:
    """Rows and positives add up, sizes differ by one at most, chances rise, intervals hold."""
    chances, labels = arrays(series)

    bins = calibration(chances, labels)

    assert sum(part.n for part in bins) == len(series)
    assert sum(part.positives for part in bins) == labels.sum()
    if bins:
        assert max(part.n for part in bins) - min(part.n for part in bins) <= 1
    for part, after in pairwise(bins):
        assert part.high <= after.low
    for part in bins:
        assert part.low - 1e-6 <= part.predicted <= part.high + 1e-6
        assert part.observed_95[0] <= part.observed <= part.observed_95[1]


@given(SERIES.filter(bool))
def test_bins_are_those_of_the_calibration_error(series: Series) -> None:
    """The mean distance over the bins is the figure of the report."""
    chances, labels = arrays(series)

    bins = calibration(chances, labels)

    error = sum(part.n * abs(part.predicted - part.observed) for part in bins) / len(series)
    assert figures(chances, labels).ece == pytest.approx(error, abs=3e-6)


@given(SERIES)
def test_gains_end_with_everything(series: Series) -> None:
    """Each share holds at least what the one before it held; all rows hold all positives."""
    chances, labels = arrays(series)

    found = gains(chances, labels)

    if not labels.any():
        assert not found
        return
    assert [gain.share for gain in found] == list(SHARES)
    assert [gain.positives for gain in found] == sorted(gain.positives for gain in found)
    assert (found[-1].n, found[-1].captured, found[-1].lift) == (len(series), 1.0, 1.0)
    for gain in found:
        assert gain.n >= gain.share * len(series) > gain.n - 1
        assert gain.lift == pytest.approx(gain.captured * len(series) / gain.n, abs=1e-4)
