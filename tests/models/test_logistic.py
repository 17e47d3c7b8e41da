"""The learning kernel: pure where it predicts, careful where it learns, exact where it is kept."""

from __future__ import annotations

import copy
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models.logistic import COUNTS, LIMIT, Logistic, usable
from rtm_flows.models.saved import RIVER, Saved
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.steps import plain
from tests.models.examples import NAMES, examples, taught

BAD = [math.nan, math.inf, -math.inf, 1e308, -2e100]


def surprise(margin: float) -> float:
    """Return how far a margin is from certain, cut where River cuts it."""
    if margin > 18.0:
        return math.exp(-margin)
    return 1.0 if margin < -18.0 else 1.0 / (math.exp(margin) + 1.0)


def by_hand(x: list[list[float]], y: list[bool], rate: float) -> tuple[list[float], float]:
    """Return weights and intercept as the published formulas give them, in plain Python."""
    size = len(x[0])
    mean, var, weights, intercept = [0.0] * size, [0.0] * size, [0.0] * size, 0.0
    for n, (row, label) in enumerate(zip(x, y, strict=True), 1):
        scaled = []
        for j, value in enumerate(row):
            before = mean[j]
            mean[j] += (value - before) / n
            var[j] += ((value - before) * (value - mean[j]) - var[j]) / n
            scaled.append((value - mean[j]) / var[j] ** 0.5 if var[j] else 0.0)
        logit = math.fsum(w * z for w, z in zip(weights, scaled, strict=True)) + intercept
        gradient = -surprise(logit) if label else surprise(-logit)
        intercept -= 0.01 * gradient
        weights = [w - rate * gradient * z for w, z in zip(weights, scaled, strict=True)]
    return weights, intercept


@given(st.integers(1, 60), st.integers(0, 1_000), st.floats(0.001, 1.0))
def test_learns_by_the_published_formulas(n: int, seed: int, rate: float) -> None:
    """Weights and intercept are those of a plain rendering of the algorithm."""
    x, y = examples(n, seed)
    model = Logistic(NAMES, rate)
    for row, label in zip(x, y, strict=True):
        assert model.learn(row, label)

    weights, intercept = by_hand(x.tolist(), y, rate)

    np.testing.assert_allclose(model.weights, weights, rtol=1e-9, atol=1e-12)
    assert model.intercept == pytest.approx(intercept, rel=1e-9)
    assert (model.n, model.positives) == (n, sum(y))


def test_predicting_changes_nothing() -> None:
    """Neither the model nor the row differs after a prediction, and it repeats."""
    model = taught(300)
    x, _ = examples(50, seed=2)
    before, rows = model.to_bytes(), x.copy()

    first = [model.predict(row) for row in x]
    second = [model.predict(row) for row in x]

    assert first == second
    assert model.to_bytes() == before
    assert (x == rows).all()
    assert all(0.0 <= p <= 1.0 for p in first)


def test_learning_leaves_the_row_alone() -> None:
    """A learned row is neither changed nor kept."""
    model = taught(10)
    row = examples(1, seed=3)[0][0]
    kept = row.copy()

    model.learn(row, True)
    before = model.to_bytes()
    assert (row == kept).all()
    row[:] = 99.0

    assert model.to_bytes() == before


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("at", [0, len(NAMES) - 1])
def test_unusable_examples_are_refused(value: float, at: int) -> None:
    """A row with a value that is not finite, or too large to square, teaches nothing."""
    model = taught(50)
    before = model.to_bytes()
    x, _ = examples(1, seed=4)
    x[0, at] = value

    assert not model.learn(x[0], True)

    assert model.to_bytes() == before
    assert usable(x).tolist() == [False]


def test_largest_usable_values_keep_the_model_finite() -> None:
    """Values at the limit are learned without any overflow."""
    model = Logistic(NAMES)
    for sign in (1.0, -1.0, 1.0, -1.0):
        assert model.learn(np.full(len(NAMES), sign * LIMIT), sign > 0.0)

    assert np.isfinite(model.parameters()).all()


def test_far_rows_are_certain_and_finite() -> None:
    """However far a row is out, its probability stays within [0, 1] and no warning is given."""
    model = taught(500, learning_rate=1.0)
    x, _ = examples(1)

    for sign in (1e90, -1e90):
        row = x[0].copy()
        row[0] = sign
        assert 0.0 <= model.predict(row) <= 1.0


@pytest.mark.parametrize("y", [True, False])
def test_steep_examples_are_learned(y: bool) -> None:
    """An example far on either side of the boundary changes the model by a finite step."""
    saved = unseal("logistic", taught(300).to_bytes(), Saved)
    model = Logistic.from_saved(msgspec.structs.replace(saved, intercept=40.0))

    assert model.learn(examples(1, seed=9)[0][0], y)

    step = 40.0 - model.intercept
    assert step == pytest.approx(0.0 if y else 0.01, abs=1e-12)


