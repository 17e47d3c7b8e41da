"""Drift of a model in the stream: where it is told, and what is done about it, in turn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.config import load
from rtm_flows.errors import ConfigError, RecoveryError
from rtm_flows.models.drift import Drift, losses_beside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.drift_watch import DriftWatch
from rtm_flows.models.notes import Note
from rtm_flows.models.rules import Challenger, Promotion
from rtm_flows.models.spec import Learning
from rtm_flows.models.standard_newton import StandardNewton
from rtm_flows.models.steps import plain
from rtm_flows.models.versioned import VersionedModel
from rtm_flows.rounding import round6

NAMES = ("views", "adds")
N, FLIP = 2400, 1200
TICKS = np.arange(N) // 7
RULE: dict[str, Any] = {"warm_up": 100, "sensitivity": "high"}
EARLY: dict[str, Any] = {"kind": "newton", "mature": 20, "mature_positives": 2}


def stream() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return examples whose features mean the opposite from the middle on."""
    random = np.random.default_rng(3)
    x = random.normal(size=(N, 2))
    sign = np.where(np.arange(N) < FLIP, 1.0, -1.0)
    chances = 1.0 / (1.0 + np.exp(-sign * (2.0 * x[:, 0] - x[:, 1])))
    return x, random.random(N) < chances


X, LABELS = stream()


def model_of(response: str, **keys: Any) -> VersionedModel:
    """Return a model that is watched, with one challenger like it for `switch`."""
    rivals: dict[str, Any] = {}
    if response == "switch":
        rivals = {"challengers": (Challenger(name="fresh", kind="newton"),)}
        rivals["promotion"] = Promotion(after=100, level=0.1)
    rule = DriftRule(**RULE, response=response)  # type: ignore[arg-type]
    return VersionedModel(NAMES, Learning(**EARLY, **rivals, **keys, drift=rule), period=50)


def learned(response: str, cuts: Sequence[int] = ()) -> tuple[VersionedModel, list[Note]]:
    """Return a model of all examples with its notes, saved and read back at some ticks."""
    model, notes = model_of(response), list[Note]()
    edges = [0, *(int(np.searchsorted(TICKS, cut)) for cut in sorted(set(cuts))), N]
    for run in (slice(*edge) for edge in pairwise(edges)):
        if run.start == run.stop:
            continue
        model.learn(X[run], LABELS[run], TICKS[run])
        notes += model.close(int(TICKS[run][-1]) + 1)
        saved = model.to_bytes()
        model = model_of(response)
        model.load(saved)
    return model, notes


def one_by_one(response: str) -> tuple[list[int], float]:
    """Return the examples that raised alarms, and the log loss, with everything done in turn."""
    detector, model = Drift(DriftRule(**RULE)), StandardNewton(NAMES)
    alarms, lost, positives, pending = list[int](), 0.0, 0, False
    for at, (row, label) in enumerate(zip(X, LABELS, strict=True)):
        counts = model.learn_steps(row[None], plain([bool(label)]))[0]
        prior = np.array([(counts[1] + 1) / (counts[0] + 20)])
        logit = counts[2] + ((row - counts[3:5]) * counts[5:7]).sum()
        mature = counts[0] >= 20 and counts[1] >= 2
        score = round6(np.array([1 / (1 + np.exp(-logit))]) if mature else prior)
        rate = np.array([(positives + 1) / (at + 20)])
        lost -= np.log(np.clip(score[0] if label else 1 - score[0], 1e-6, 1 - 1e-6))
        if detector.add(losses_beside(score, rate, [bool(label)])):
            alarms.append(at)
            pending = True
        positives += label
        if pending and (at + 1 == N or TICKS[at + 1] != TICKS[at]):
            model, pending = StandardNewton(NAMES) if response == "reset" else model, False
    return alarms, lost / N


