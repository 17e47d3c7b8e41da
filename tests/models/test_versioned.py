"""A versioned model: predicts before it learns, however it is cut, and resumes to the bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models import versioned as module
from rtm_flows.models.logistic import Logistic
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.score import score_one
from rtm_flows.models.spec import Learning
from rtm_flows.models.versioned import Ints, Matrix, Taught, VersionedModel
from tests.models.examples import NAMES, examples

SPEC = Learning(kind="sgd", learning_rate=0.05, mature=5, mature_positives=2)
TICKS = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.cumsum)
BAD = 4
"""Every so many examples have a feature that is no number."""


def stream(n: int) -> tuple[Matrix, list[bool]]:
    """Return examples of which some are not usable."""
    x, labels = examples(n)
    x[BAD::BAD, 1] = np.nan
    return x, labels


def one_by_one(x: Matrix, labels: Sequence[bool], ticks: Ints) -> VersionedModel:
    """Learn each example in a call of its own."""
    model = VersionedModel(NAMES, SPEC)
    for at, (label, tick) in enumerate(zip(labels, ticks.tolist(), strict=True)):
        model.learn(x[at : at + 1], np.array([label]), np.array([tick]))
    return model


@given(TICKS)
def test_versions_are_the_model_after_each_tick(ticks: Ints) -> None:
    """A tick that taught something has one version: what its last usable example made of it."""
    x, labels = stream(len(ticks))
    found = VersionedModel(NAMES, SPEC).learn(x, np.array(labels), ticks)

    model, wanted = Logistic(NAMES, SPEC.learning_rate), {}
    for row, label, tick in zip(x, labels, ticks.tolist(), strict=True):
        if model.learn(row, label):
            wanted[tick] = model.parameters().tolist()
    assert dict(zip(found.ticks.tolist(), found.parameters.tolist(), strict=True)) == wanted
    assert found.ticks.tolist() == list(wanted)


@given(TICKS)
def test_every_example_is_predicted_before_it_is_learned(ticks: Ints) -> None:
    """The metrics are of the scores that the model would have served; the unusable are counted."""
    x, labels = stream(len(ticks))
    found = VersionedModel(NAMES, SPEC)
    found.learn(x, np.array(labels), ticks)

    model, progressive, rejected = Logistic(NAMES, SPEC.learning_rate), Progressive(), 0
    for row, label in zip(x, labels, strict=True):
        if np.isnan(row).any():
            rejected += 1
            continue
        score = np.array([score_one(model, row, SPEC)])
        progressive.add(score, np.array([label]), np.zeros(1, dtype=np.int64))
        model.learn(row, label)
    assert found.summary() == {**progressive.summary(), "rejected": rejected}


@given(TICKS, st.data())
def test_neither_cuts_nor_resumes_change_a_bit(ticks: Ints, data: st.DataObject) -> None:
    """Cut anywhere and read back there, it goes on to the same versions and figures."""
    x, labels = stream(len(ticks))
    cut = data.draw(st.integers(0, len(ticks)))
    whole, first, second = (VersionedModel(NAMES, SPEC) for _ in range(3))
    wanted = whole.learn(x, np.array(labels), ticks)
    first.learn(x[:cut], np.array(labels[:cut], dtype=np.bool_), ticks[:cut])
    second.load(first.to_bytes())
    rest = second.learn(x[cut:], np.array(labels[cut:], dtype=np.bool_), ticks[cut:])

    assert second.to_bytes() == whole.to_bytes() == one_by_one(x, labels, ticks).to_bytes()
    assert second.summary() == whole.summary()
    late = len(rest.ticks)
    at = len(wanted.ticks) - late
    assert as_lists(rest) == as_lists(Taught(wanted.ticks[at:], wanted.parameters[at:]))


def as_lists(taught: Taught) -> list[list[object]]:
    """Return versions as plain values."""
    return [taught.ticks.tolist(), taught.parameters.tolist()]


def test_a_tick_may_be_longer_than_what_is_learned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learned in pieces, a tick still has one version, the last."""
    x, labels = stream(30)
    ticks = np.array([7] * 20 + [8] * 10)
    wanted = VersionedModel(NAMES, SPEC).learn(x, np.array(labels), ticks)
    monkeypatch.setattr(module, "_AT_ONCE", 3)

    found = VersionedModel(NAMES, SPEC).learn(x, np.array(labels), ticks)
    assert found.ticks.tolist() == [7, 8]
    assert as_lists(found) == as_lists(wanted)


def test_damaged_bytes_are_refused() -> None:
    """A flipped bit is not taken for a state."""
    data = bytearray(VersionedModel(NAMES, SPEC).to_bytes())
    data[-1] ^= 1

    with pytest.raises(RecoveryError, match="versioned model is damaged"):
        VersionedModel(NAMES, SPEC).load(bytes(data))
