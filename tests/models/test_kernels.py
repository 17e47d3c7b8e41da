"""The kernels of the default learner beside River's own arithmetic, one example at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from river import linear_model, optim, utils

from rtm_flows.models.adagrad import EPS, INTERCEPT_RATE, AdaGrad
from rtm_flows.models.blend import Blend
from rtm_flows.models.hashing import MISSING, text_codes
from rtm_flows.models.newton import Newton
from rtm_flows.models.places import PLACES, Places
from rtm_flows.models.reservoir import ROWS, Reservoir
from rtm_flows.models.scales import Scales

Matrix = NDArray[np.float64]


def dense(n: int, width: int, seed: int) -> tuple[Matrix, list[bool]]:
    """Return rows with an intercept and features that depend on each other, and labels."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, width)) @ random.normal(size=(width, width)) / math.sqrt(width)
    x[:, 0] = 1.0
    return x, (random.random(n) < 1.0 / (1.0 + np.exp(-2.0 * x[:, -1]))).tolist()


def by_river(x: Matrix, labels: list[bool]) -> tuple[list[float], Matrix, Matrix]:
    """Learn by River's Sherman-Morrison and River's loss; return logits, weights, covariance."""
    loss = optim.losses.Log()
    width = x.shape[1]
    weights, inverse = np.zeros(width), np.asfortranarray(np.eye(width) * 0.2)
    inverse[0, 0] = 4.0
    logits = []
    for row, y in zip(x, labels, strict=True):
        variance = row @ inverse @ row
        logit = row @ weights / math.sqrt(1.0 + math.pi * variance / 8.0)
        logits.append(logit)
        p = loss.mean_func(logit)
        root = math.sqrt(max(p * (1.0 - p), 1e-4)) * row
        utils.math.sherman_morrison(A=inverse, u=root, v=root)
        weights -= inverse @ row * loss.gradient(y, logit)
    return logits, weights, inverse


@settings(max_examples=15)
@given(st.integers(2, 128), st.integers(0, 1_000))
def test_newton_is_rivers_arithmetic(width: int, seed: int) -> None:
    """Logits, weights and covariance are those of River's update of an inverse."""
    x, labels = dense(300, width, seed)
    model = Newton()

    logits = model.learn_rows(x, labels)

    expected, weights, inverse = by_river(x, labels)
    np.testing.assert_allclose(logits, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(model.weights, weights, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(model.covariance, inverse, rtol=1e-9, atol=1e-9)


def test_newton_stays_sound_for_long() -> None:
    """After 20,000 rows of nearly equal features the covariance is one still."""
    random = np.random.default_rng(4)
    x = np.repeat(random.normal(size=(20_000, 1)), 6, axis=1)
    x[:, 1:] += 1e-6 * random.normal(size=(20_000, 5))
    x[:, 0] = 1.0
    model = Newton()

    model.learn_rows(x, (random.random(20_000) < 0.5).tolist())

    assert (model.covariance == model.covariance.T).all()
    assert np.linalg.eigvalsh(model.covariance).min() > -1e-12


@settings(max_examples=30)
@given(st.integers(1, 20), st.integers(0, 1_000))
def test_features_that_come_later_change_no_bit_before(known: int, seed: int) -> None:
    """A row learned with columns of zeros at its end gives the bits it gives without."""
    x, labels = dense(40, known, seed)
    narrow, wide = Newton(), Newton()

    first = narrow.learn_rows(x, labels)
    second = wide.learn_rows(np.concatenate([x, np.zeros((40, 70))], axis=1), labels)

    assert first.tobytes() == second.tobytes()
    assert narrow.weights.tobytes() == wide.weights[:known].tobytes()


@settings(max_examples=10)
@given(st.integers(1, 12), st.integers(0, 1_000))
def test_adagrad_is_rivers(active: int, seed: int) -> None:
    """Logits, weights and intercept are those of River's own classes."""
    random = np.random.default_rng(seed)
    places = random.integers(0, 9, (300, active)) + 9 * np.arange(active)
    labels = (random.random(300) < 0.3 + 0.05 * (places[:, 0] % 9)).tolist()
    model = AdaGrad(9 * active, active)
    river = linear_model.LogisticRegression(
        optim.AdaGrad(model.rate, eps=EPS), intercept_lr=INTERCEPT_RATE
    )
    expected = []
    for row, y in zip(places.tolist(), labels, strict=True):
        x = dict.fromkeys(row, 1.0)
        expected.append(1.0 / (1.0 + math.exp(-river._raw_dot_one(x))))
        river.learn_one(x, y)

    logits = model.learn_rows(places, labels)

    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-logits)), expected, rtol=1e-9)
    assert model.intercept == pytest.approx(river.intercept, rel=1e-9)
    for place, weight in river.weights.items():
        assert model.weights[place] == pytest.approx(weight, rel=1e-9, abs=1e-12)


