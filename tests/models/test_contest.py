"""Champion and challengers: the shadow is never served, promotions are kept, told and undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.contest import _State
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.kinds import KINDS, Kind
from rtm_flows.models.notes import Note
from rtm_flows.models.rules import Challenger, Promotion
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning
from rtm_flows.models.versioned import Taught, VersionedModel
from tests.models.examples import NAMES, examples

Vector = NDArray[np.float64]

EARLY: dict[str, Any] = {"kind": "sgd", "mature": 5, "mature_positives": 2}
NEWTON = Challenger(kind="newton")
BOLD = Challenger(name="bold", kind="sgd", learning_rate=0.5)
SHADOWS = Learning(**EARLY, challengers=(NEWTON, BOLD))
SLOW: dict[str, Any] = {**EARLY, "learning_rate": 0.001}
CONTEST = Learning(**SLOW, challengers=(NEWTON, BOLD), promotion=Promotion(after=40, level=0.4))
N = 700
X, LABELS = examples(N)
Y = np.array(LABELS)
TICKS = np.arange(N) // 7


def learned(spec: Learning, n: int = N, cuts: Sequence[int] = ()) -> tuple[VersionedModel, Taught]:
    """Return a model of `n` examples and its versions, resumed at some ticks."""
    model, told = VersionedModel(NAMES, spec), []
    edges = [0, *(int(np.searchsorted(TICKS, cut)) for cut in sorted(cuts)), n]
    for run in (slice(*edge) for edge in pairwise(edges)):
        told.append(model.learn(X[run], Y[run], TICKS[run]))
        saved = model.to_bytes()
        model = VersionedModel(NAMES, spec)
        model.load(saved)
    return model, Taught(*map(np.concatenate, zip(*told, strict=True)))


def rivals(model: VersionedModel) -> dict[str, dict[str, Any]]:
    """Return the figures of each challenger."""
    found: Any = model.summary()["challengers"]
    return dict(found)


def test_a_shadow_is_never_served() -> None:
    """Without promotion, versions and metrics are those of a model that nobody challenges."""
    alone, versions = learned(Learning(**EARLY))
    model, found = learned(SHADOWS)

    assert found.parameters.tobytes() == versions.parameters.tobytes()
    assert found.ticks.tolist() == versions.ticks.tolist()
    figures = model.summary()
    assert {name: figures[name] for name in alone.summary()} == alone.summary()
    assert (figures["champion"], figures["promotions"], model.close(1 << 40)) == ("sgd", [], [])
    assert "champion" not in alone.summary()


def test_a_challenger_is_measured_as_if_it_were_served() -> None:
    """Its figures are those of a job in which it is the model."""
    model, _ = learned(SHADOWS)

    for name, rule in (("newton", {"kind": "newton"}), ("bold", {"learning_rate": 0.5})):
        figures = learned(Learning(**{**EARLY, **rule}))[0].summary()
        wanted = {key: figures[key] for key in ("n", "positives", "roc_auc", "log_loss", "ece")}
        found = rivals(model)[name]
        assert {key: found[key] for key in wanted} == wanted


def test_only_mature_predictions_are_compared() -> None:
    """The gain is the difference of the losses, and examples before maturity do not count."""
    model, _ = learned(SHADOWS)
    figures = model.summary()
    mature = np.flatnonzero((np.arange(N) >= 5) & (np.cumsum(Y) - Y >= 2))

    found = rivals(model)["newton"]
    assert found["paired"] == len(mature)
    lost = (figures["log_loss"], found["log_loss"])
    assert isinstance(lost[0], float)
    assert found["gain"] == pytest.approx((lost[0] - lost[1]) * N / len(mature), abs=3e-6)
    assert found["gain_95"][0] < found["gain"] < found["gain_95"][1]


def test_a_promoted_challenger_serves_from_the_tick_of_its_promotion() -> None:
    """Versions before are the champion's, those from then on the challenger's own."""
    model, found = learned(CONTEST)
    ((tick, kind, fields),) = model.close(1 << 40)
    assert (kind, fields["from"], fields["to"]) == ("promotion", "sgd", "newton")

    before, after = (
        learned(Learning(**SLOW))[1],
        learned(Learning(**{**EARLY, "kind": "newton"}))[1],
    )
    old = found.ticks < tick
    assert 0 < np.count_nonzero(old) < len(old)
    assert found.parameters[old].tobytes() == before.parameters[old].tobytes()
    assert found.parameters[~old].tobytes() == after.parameters[~old].tobytes()


def test_a_promotion_is_told_once_and_kept() -> None:
    """As a note with what was found, and in the summary; the counts begin anew."""
    model, _ = learned(CONTEST)
    notes, again = model.close(1 << 40), model.close(1 << 40)
    figures = model.summary()

    assert again == []
    assert [(note.tick, note.fields) for note in notes] == [
        (one.pop("tick"), one)
        for one in figures["promotions"]  # type: ignore[attr-defined]
    ]
    fields = notes[0].fields
    assert list(fields) == ["from", "to", "n", "gain", "gain_95", "t", "level"]
    assert isinstance(fields["n"], int)
    look = int(np.log2(fields["n"] // 40))
    assert fields["level"] == 0.4 / 2 / 2 ** (look + 1)
    assert figures["champion"] == "newton"
    assert sorted(rivals(model)) == ["bold", "sgd"]
    since = int(np.count_nonzero(notes[0].tick < TICKS))
    assert {one["paired"] for one in rivals(model).values()} == {since}


@settings(max_examples=20)
@given(st.lists(st.integers(0, 100), max_size=6), st.integers(1, 3))
def test_neither_cuts_nor_resumes_change_a_promotion(cuts: list[int], at_once: int) -> None:
    """However the ticks came, and wherever it was read back, all is the same to the byte."""
    wanted_model, wanted = learned(CONTEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rtm_flows.models.versioned._AT_ONCE", (1, 5, 64)[at_once - 1])
        model, found = learned(CONTEST, cuts=cuts)

    assert model.to_bytes() == wanted_model.to_bytes()
    assert found.parameters.tobytes() == wanted.parameters.tobytes()
    assert model.summary() == wanted_model.summary()
    assert model.close(1 << 40) == wanted_model.close(1 << 40)


def test_notes_that_nobody_asked_for_are_saved() -> None:
    """What was told is not told again after a resume, what was not told is."""
    model, _ = learned(CONTEST)
    untold, told = VersionedModel(NAMES, CONTEST), VersionedModel(NAMES, CONTEST)
    untold.load(model.to_bytes())
    notes = model.close(1 << 40)
    told.load(model.to_bytes())

    assert len(notes) == 1
    assert untold.close(1 << 40) == notes
    assert told.close(1 << 40) == []
    assert told.summary() == untold.summary()


def test_a_promotion_is_undone_by_the_rule_that_made_it() -> None:
    """When the world turns over, who cannot forget gives its place back to who can."""
    turned = np.where(np.arange(4_000) < 1_500, 1.0, -1.0)
    random = np.random.default_rng(2)
    x = random.normal(size=(4_000, 6)) * [1, 1, 1, 50, 50, 50]
    labels = random.random(4_000) < 1.0 / (1.0 + np.exp(-3.0 * turned * x[:, 0]))
    spec = Learning(
        **EARLY,
        learning_rate=0.05,
        challengers=(NEWTON,),
        promotion=Promotion(after=100, level=0.05),
    )
    model = VersionedModel([*"abcdef"], spec)

    model.learn(x, labels, np.arange(4_000))

    changes = [
        (note.fields["from"], note.fields["to"], note.tick > 1_500) for note in model.close(1 << 40)
    ]
    assert changes == [("sgd", "newton", False), ("newton", "sgd", True)]


@pytest.mark.parametrize("cut", [3, 40, 99])
def test_a_forest_contends_and_goes_on_where_it_was(cut: int) -> None:
    """River's forest in the shadow: measured, never served, the same after a resume anywhere."""
    bounds = ForestRule(trees=2, grace=20, most=200)
    spec = Learning(**EARLY, challengers=(Challenger(kind="forest", forest=bounds),))
    whole, versions = learned(spec)
    resumed, others = learned(spec, cuts=[cut])
    _, alone = learned(Learning(**EARLY))

    assert resumed.to_bytes() == whole.to_bytes()
    assert resumed.summary() == whole.summary()
    assert others.parameters.tolist() == versions.parameters.tolist() == alone.parameters.tolist()
    found = rivals(whole)["forest"]
    assert (found["n"], found["roc_auc"] > 0.5) == (N, True)


