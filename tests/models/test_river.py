"""The kernel and River: the same model, learned and handed over either way."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
from river import linear_model, optim, preprocessing
from river.compose import Pipeline

from rtm_flows.models.logistic import Logistic
from rtm_flows.models.river import from_river, to_river
from rtm_flows.models.saved import RIVER
from tests.models.examples import NAMES, examples, taught

Row = dict[str, float]


def river_model(rate: float) -> Pipeline:
    """Return River's own pipeline."""
    regression = linear_model.LogisticRegression(optim.SGD(rate))
    pipeline: Pipeline = preprocessing.StandardScaler() | regression
    return pipeline


def as_row(x: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    """Return a vector as River takes it."""
    return dict(zip(NAMES, x.tolist(), strict=True))


@pytest.mark.parametrize("rate", [0.01, 0.3])
def test_two_thousand_examples_teach_the_same_as_river(rate: float) -> None:
    """Predictions on the way, weights and intercept are River's, to 12 digits."""
    pipeline, model = river_model(rate), Logistic(NAMES, rate)
    x, y = examples(2_000)

    for row, label in zip(x, y, strict=True):
        expected = pipeline.predict_proba_one(as_row(row))[True]
        assert model.predict(row) == pytest.approx(expected, rel=1e-11, abs=1e-12)
        pipeline.learn_one(as_row(row), label)
        model.learn(row, label)

    regression = pipeline["LogisticRegression"]
    weights = [regression.weights[name] for name in NAMES]
    np.testing.assert_allclose(model.weights, weights, rtol=1e-12, atol=1e-15)
    assert model.intercept == pytest.approx(regression.intercept, rel=1e-12)


@pytest.mark.parametrize("n", [0, 1, 200])
def test_handed_over_to_river_it_goes_on_alike(n: int) -> None:
    """The pipeline made from a model predicts and learns as the model itself."""
    model = taught(n, learning_rate=0.05)
    x, y = examples(100, seed=2)

    pipeline = to_river(model)
    for row, label in zip(x, y, strict=True):
        expected = pipeline.predict_proba_one(as_row(row))[True]
        assert model.predict(row) == pytest.approx(expected, rel=1e-11, abs=1e-12)
        pipeline.learn_one(as_row(row), label)
        model.learn(row, label)


@pytest.mark.parametrize("n", [0, 200])
def test_back_from_river_it_is_the_same_model(n: int) -> None:
    """To River and back changes no more than the last bits of the scaler's sums."""
    model = taught(n, learning_rate=0.05)

    back = from_river(to_river(model), NAMES, model.positives)

    assert (back.n, back.positives, back.intercept) == (n, model.positives, model.intercept)
    assert (back.weights == model.weights).all()
    np.testing.assert_allclose(back.parameters(), model.parameters(), rtol=1e-15)


def test_a_model_of_no_features_comes_back() -> None:
    """Even a model of nothing but its intercept survives."""
    assert from_river(to_river(Logistic([])), [], 0).n == 0


def test_the_river_named_in_saved_models_is_the_one_installed() -> None:
    """The series written into saved models is the one these tests compare with."""
    assert version("river").startswith(RIVER + ".")
