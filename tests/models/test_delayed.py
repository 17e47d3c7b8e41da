"""A model of delayed labels: equal to River step by step, however it is cut, and resumed."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import linear_model, optim, preprocessing

from rtm_flows.errors import RecoveryError
from rtm_flows.models import versioned as module
from rtm_flows.models.delayed import DelayedModel, Parts, _Predicted, _State
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.rules import Challenger, Promotion
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Intent
from rtm_flows.models.versioned import VersionedModel
from rtm_flows.people.parts import CAME, OVER, PARTS, SEEN
from tests.models.examples import NAMES, examples

POLICIES = ("wait", "fake_negative_weighted", "corrected")
WAIT, SOON = 40, 7
"""Rows that come before a row is over, and before it has its purchase."""


def spec(labels: str, **more: Any) -> Intent:
    """Return a model of a policy that is believed early."""
    keys: dict[str, Any] = {"labels": labels, "mature": 5, "mature_positives": 2, **more}
    if keys.setdefault("kind", "sgd") == "sgd":
        keys.setdefault("learning_rate", 0.05)
    return Intent(horizon="PT1H", **keys)


SHADOWS = (Challenger(kind="newton"), Challenger(name="bold", kind="sgd", learning_rate=0.3))
CONTEST: dict[str, Any] = {
    "challengers": SHADOWS, "promotion": Promotion(after=40, level=0.5), "learning_rate": 1e-4
}  # fmt: skip
RESET = {"drift": DriftRule(response="reset", warm_up=100)}
WAYS: list[tuple[str, dict[str, Any]]] = [
    *[(labels, {"kind": kind}) for labels in POLICIES for kind in ("sgd", "newton")],
    *[(labels, CONTEST) for labels in POLICIES],
    ("wait", RESET),
    ("wait", {"challengers": (*SHADOWS, Challenger(kind="forest"))}),
]
"""Policies, with what else a model may be told."""


def told(n: int, *, spoil: int = 0) -> Parts:
    """Return n rows, each as it comes, has its purchase and is over; parts of rows interleave.

    A tick brings a row. With `spoil`, so many-th rows have a feature that is no number.
    """
    x, labels = examples(n)
    if spoil:
        x[spoil::spoil, 1] = np.nan
    order = [(at, at, SEEN) for at in range(n)]
    order += [(at + SOON, at, CAME) for at in range(n) if labels[at]]
    order += [(at + WAIT, at, OVER) for at in range(n)]
    ticks, rows, parts = np.array(sorted(order)).T
    final = np.array(labels)[rows] & (parts != SEEN)
    persons = [f"u:{row % 7}" for row in rows.tolist()]
    none = np.zeros((len(rows), 0), dtype=np.bool_)
    ago = 2.0 ** (rows % 5)
    return Parts(x[rows], final, ticks, none, ago, persons, (rows + 1) * PARTS + parts)


def heard(parts: Parts, labels: str) -> Parts:
    """Return the parts that a policy hears of."""
    if labels != "wait":
        return parts
    return parts.take(np.flatnonzero(parts.sequences % PARTS != CAME))


def of_river(parts: Parts, labels: str) -> tuple[Any, Any]:
    """Return River's scaler and regression after all parts, with River's own weights."""
    scaler: Any = preprocessing.StandardScaler()
    regression: Any = linear_model.LogisticRegression(optim.SGD(0.05))
    for x, label, sequence in zip(parts.x, parts.labels, parts.sequences.tolist(), strict=True):
        row, part = dict(zip(NAMES, x.tolist(), strict=True)), sequence % PARTS
        if part == (OVER if labels == "wait" else SEEN):
            scaler.learn_one(row)
        near = scaler.transform_one(row)
        p = regression.predict_proba_one(near)[True]
        steps = {
            ("wait", OVER): [(bool(label), 1.0)],
            ("fake_negative_weighted", SEEN): [(False, (1 - p) * (1 + p))],
            ("fake_negative_weighted", CAME): [(True, 1 + p)],
            ("corrected", SEEN): [(False, 1.0)],
            ("corrected", CAME): [(False, -1.0), (True, 1.0)],
        }
        for y, weight in steps.get((labels, part), ()):
            regression.learn_one(near, y, w=weight)
    return scaler, regression


@pytest.mark.parametrize("labels", POLICIES)
def test_the_steps_are_those_of_river(labels: str) -> None:
    """After thousands of steps, weights and intercept are River's up to the last bits."""
    parts = heard(told(1500), labels)
    model = DelayedModel(NAMES, spec(labels))
    last = model.learn(parts).parameters[-1]

    scaler, regression = of_river(parts, labels)
    river_std = np.sqrt([scaler.vars[name] for name in NAMES])
    slopes = [regression.weights[name] for name in NAMES]
    found = last[COUNTS + len(NAMES) :] * river_std
    assert found == pytest.approx(slopes, rel=1e-9, abs=1e-12)
    assert last[2] == pytest.approx(regression.intercept, rel=1e-9)