class Oracle:
    """Knows the label, which is the first feature, and has no versions to serve."""

    def predict_rows(self, x: Vector) -> Vector:
        """Return nearly the labels."""
        return np.clip(x[:, 0], 0.01, 0.99)

    def learn(self, x: Vector, labels: Sequence[bool]) -> None:
        """Know it already."""
        assert len(x) == len(labels)

    def to_bytes(self) -> bytes:
        """Return nothing worth keeping."""
        return b"oracle"


def test_what_has_no_versions_is_measured_and_never_promoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However good it is; until maturity its score is the prior, as everybody's."""
    monkeypatch.setitem(KINDS, "oracle", Kind(lambda *_: Oracle(), lambda *_: Oracle()))
    oracle: Any = {"kind": "oracle"}
    promotion = Promotion(after=40, level=0.5)
    spec = Learning(**EARLY, challengers=(Challenger(**oracle), NEWTON), promotion=promotion)
    x = X.copy()
    x[:, 0] = Y
    model = VersionedModel(NAMES, spec)
    model.learn(x, Y, TICKS)

    assert "oracle" not in {note.fields["to"] for note in model.close(1 << 40)}
    found = rivals(model)["oracle"]
    assert (found["n"], found["roc_auc"] > 0.95, found["log_loss"] < 0.1) == (N, True, True)
    again = VersionedModel(NAMES, spec)
    again.load(model.to_bytes())
    assert again.summary() == model.summary()


