"""Newton's steps in a stream: River's arithmetic, versions that serve it, and what is refused."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models import standard_newton as module
from rtm_flows.models.logistic import LIMIT
from rtm_flows.models.score import score_rows
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning
from rtm_flows.models.standard_newton import MOST, StandardNewton
from rtm_flows.models.steps import plain
from tests.models.examples import NAMES, examples
from tests.reference.newton import Newton as ByRiver

ALWAYS = Learning(mature=1, mature_positives=0)


@settings(max_examples=20)
@given(st.integers(2, 120), st.integers(0, 1_000))
def test_versions_predict_as_river_would(n: int, seed: int) -> None:
    """Each example's score before it was learned is that of River's scaler and Sherman-Morrison."""
    x, labels = examples(n, seed)
    rows = StandardNewton(NAMES).learn_steps(x, plain(labels))

    river, wanted = ByRiver(), []
    for values, label in zip(x.tolist(), labels, strict=True):
        named = dict(zip(NAMES, values, strict=True))
        wanted.append(river.predict_proba_one(named)[True])
        river.learn_one(named, label)
    found = score_rows(x[1:], rows, np.arange(1, n), ALWAYS)
    np.testing.assert_allclose(found, wanted[1:], atol=1.5e-6)


def test_it_stays_with_river_for_long() -> None:
    """After 4,000 examples weights and covariance are River's still, to nine digits."""
    x, labels = examples(4_000)
    model, river = StandardNewton(NAMES), ByRiver()
    model.learn_steps(x, plain(labels))
    for values, label in zip(x.tolist(), labels, strict=True):
        river.learn_one(dict(zip(NAMES, values, strict=True)), label)

    assert river.weights is not None
    np.testing.assert_allclose(model.newton.weights, river.weights, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(model.newton.covariance, river.covariance, rtol=1e-7, atol=1e-9)


def test_largest_usable_values_keep_the_model_finite() -> None:
    """Values at the limit, in turn with their opposites, are learned without any overflow."""
    model = StandardNewton(NAMES)
    x = np.array([np.full(len(NAMES), sign * LIMIT) for sign in (1.0, -1.0, 1.0, -1.0)])

    rows = model.learn_steps(x, plain([True, False, True, False]))

    assert np.isfinite(rows).all()


def test_one_rare_surprise_does_not_tip_it_over() -> None:
    """What is seen for the first time after 5,000 rows, with a rare label, changes few scores."""
    random = np.random.default_rng(3)
    x = random.normal(size=(5_002, 2))
    x[:, 1] = 0.0
    x[5_000:, 1] = 1.0
    labels = (random.random(5_002) < 0.02).tolist()
    labels[5_000] = True

    rows = StandardNewton(["views", "odd"]).learn_steps(x, plain(labels))
    before, after = (score_rows(x, rows, np.full(5_002, at), ALWAYS) for at in (5_000, 5_001))

    assert np.absolute(after - before)[:5_000].max() < 0.02
    assert 0.02 < after[5_001] < 0.999


def test_a_wider_model_is_refused() -> None:
    """Learning costs the square of the features, so there is a most."""
    StandardNewton([str(at) for at in range(MOST)])

    with pytest.raises(ValueError, match=f"at most {MOST} features; got {MOST + 1}"):
        StandardNewton([str(at) for at in range(MOST + 1)])


def floats(*values: float) -> bytes:
    """Return numbers as they are saved."""
    return np.array(values, dtype="<f8").tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"scaler": floats(0.0)},
        {"scaler": floats(0.0, 0.0, -1.0)},
        {"weights": floats(math.nan, 0.0)},
        {"weights": floats(0.0)},
        {"covariance": floats(1.0, 0.5, 0.4, 1.0)},
        {"covariance": floats(1.0, math.inf, math.inf, 1.0)},
        {"positives": -1},
        {"positives": 9},
    ],
)
def test_impossible_numbers_are_refused(change: dict[str, object]) -> None:
    """Numbers that no learning can give are found, even under a sound checksum."""
    saved = unseal("newton", StandardNewton(["views"]).to_bytes(), module._Saved)
    data = seal("newton", msgspec.structs.replace(saved, **change))

    with pytest.raises(RecoveryError, match="no learning gives"):
        StandardNewton.from_bytes(data, ["views"])


def test_another_river_is_refused() -> None:
    """A model that follows another River's arithmetic is not resumed."""
    saved = unseal("newton", StandardNewton(["views"]).to_bytes(), module._Saved)
    data = seal("newton", msgspec.structs.replace(saved, river="0.1"))

    with pytest.raises(RecoveryError, match=r"another River.*got 0\.1"):
        StandardNewton.from_bytes(data, ["views"])