def test_the_blend_is_a_newton_of_three() -> None:
    """Written out, it gives what the arrays give, but for the moderation."""
    random = np.random.default_rng(2)
    pairs = random.normal(0.0, 3.0, (400, 2))
    labels = (random.random(400) < 1.0 / (1.0 + np.exp(-pairs[:, 0]))).tolist()
    x = np.column_stack([np.clip(pairs, -8.0, 8.0), np.ones(400)])
    weights, inverse = np.array([0.5, 0.5, 0.0]), np.asfortranarray(np.diag([0.05, 0.05, 0.1]))
    expected = []
    for row, y in zip(x, labels, strict=True):
        p = 1.0 / (1.0 + math.exp(-(row @ weights)))
        expected.append(min(max(p, 1e-6), 1.0 - 1e-6))
        root = math.sqrt(max(p * (1.0 - p), 1e-4)) * row
        utils.math.sherman_morrison(A=inverse, u=root, v=root)
        weights -= inverse @ row * (p - y)
    blend = Blend()
    first, second = pairs.T.tolist()

    chances = blend.learn_rows(first, second, labels)

    np.testing.assert_allclose(chances, expected, rtol=1e-9)
    np.testing.assert_allclose(blend.weights, weights, rtol=1e-9)


def test_a_blend_of_poor_models_is_calibrated() -> None:
    """Of two models far too sure it makes chances that hold."""
    random = np.random.default_rng(3)
    logit = random.normal(0.0, 1.0, 8_000)
    labels = random.random(8_000) < 1.0 / (1.0 + np.exp(-logit))

    sure = (4.0 * logit).tolist()
    chances = Blend().learn_rows(sure, sure, labels.tolist())

    high = chances[4_000:] > 0.7
    assert np.mean(labels[4_000:][high]) == pytest.approx(np.mean(chances[4_000:][high]), abs=0.04)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=8))
def test_a_reservoir_does_not_see_the_cuts(sizes: list[int]) -> None:
    """The sample is the same in one part or many, and every row is in a small one."""
    rows = np.arange(2.0 * sum(sizes)).reshape(-1, 2)
    whole, parts = Reservoir(2), Reservoir(2)
    whole.add(rows)
    for part in np.split(rows, np.cumsum(sizes)[:-1]):
        parts.add(part)

    assert parts.rows.tobytes() == whole.rows.tobytes()
    assert len(whole.rows) == min(len(rows), ROWS)
    assert set(whole.rows[:, 0]) <= set(rows[:, 0])


def test_a_reservoir_is_fair() -> None:
    """Of 50,000 rows in order, quantiles of the sample are near those of all."""
    reservoir = Reservoir(1)
    reservoir.add(np.arange(50_000.0)[:, None])

    np.testing.assert_allclose(
        reservoir.quantiles(0, 5), [0, 12_500, 25_000, 37_500, 50_000], atol=2_500
    )


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=120))
def test_scales_stay_in_their_bounds(values: list[float]) -> None:
    """Deviations, ranks and quarters are in range, and nothing is said of no number."""
    scales = Scales(1)
    x = np.array(values)[:, None]
    while len(x):
        room = scales.room
        scaled = scales.learn(x[:room])
        gone = np.isnan(x[:room])
        assert (np.absolute(scaled.straight) <= 4.0).all()
        assert (np.absolute(scaled.rank) <= 1.0).all()
        assert (np.absolute(scaled.square - 1.0 / 6.0) <= 0.5 + 1e-12).all()
        assert ((scaled.quarter >= 0) & (scaled.quarter <= 4)).all()
        for part in scaled:
            assert (part[gone] == 0).all()
        x = x[room:]


def test_places_of_a_row_are_all_different() -> None:
    """Every field has places of its own, and equal facts fall on equal ones."""
    places = Places(2, 2)
    texts = np.stack([text_codes(["a", "b", "a"]), text_codes([None, "a", None])], axis=1)
    quarters = np.array([[1, 2], [3, 4], [1, 2]])
    numbers = np.array([[1.0, 0.5], [7.0, -3.0], [1.0, 0.25]])

    rows = places.of_rows(numbers, quarters, texts)

    assert rows.shape == (3, places.active) == (3, 2 + 2 + 2 + 6)
    assert (rows[0] == rows[2]).all()
    assert (rows // PLACES == np.arange(places.active)).all()


def test_crossed_pairs_are_bounded() -> None:
    """Of many columns only so many pairs are crossed, the same in every process."""
    places = Places(60, 10)

    assert places.active == 2 * 60 + 10 + 300
    assert places._left[:3].tolist() == Places(60, 10)._left[:3].tolist()


@given(st.lists(st.none() | st.text(), max_size=30))
def test_texts_have_codes_of_their_own(texts: list[str | None]) -> None:
    """Equal texts have equal codes, others differ, and none is the code of no text."""
    codes = text_codes(texts).tolist()

    assert len(set(codes)) == len(set(texts))
    assert all((code == MISSING) == (text is None) for code, text in zip(codes, texts, strict=True))