def test_a_level_is_shared_by_those_who_may_be_promoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A challenger that cannot be served takes nothing of it."""
    monkeypatch.setitem(KINDS, "oracle", Kind(lambda *_: Oracle(), lambda *_: Oracle()))
    oracle: Any = {"kind": "oracle"}
    promotion = Promotion(after=40, level=0.2)
    spec = Learning(**SLOW, challengers=(NEWTON, Challenger(**oracle)), promotion=promotion)

    (note,) = learned(spec)[0].close(1 << 40)

    assert isinstance(note.fields["n"], int)
    assert note.fields["level"] == 0.2 / 2 ** (np.log2(note.fields["n"] // 40) + 1)


def test_other_challengers_are_refused() -> None:
    """A state is read back by a job with the same models."""
    data = learned(SHADOWS)[0].to_bytes()
    other = Learning(**EARLY, challengers=(BOLD, NEWTON))

    with pytest.raises(RecoveryError, match="has other models: need"):
        VersionedModel(NAMES, other).load(data)


@pytest.mark.parametrize(
    "change",
    [
        {"champion": 3}, {"champion": -1}, {"champion": 1}, {"duels": []}, {"told": -1},
        {"told": 1},
    ],
)  # fmt: skip
def test_impossible_reigns_are_refused(change: dict[str, object]) -> None:
    """A state that no contest gives is found, even under a sound checksum."""
    contest = learned(SHADOWS)[0]._contest
    saved = unseal("contest", contest.to_bytes(), _State)
    reign = msgspec.structs.replace(saved.reign, **change)

    with pytest.raises(RecoveryError, match="no contest gives"):
        contest.load(seal("contest", msgspec.structs.replace(saved, reign=reign)))


def test_a_model_that_is_missing_is_refused() -> None:
    """Every contestant must come back with its state."""
    contest = learned(SHADOWS)[0]._contest
    saved = unseal("contest", contest.to_bytes(), _State)

    with pytest.raises(RecoveryError, match="must have 3 models; got 2"):
        contest.load(seal("contest", msgspec.structs.replace(saved, models=saved.models[:2])))


def test_a_note_is_plain() -> None:
    """A tick, a kind, and fields by name."""
    assert Note(3, "promotion", {"to": "newton"}).fields["to"] == "newton"