@pytest.mark.parametrize("response", ["alert", "reset"])
def test_alarms_and_answers_are_those_of_one_example_at_a_time(response: str) -> None:
    """Each alarm is told with its tick and example; a reset begins where the tick ends."""
    model, notes = learned(response)
    alarms, lost = one_by_one(response)
    told = [note for note in notes if note.kind == "drift"]
    summary: Any = model.summary()

    assert alarms
    assert alarms[0] > FLIP
    assert [note.tick for note in told] == TICKS[alarms].tolist()
    assert [note.fields["n"] for note in told] == [at + 1 for at in alarms]
    assert {note.fields["response"] for note in told} == {response}
    assert summary["drift"] == {"alarms": len(alarms), "latest": TICKS[alarms[-1]]}
    assert summary["log_loss"] == pytest.approx(lost, abs=2e-6)


def test_an_answer_pays_where_the_model_does_not_forget() -> None:
    """After the flip, what begins anew predicts better than what goes on."""
    lost = {}
    for response in ("alert", "reset", "switch"):
        summary: Any = learned(response)[0].summary()
        lost[response] = summary["log_loss"]

    assert lost["reset"] < lost["alert"] - 0.05
    assert lost["switch"] < lost["alert"] - 0.05


def test_a_switch_promotes_what_began_anew() -> None:
    """Before the alarm both are the same model; after it the challenger takes over."""
    model, notes = learned("switch")
    kinds = [note.kind for note in notes if note.kind != "period"]
    summary: Any = model.summary()

    assert kinds[:2] == ["drift", "promotion"]
    assert summary["promotions"][0]["to"] == "fresh"
    assert sorted(notes, key=lambda note: note.tick) == notes


@pytest.mark.parametrize("response", ["alert", "reset", "switch"])
@settings(max_examples=8)
@given(st.lists(st.integers(1, N // 7), max_size=4))
def test_neither_cuts_nor_resumes_change_anything(response: str, cuts: list[int]) -> None:
    """Alarms, answers, metrics and state are the same, wherever the stream is cut and resumed."""
    whole, notes = learned(response)
    parts, told = learned(response, cuts)

    assert told == notes
    assert parts.summary() == whole.summary()
    assert parts.to_bytes() == whole.to_bytes()


def test_alarms_that_nobody_asked_for_are_saved() -> None:
    """They are told after a resume, once."""
    model = model_of("alert")
    model.learn(X, LABELS, TICKS)
    again = model_of("alert")
    again.load(model.to_bytes())
    told = again.close(0)

    assert [note.kind for note in told] == ["drift"] * len(told)
    assert told
    assert again.close(0) == []


def test_a_state_that_was_not_watched_is_refused() -> None:
    """Nor may a watched one go on unwatched, or under another rule."""
    watched, plain = model_of("alert"), VersionedModel(NAMES, Learning(**EARLY))
    for model, other in ((watched, plain), (plain, watched)):
        with pytest.raises(RecoveryError, match="both be watched for drift, or neither"):
            model.load(other.to_bytes())
    with pytest.raises(RecoveryError, match="another rule"):
        DriftWatch(DriftRule(warm_up=500)).load(DriftWatch(DriftRule()).to_bytes())


@pytest.mark.parametrize(
    ("drift", "text"),
    [
        ({"response": "switch"}, "`promotion` says when one takes over: declare both"),
        ({"warm_up": 5}, "`warm_up` must be at least 100 examples; got 5"),
        ({"detector": "window"}, r"models.intent.drift.detector: must be one of page_hinkley, w"),
        ({"sensitivty": "low"}, r"unknown key `models.intent.drift.sensitivty`; did you mean"),
    ],
)
def test_rules_that_mean_nothing_are_refused(drift: dict[str, Any], text: str) -> None:
    """The complaint names the key and the remedy."""
    with pytest.raises(ConfigError, match=text):
        load({"name": "shop", "models": {"intent": {"drift": drift}}})
