"""Drift: the index beside its formula, and alarms where something changed and only there."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given

from rtm_flows.measure.contents import contents_of
from rtm_flows.measure.drift import alarms, drift_of, shift
from tests.measure.series import COLUMNS


@given(COLUMNS)
def test_any_column_has_a_shift(column: pl.Series) -> None:
    """It is a number that is not below nothing; a column against itself has not moved."""
    found = shift(column)
    twice = shift(pl.concat([column] * 5))

    assert math.isfinite(found.psi)
    assert found.psi >= 0.0
    assert (twice.psi, twice.reading, twice.first) == (0.0, "stable", twice.last)


def test_what_does_not_move_is_read_as_stable() -> None:
    """Of 400 columns of one distribution, about 95 in 100 stay below what chance gives."""
    random = np.random.default_rng(5)
    found = [shift(pl.Series(random.normal(size=5_000))) for _ in range(400)]

    assert 0.90 <= np.mean([one.psi <= one.by_chance for one in found]) <= 0.98
    assert {one.reading for one in found} == {"stable"}


def test_a_shift_is_read_by_its_size() -> None:
    """Half a standard deviation is moderate, a whole one large; a gap that opens counts too."""
    random = np.random.default_rng(6)
    x = random.normal(size=10_000)
    moved = x + 0.4 * (np.arange(10_000) >= 8_000)
    far = x + 1.0 * (np.arange(10_000) >= 8_000)
    gone = pl.Series([None if at >= 8_000 and at % 3 else value for at, value in enumerate(x)])

    assert [shift(pl.Series(y)).reading for y in (x, moved, far)] == ["stable", "moderate", "large"]
    assert shift(gone).reading == "large"
    assert shift(pl.Series(far)).what == "median"
    assert (shift(pl.Series(far)).last or 0.0) - (shift(pl.Series(far)).first or 0.0) > 0.8


def test_a_value_is_named_only_where_it_is_nobodys() -> None:
    """Of names that stand once, none is told, however far they moved."""
    names = pl.Series("name", [f"person {i}" for i in range(400)])

    assert shift(names).what == "share of missing"


def test_alarms_come_where_the_mean_changed() -> None:
    """Soon after the change, in its direction; and none on a series that does not change."""
    random = np.random.default_rng(7)
    rates = np.repeat([0.1, 0.4], 3_000)
    still = (random.random(6_000) < 0.1).astype(np.float64)

    found = alarms((random.random(6_000) < rates).astype(np.float64))

    assert len(found) >= 1
    assert 3_000 < found[0].row < 3_400
    assert found[0].before == pytest.approx(0.1, abs=0.03)
    assert found[0].after == pytest.approx(0.4, abs=0.03)
    assert not alarms(still)


def test_times_and_ids_are_left_out_of_drift() -> None:
    """They move by nature; the label and the chance stand beside the columns."""
    n = 1_000
    labels = np.arange(n) >= 900
    frame = pl.DataFrame({
        "at": pl.Series(range(n), dtype=pl.Int32).cast(pl.Date), "id": range(n),
        "x": [1.0, 2.0] * 500, "y": labels,
    })  # fmt: skip

    found = drift_of(frame, contents_of(frame, "y", [], labels), np.full(n, 0.1), labels)

    assert [one.column for one in found.columns] == ["x"]
    assert (found.label.first, found.label.last) == (0.0, 0.5)
    assert found.chance.psi == 0.0
    assert found.label_alarms
