"""A versioned model: predicts before it learns, however it is cut, and resumes to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models import versioned as module
from rtm_flows.models.beside import Beside
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


@given(TICKS, st.lists(st.integers(0, 1), min_size=40, max_size=40).map(np.cumsum))
def test_examples_are_predicted_before_any_of_their_moment_is_learned(
    ticks: Ints, moments: Ints
) -> None:
    """The metrics are of the scores that the model would have served; the unusable are counted."""
    x, labels = stream(len(ticks))
    # Those of one moment are of one tick.
    moments = np.cumsum(np.diff(ticks, prepend=0) + np.diff(moments[: len(ticks)], prepend=0))
    found = VersionedModel(NAMES, SPEC)
    found.learn(x, np.array(labels), ticks, moments=moments)

    model, progressive, beside = Logistic(NAMES, SPEC.learning_rate), Progressive(), Beside()
    for moment in np.unique(moments):
        own = np.flatnonzero((moments == moment) & ~np.isnan(x).any(axis=1))
        scores = np.array([score_one(model, row, SPEC) for row in x[own]])
        true, ago = np.array(labels)[own], np.full(len(own), np.nan)
        said = beside.ask(ago, np.zeros_like(own), true, ago)
        progressive.add(scores, true, np.zeros_like(own), beside=said)
        for row, label in zip(x[own], true.tolist(), strict=True):
            model.learn(row, label)
    rejected = int(np.isnan(x).any(axis=1).sum())
    assert found.summary() == {**progressive.summary(), "rejected": rejected}


def test_what_is_known_together_tells_nothing_of_one_another() -> None:
    """Two rows of each session, alike and of one label, by chance: nobody can predict it."""
    labels = np.repeat(np.random.default_rng(5).random(2_000) < 0.5, 2)
    x, ticks = np.repeat(np.random.default_rng(6).normal(size=(2_000, 20)), 2, axis=0), labels * 0
    told: dict[str, Any] = {}
    for name, moments in (("together", np.arange(4_000) // 2), ("each", None)):
        model = VersionedModel([f"f{at}" for at in range(20)], SPEC)
        model.learn(x, labels, ticks, moments=moments)
        told[name] = model.summary()

    assert abs(told["together"]["roc_auc"] - 0.5) < 0.03
    assert abs(told["together"]["baselines"]["last_label"]["roc_auc"] - 0.5) < 0.03
    assert told["each"]["roc_auc"] > 0.6
    assert told["each"]["baselines"]["last_label"]["roc_auc"] > 0.7


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