@pytest.mark.parametrize("labels", POLICIES)
def test_a_row_is_one_example(labels: str) -> None:
    """However many steps it took, it counts once, and once as a positive if it was bought."""
    parts = heard(told(300), labels)
    last = DelayedModel(NAMES, spec(labels)).learn(parts).parameters[-1]

    positives = int(parts.labels[parts.sequences % PARTS == OVER].sum())
    assert last[:2].tolist() == [300, positives]


def resumed(parts: Parts, of: Intent, ticks: list[int]) -> tuple[DelayedModel, dict[int, bytes]]:
    """Return a model that learned all parts, saved and read back before some ticks."""
    model, found = DelayedModel(NAMES, of), dict[int, bytes]()
    bounds = [0, *np.searchsorted(parts.ticks, sorted(ticks)).tolist(), len(parts.ticks)]
    for start, stop in itertools.pairwise(bounds):
        other = DelayedModel(NAMES, of)
        other.load(model.to_bytes())
        model = other
        some = model.learn(parts.take(np.arange(start, stop)))
        found |= {
            tick: row.tobytes() for tick, row in zip(some.ticks, some.parameters, strict=True)
        }
    return model, found


@pytest.mark.parametrize(("labels", "more"), WAYS)
@settings(max_examples=12)
@given(st.lists(st.integers(0, 330), max_size=5), st.sampled_from([3, 1024]))
def test_neither_cuts_nor_saving_change_a_bit(
    labels: str, more: dict[str, Any], ticks: list[int], at_once: int
) -> None:
    """Versions and figures are those of one call, though saved and read back between ticks."""
    parts = heard(told(160, spoil=9), labels)
    whole, wanted = resumed(parts, spec(labels, **more), [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        model, found = resumed(parts, spec(labels, **more), ticks)

    assert found == wanted
    assert model.to_bytes() == whole.to_bytes()
    assert model.summary() == whole.summary()


@pytest.mark.parametrize("labels", POLICIES)
@pytest.mark.parametrize("kind", ["sgd", "newton"])
def test_a_row_is_predicted_when_it_comes(labels: str, kind: str) -> None:
    """What came later, of itself or of others, has no part in the prediction it is judged by."""
    parts = heard(told(400), labels)
    seen = np.flatnonzero(parts.sequences % PARTS == SEEN)
    model, chances = DelayedModel(NAMES, spec(labels, kind=kind)), list[float]()
    for start, stop in zip([0, *(seen + 1)], [*(seen + 1), len(parts.ticks)], strict=True):
        model.learn(parts.take(np.arange(start, stop)))
        if stop <= seen[-1] + 1:
            number = int(parts.sequences[stop - 1]) // PARTS
            chances.append(model._waiting[parts.persons[stop - 1]][number].served)

    labels_of = parts.labels[parts.sequences % PARTS == OVER]
    believed = np.where(labels_of, chances, 1.0 - np.array(chances))
    assert model.summary()["log_loss"] == pytest.approx(-np.log(believed).mean(), abs=1e-6)


@pytest.mark.parametrize("kind", ["sgd", "newton"])
def test_rows_that_end_at_once_are_examples(kind: str) -> None:
    """Where a row is over as it comes, versions are those of a model of plain examples."""
    n = 300
    x, labels = examples(n)
    at, y = np.repeat(np.arange(n), 2), np.array(labels)
    none = np.zeros((2 * n, 0), dtype=np.bool_)
    sequences = (at + 1) * PARTS + np.tile([SEEN, OVER], n)
    ago = np.full(2 * n, np.nan)
    parts = Parts(x[at], y[at], at // 7, none, ago, ["u:a"] * (2 * n), sequences)
    plain = VersionedModel(NAMES, spec("wait", kind=kind))
    wanted = plain.learn(x, y, np.arange(n) // 7)

    model = DelayedModel(NAMES, spec("wait", kind=kind))
    assert model.learn(parts).parameters.tobytes() == wanted.parameters.tobytes()
    assert model.summary() == {**plain.summary(), "corrected": 0}


@pytest.mark.parametrize("labels", POLICIES)
def test_a_better_challenger_takes_over_at_the_end_of_a_tick(labels: str) -> None:
    """From then on its versions are served: those of a job in which it is the model."""
    parts = heard(told(1500), labels)
    model, found = resumed(parts, spec(labels, **CONTEST), [])
    (note,) = (note for note in model.close(1 << 40) if note.kind == "promotion")
    _, alone = resumed(parts, spec(labels, kind=note.fields["to"], **BOLD[note.fields["to"]]), [])
    _, before = resumed(parts, spec(labels, learning_rate=1e-4), [])

    assert 0 < note.tick < max(found)
    assert all(row == before[tick] for tick, row in found.items() if tick < note.tick)
    assert all(row == alone[tick] for tick, row in found.items() if tick > note.tick)
    assert note.tick in found


BOLD: dict[Any, dict[str, Any]] = {
    "newton": {},
    "bold": {"kind": "sgd", "learning_rate": 0.3},
}


def test_a_model_begins_anew_where_there_was_drift() -> None:
    """A row that was seen before is still judged by what it was given."""
    parts = told(1000)
    turned = np.where(parts.ticks > 500, ~parts.labels, parts.labels)
    parts = heard(parts._replace(labels=turned), "wait")
    model, found = resumed(parts, spec("wait", kind="newton", **RESET), [])
    alarms = [note.tick for note in model.close(1 << 40) if note.kind == "drift"]
    counts = np.array([np.frombuffer(row)[0] for row in found.values()])

    assert alarms
    assert (np.diff(counts) < 0).any()
    assert model.summary()["n"] == 1000


def test_what_is_corrected_and_what_is_not_usable_is_counted() -> None:
    """Of 100 rows every tenth is not usable, the first excepted."""
    parts = told(100, spoil=10)
    model = DelayedModel(NAMES, spec("corrected"))
    model.learn(parts)
    figures = model.summary()

    fine = np.isfinite(parts.x).all(axis=1)
    assert figures["rejected"] == 9
    assert figures["n"] == 91
    assert figures["corrected"] == int((fine & (parts.sequences % PARTS == CAME)).sum())


def test_taking_back_makes_up_for_what_was_learned_too_early() -> None:
    """Where half of all rows buy late, both policies come to believe in a half."""
    n = 4000
    ticks, rows, parts = np.array(
        sorted([(at, at, SEEN) for at in range(n)] + [(at + 5, at, CAME) for at in range(0, n, 2)])
    ).T
    x, none = np.zeros((len(rows), 1)), np.zeros((len(rows), 0), dtype=np.bool_)
    told_of = Parts(
        x,
        parts == CAME,
        ticks,
        none,
        np.full(len(ticks), np.nan),
        ["u:a"] * len(rows),
        rows * PARTS + parts,
    )

    found = {}
    for labels in ("fake_negative_weighted", "corrected"):
        model = DelayedModel(["x"], spec(labels))
        model.learn(told_of)
        found[labels] = float(1.0 / (1.0 + np.exp(-model._contest.parameters()[2])))
    assert found["corrected"] == pytest.approx(0.5, abs=0.02)
    assert found["fake_negative_weighted"] == pytest.approx(0.5, abs=0.02)


def test_predictions_that_cannot_be_read_back_are_refused() -> None:
    """There must be a chance of every model for each row."""
    model = DelayedModel(NAMES, spec("wait", challengers=SHADOWS))
    state = unseal("delayed model", model.to_bytes(), _State)
    state.waiting = [("u:ann", 1, _Predicted(0.5, True, [0.5, 0.5], [0.05, 0.1, math.nan]))]

    with pytest.raises(RecoveryError, match="must be of 3 models"):
        model.load(seal("delayed model", state))