def test_constant_feature_counts_for_nothing() -> None:
    """A feature that never varies keeps the weight 0, at any value it is later given."""
    model = taught(200)
    x, _ = examples(1, seed=5)
    other = x[0].copy()
    other[NAMES.index("constant")] = 1e6

    assert model.weights[NAMES.index("constant")] == 0.0
    assert model.predict(x[0]) == model.predict(other)


def test_parameters_have_the_documented_layout() -> None:
    """The logit by hand from a row of parameters is that of the prediction."""
    model = taught(400)
    row = examples(1, seed=6)[0][0]

    own = model.parameters()
    mean, slope = own[COUNTS : COUNTS + len(NAMES)], own[COUNTS + len(NAMES) :]
    logit = 0.0
    for value, m, s in zip(row.tolist(), mean.tolist(), slope.tolist(), strict=True):
        logit += (value - m) * s
    logit += float(own[2])

    assert own[:2].tolist() == [model.n, model.positives]
    assert model.predict(row) == 1.0 / (1.0 + float(np.exp(-logit)))


def test_parameters_are_a_copy() -> None:
    """A version does not change when the model learns on."""
    model = taught(100)
    own = model.parameters()
    kept = own.copy()

    model.learn(examples(1, seed=7)[0][0], True)

    assert (own == kept).all()


@given(st.integers(0, 80), st.integers(0, 80))
def test_saved_models_go_on_to_the_bit(before: int, after: int) -> None:
    """A model that was saved and read back learns on to the same bytes."""
    x, y = examples(before + after, seed=8)
    model = taught(before, seed=8)

    copied = Logistic.from_bytes(model.to_bytes(), NAMES)
    for row, label in zip(x[before:], y[before:], strict=True):
        assert model.predict(row) == copied.predict(row)
        model.learn(row, label)
        copied.learn(row, label)

    assert model.to_bytes() == copied.to_bytes()
    assert (model.parameters() == copied.parameters()).all()


@given(st.integers(0, 40), st.integers(2, 80), st.data())
def test_cutting_a_run_changes_no_bit(before: int, n: int, data: st.DataObject) -> None:
    """Examples learned in one run, in two, or one by one leave the same model and parameters."""
    x, y = examples(n, seed=10)
    whole, parts, single = (taught(before) for _ in range(3))
    cut = data.draw(st.integers(1, n - 1))

    rows = whole.learn_steps(x, plain(y))
    first, second = (
        parts.learn_steps(x[:cut], plain(y[:cut])),
        parts.learn_steps(x[cut:], plain(y[cut:])),
    )

    assert (rows == np.concatenate([first, second[1:]])).all()
    assert (rows[0] == taught(before).parameters()).all()
    for example, label, row in zip(x, y, rows[1:], strict=True):
        single.learn(example, label)
        assert (single.parameters() == row).all()
    assert whole.to_bytes() == parts.to_bytes() == single.to_bytes()


def test_a_value_that_is_no_sum_of_halves_can_be_constant() -> None:
    """A feature that is always 0.1 has no variance, after however many examples."""
    x, y = examples(1_000)
    x[:, 3] = 0.1
    model = Logistic(NAMES)

    model.learn_steps(x, plain(y))

    assert (model.scaler.mean[3], model.scaler.var[3]) == (0.1, 0.0)


def test_copies_are_independent() -> None:
    """A deep copy learns on its own, and rightly."""
    model, same = taught(20), taught(20)
    row = examples(1, seed=7)[0][0]

    other = copy.deepcopy(model)
    other.learn(row, True)
    assert model.to_bytes() == same.to_bytes()
    model.learn(row, True)

    assert model.to_bytes() == other.to_bytes()


def test_other_features_are_refused() -> None:
    """A model saved with other features, or in another order, is not resumed."""
    data = taught(5).to_bytes()

    with pytest.raises(RecoveryError, match="has other features"):
        Logistic.from_bytes(data, NAMES[::-1])


def test_another_river_is_refused() -> None:
    """A model that follows another River's arithmetic is not resumed."""
    saved = unseal("logistic", taught(5).to_bytes(), Saved)
    data = seal("logistic", msgspec.structs.replace(saved, river="0.1"))

    with pytest.raises(RecoveryError, match=f"need {RIVER}; got 0.1"):
        Logistic.from_bytes(data, NAMES)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": [0.0]},
        {"total": [math.inf] * len(NAMES)},
        {"intercept": math.nan},
        {"weights": [math.inf] * len(NAMES)},
        {"squares": [-1.0] * len(NAMES)},
        {"squares": [0.0] * len(NAMES), "weights": [1.0] * len(NAMES)},
        {"positives": 6},
        {"positives": -1},
    ],
)
def test_impossible_numbers_are_refused(change: dict[str, object]) -> None:
    """Numbers that no learning can give are found, even under a sound checksum."""
    saved = unseal("logistic", taught(5).to_bytes(), Saved)
    data = seal("logistic", msgspec.structs.replace(saved, **change))

    with pytest.raises(RecoveryError, match="no learning gives"):
        Logistic.from_bytes(data, NAMES)
