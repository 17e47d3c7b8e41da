"""Customer value: what a stream says of the customers of CDNOW is what a batch says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

import rtm_flows as rtm
from benchmarks.customer_value import (
    EXAMPLE,
    Measured,
    features_at,
    measure,
    report,
    roc_auc,
    statistics,
)
from rtm_flows.features.bgnbd import expected_purchases, p_alive
from rtm_flows.features.gamma_gamma import GammaGamma, expected_spend
from rtm_flows.rounding import round6
from tests import cdnow

FEW = """\
 00004 0001 19970101  2   29.33
 00004 0001 19970101  1    0.67
 00004 0001 19970115  2   30.00
 00004 0001 19970130  1   14.96
 00021 0002 19970108  3   63.34
"""


@pytest.fixture(scope="module")
def measured() -> Measured:
    """Return what is measured over the whole file."""
    return measure(cdnow.path())


def test_features_at_a_day_know_what_that_day_brought_and_nothing_later(tmp_path: Path) -> None:
    """Two orders of one day are one occasion; an order of the day asked about counts."""
    path = tmp_path / "few.txt"
    path.write_text(FEW)
    found = features_at(rtm.load(EXAMPLE), path, dt.date(1997, 1, 15))

    assert found["person"].to_list() == ["u:00004", "u:00021"]
    assert found["spent"].to_list() == [60.0, 63.34]
    assert [column.tolist() for column in statistics(found)] == [[1, 0], [2, 0], [2, 1]]


def test_a_stream_knows_what_a_batch_knows(measured: Measured) -> None:
    """x, t_x and T of every customer, and what is left to buy, to 1e-9."""
    known = cdnow.customers()
    x, t_x, age = statistics(measured.known)

    assert measured.known["person"].to_list() == [f"u:{name}" for name in known.name]
    assert x.tolist() == known.x.tolist()
    assert t_x == pytest.approx(known.t_x, abs=1e-9)
    assert age == pytest.approx(known.age, abs=1e-9)
    assert measured.later.tolist() == known.later.tolist()


def test_features_are_what_the_models_say_of_these_histories(measured: Measured) -> None:
    """The very numbers, rounded to 6 decimals."""
    known = cdnow.customers()
    history = known.x, known.t_x, known.age
    found = {name: measured.known[name].to_numpy() for name in measured.known.columns}
    spend = expected_spend(GammaGamma(9.881, 3.399, 7.929), found["occasions"], found["spent"])
    wanted = expected_purchases(cdnow.PUBLISHED, *history, float(cdnow.WEEKS))

    assert found["purchases_39w"].tolist() == round6(wanted).tolist()
    assert found["alive"].tolist() == round6(p_alive(cdnow.PUBLISHED, *history)).tolist()
    assert found["spend"].tolist() == round6(spend).tolist()


def test_parameters_fitted_to_the_stream_are_the_published_ones(measured: Measured) -> None:
    """R .243, alpha 4.414, a .793, b 2.426 and a log likelihood of -9582.4."""
    assert measured.fitted.parameters == pytest.approx(cdnow.PUBLISHED, abs=5.1e-4)
    assert round(measured.fitted.log_likelihood, 1) == -9582.4


def test_expected_purchases_rank_those_who_buy_again(measured: Measured) -> None:
    """ROC AUC of at least 0.77, where P(alive) ranks the wrong way round."""
    ranking = measured.ranking()

    assert ranking["expected purchases"] == max(ranking.values()) >= 0.77
    assert ranking["P(alive)"] == pytest.approx(0.316, abs=5e-4)
    assert "ROC AUC by expected purchases: 0.7725" in report(measured)


def test_the_area_counts_ties_half() -> None:
    """Of four pairs, two are right, one is a tie."""
    scores, happened = np.array([3.0, 1.0, 1.0, 2.0]), np.array([True, True, False, False])

    assert roc_auc(scores, happened) == 0.625
