"""Scores: the same bits whatever rows are scored together, and the prior until mature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.score import FEW, _chances, _logits, prior, score_one, score_rows
from rtm_flows.models.spec import Intent
from tests.models.examples import NAMES, examples, taught

SPEC = Intent(mature=60, mature_positives=10)
MODELS = [taught(n, seed, 0.2) for seed, n in enumerate((0, 5, 59, 60, 200, 400))]
VERSIONS = np.stack([model.parameters() for model in MODELS])
ROWS, _ = examples(300, seed=99)
WHICH = st.lists(st.integers(-1, len(MODELS) - 1), min_size=1, max_size=64)


def one_by_one(x: NDArray[np.float64], which: list[int]) -> list[float]:
    """Return the scores as the models themselves give them."""
    return [
        score_one(MODELS[at], row, SPEC) if at >= 0 else 0.05
        for row, at in zip(x, which, strict=True)
    ]


@given(WHICH, st.integers(0, 200))
def test_rows_score_as_their_models_predict(which: list[int], start: int) -> None:
    """Each row has the score of its own version, to the bit, at any place and length."""
    x = ROWS[start : start + len(which)]

    scores = score_rows(x, VERSIONS, np.array(which), SPEC)

    assert scores.tolist() == one_by_one(x, which)


@given(WHICH, st.data())
def test_splitting_rows_changes_no_bit(which: list[int], data: st.DataObject) -> None:
    """Scored in two parts, or in Fortran order, rows have the same scores."""
    cut = data.draw(st.integers(0, len(which)))
    x, of = ROWS[: len(which)], np.array(which, dtype=np.intp)

    whole = score_rows(x, VERSIONS, of, SPEC)
    parts = [score_rows(x[s], VERSIONS, of[s], SPEC) for s in (slice(cut), slice(cut, None))]

    assert whole.tolist() == np.concatenate(parts).tolist()
    assert whole.tolist() == score_rows(np.asfortranarray(x), VERSIONS, of, SPEC).tolist()


@pytest.mark.parametrize("n", [FEW - 1, FEW, FEW + 1, 200])
def test_few_rows_score_as_many_do(n: int) -> None:
    """Rows scored one by one, through a table of terms, have the bits of many scored at once."""
    x, of = ROWS[:n], np.arange(n) % len(MODELS)

    whole = _logits(x, VERSIONS, of)
    ones = [_logits(x[at : at + 1], VERSIONS, of[at : at + 1]) for at in range(n)]

    assert whole.tolist() == np.concatenate(ones).tolist()


@pytest.mark.parametrize("n", range(1, 65))
def test_the_unrounded_chance_agrees_at_every_length(n: int) -> None:
    """Before rounding, too, a row's bits are those of the model alone, for 1 to 64 rows."""
    rows = ROWS[n : 2 * n]

    chances = _chances(_logits(rows, VERSIONS, np.full(n, 4)))

    assert chances.tolist() == [MODELS[4].predict(row) for row in rows]


def test_immature_versions_serve_the_prior() -> None:
    """Too few examples, or too few positives, give the rate of what was seen."""
    spec = Intent(mature=60, mature_positives=MODELS[3].positives + 1)

    scores = score_rows(ROWS[:4], VERSIONS, np.array([-1, 0, 2, 3]), spec)

    seen = [(0, 0), (0, 0), (59, MODELS[2].positives), (60, MODELS[3].positives)]
    assert scores.tolist() == [prior(n, positives) for n, positives in seen]
    assert score_one(MODELS[3], ROWS[3], spec) == scores[3]


def test_rows_that_are_not_finite_serve_the_prior() -> None:
    """A row that could not be learned is not scored either, and disturbs no other."""
    x = ROWS[:3].copy()
    x[0, 0], x[2, 1] = np.nan, np.inf

    scores = score_rows(x, VERSIONS, np.array([4, 4, 4]), SPEC)

    expected = prior(MODELS[4].n, MODELS[4].positives)
    assert scores.tolist() == [expected, score_one(MODELS[4], x[1], SPEC), expected]


def test_scoring_changes_no_input() -> None:
    """Rows and versions are only read."""
    x, versions = ROWS[:50].copy(), VERSIONS.copy()

    score_rows(x, versions, np.arange(50) % len(MODELS), SPEC)

    assert (x == ROWS[:50]).all()
    assert (versions == VERSIONS).all()


def test_no_rows_and_no_versions_are_fine() -> None:
    """Nothing to score gives no scores; no version gives the prior of nothing."""
    none = np.zeros((0, COUNTS + 2 * len(NAMES)))

    assert score_rows(ROWS[:0], VERSIONS, np.zeros(0, dtype=np.intp), SPEC).tolist() == []
    assert score_rows(ROWS[:2], none, np.array([-1, -1]), SPEC).tolist() == [0.05, 0.05]


def test_no_version_stays_immature_without_a_threshold() -> None:
    """Where nothing was learned there is nothing to score with, whatever counts as mature."""
    spec = Intent(mature=0, mature_positives=0)

    assert score_rows(ROWS[:2], VERSIONS, np.array([-1, 0]), spec).tolist() == [0.05, 0.05]
    assert score_one(MODELS[0], ROWS[1], spec) == 0.05


def test_versions_of_other_features_are_refused() -> None:
    """Parameters of another number of features are a programming mistake."""
    with pytest.raises(ValueError, match="versions need 43 parameters; got 9"):
        score_rows(ROWS[:1], np.zeros((1, 9)), np.array([0]), SPEC)
