"""Off-policy evaluation, measured: the strategy is the published one, and so is its value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from benchmarks.off_policy import (
    DATA,
    DRAWS,
    HERE,
    NOTEBOOK_SEED,
    PLACES,
    Measured,
    main,
    measure,
    report,
    slates,
    thompson,
)
from rtm_flows.measure import off_policy

PUBLISHED = [
    [0.01078, 0.00931, 0.00917],
    [0.00167, 0.00077, 0.00076],
    [0.0058, 0.00614, 0.00631],
    [0.0008, 0.00087, 0.00071],
    [0.00689, 0.00724, 0.00755],
    [0.0582, 0.07603, 0.07998],
]
"""Of the first and the last three items, at the three places, as the publication prints them."""


@pytest.fixture(scope="module")
def measured() -> Iterator[Measured]:
    """Return what is measured, without the many draws for the error of the direct method."""
    if not DATA.exists():
        pytest.skip("needs the data set open_bandit_small in ../shared/data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(off_policy, "RESAMPLES", 2)
        yield measure(DATA)


def first_place() -> NDArray[np.float64]:
    """Return how likely each item is to have the largest rate, by integration."""
    from scipy.stats import beta

    prior = pl.read_csv(HERE / "open_bandit" / "prior.csv")
    grid = np.linspace(1e-6, 0.03, 30_001)
    laws = [beta(a, b) for a, b in prior.select("alpha", "beta").iter_rows()]
    below = np.array([np.maximum(law.logcdf(grid), -1e4) for law in laws])
    dense = np.array([law.logpdf(grid) for law in laws]) + below.sum(axis=0) - below
    return np.asarray(np.exp(dense).sum(axis=1) * (grid[1] - grid[0]), dtype=np.float64)


def test_drawn_probabilities_are_those_of_an_integral() -> None:
    """For the first place, of every item, within five standard errors of the drawing."""
    wanted = first_place()
    drawn = thompson(np.random.default_rng(1).beta, DRAWS).chances()[0]

    assert wanted.sum() == pytest.approx(1.0, abs=1e-6)
    assert (np.abs(drawn - wanted) <= 5 * np.sqrt(wanted / DRAWS) + 2 / DRAWS).all()


def test_published_draws_give_published_probabilities() -> None:
    """To the last digit printed."""
    found = thompson(np.random.RandomState(NOTEBOOK_SEED).beta, DRAWS).chances()

    assert found[:, [0, 1, 2, -3, -2, -1]].T.tolist() == PUBLISHED


def test_three_different_items_are_shown() -> None:
    """So the probabilities of a place sum to 1, and those of an item to 1 at most."""
    strategy = thompson(np.random.default_rng(2).beta, 1000)

    assert all(len(set(row)) == PLACES for row in strategy.tops.tolist())
    assert strategy.chances().sum(axis=1) == pytest.approx(np.ones(PLACES))
    assert (strategy.chances().sum(axis=0) <= 1.0 + 1e-9).all()
    assert slates(strategy.chances())["position"].to_list() == [1, 2, 3]


def test_the_value_is_the_published_one(measured: Measured) -> None:
    """Within 0.0003; with the published draws to the last digit printed."""
    assert measured.thompson.ips.value == pytest.approx(0.004553, abs=0.0003)
    assert round(measured.with_published_draws, 6) == 0.004553
    assert abs(measured.thompson.ips.value - 0.004553) < 4 * measured.draws_error * 2**0.5


def test_its_own_log_is_within_every_interval(measured: Measured) -> None:
    """Of IPS, SNIPS and DR; and the log is known to say little."""
    found = measured.thompson
    for one in (found.ips, found.snips, found.dr):
        low, high = one.interval_95
        assert low < measured.thompson_log.value < high
    assert measured.thompson_log.value == 0.0042
    assert measured.random_log.value == 0.0038
    assert found.weight.largest_reward == pytest.approx(0.43, abs=0.01)
    assert any("effective rewards" in warning for warning in found.warnings)


def test_the_report_tells_every_figure(measured: Measured) -> None:
    """As text, and as JSON that can be read back."""
    told = report(measured)
    for name in ("IPS", "SNIPS", "DM", "DR"):
        assert told.count(f"| {name} | ") == 2
    assert f"IPS with the published draws: {0.004553}" in told
    assert msgspec.json.decode(msgspec.json.encode(measured), type=Measured) == measured


def test_without_the_data_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And does not fail."""
    assert main(["--data", str(tmp_path / "none")]) == 0
    assert "skipped" in capsys.readouterr().err
