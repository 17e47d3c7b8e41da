"""Progressive validation: the metrics are those of the textbook, however examples are cut."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.measure.figures import figures
from rtm_flows.models import progressive
from rtm_flows.models.beside import BASELINES
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.tally import Tally

Example = tuple[float, bool]
Floats = NDArray[np.float64]
Columns = tuple[Floats, NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_], Floats]
PREDICTIONS = st.integers(0, 1_000_000).map(lambda m: m / 1e6)
EXAMPLES = st.lists(st.tuples(PREDICTIONS, st.booleans()), max_size=60)


def area(examples: Sequence[Example]) -> float | None:
    """Return the share of pairs in order, bin by bin, ties half."""
    binned = [(min(round(p * 1e6) // 100, 9_999), y) for p, y in examples]
    positives = [at for at, y in binned if y]
    negatives = [at for at, y in binned if not y]
    if not positives or not negatives:
        return None
    won = sum((a > b) + 0.5 * (a == b) for a in positives for b in negatives)
    return won / (len(positives) * len(negatives))


def surprise(examples: Sequence[Example]) -> float:
    """Return the mean log loss, predictions clipped."""
    clipped = [(min(max(p, 1e-6), 1.0 - 1e-6), y) for p, y in examples]
    return -sum(math.log(p if y else 1.0 - p) for p, y in clipped) / len(clipped)


def miscalibration(examples: Sequence[Example]) -> float:
    """Return the mean distance of prediction and outcome over 15 bins."""
    bins: dict[int, float] = {}
    for p, y in examples:
        at = min(round(p * 1e6) * 15 // 1_000_000, 14)
        bins[at] = bins.get(at, 0.0) + p - y
    return sum(map(abs, bins.values())) / len(examples)


def beside(examples: Sequence[Example]) -> Floats:
    """Return chances of the same by three baselines, of four the last says nothing of one."""
    chances = np.random.default_rng(len(examples)).integers(0, 1_000_001, (len(examples), 3)) / 1e6
    chances[3::4, 2] = np.nan
    return chances


def baselines(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return what the baselines predicted, with the labels of the examples."""
    return {
        name: [
            (chance, y)
            for chance, (_, y) in zip(said.tolist(), examples, strict=True)
            if not math.isnan(chance)
        ]
        for name, said in zip(BASELINES, beside(examples).T, strict=True)
    }


def arrays(examples: Sequence[Example], first: int = 0, last: int | None = None) -> Columns:
    """Return some examples as columns, as `Progressive.add` takes them."""
    part = slice(first, last)
    chances = np.array([p for p, _ in examples], dtype=np.float64)
    labels = np.array([y for _, y in examples], dtype=np.bool_)
    ticks = np.arange(len(examples), dtype=np.int64)
    inside = (ticks % 3 == 0)[:, None]
    return chances[part], labels[part], ticks[part], inside[part], beside(examples)[part]


def follow(progress: Progressive, examples: Sequence[Example], cuts: Sequence[int]) -> Progressive:
    """Count all examples, in parts, and return the progress."""
    ends = sorted({*cuts, 0, len(examples)})
    for first, last in itertools.pairwise(ends):
        progress.add(*arrays(examples, first, last))
    return progress


def fresh() -> Progressive:
    """Return progress with a slice, and periods of seven ticks."""
    return Progressive(["third"], period=7)


@given(EXAMPLES.filter(bool))
def test_metrics_are_those_of_the_naive_formulas(examples: list[Example]) -> None:
    """Area, log loss, calibration and baselines agree with a pair by pair reckoning."""
    summary: Any = follow(fresh(), examples, []).summary()

    assert summary["n"] == len(examples)
    assert summary["positives"] == sum(y for _, y in examples)
    assert summary["roc_auc"] == pytest.approx(area(examples), abs=6e-7)
    assert summary["log_loss"] == pytest.approx(surprise(examples), abs=6e-7)
    assert summary["ece"] == pytest.approx(miscalibration(examples), abs=6e-7)
    for name, predicted in baselines(examples).items():
        quality = summary["baselines"][name]
        assert quality["roc_auc"] == pytest.approx(area(predicted), abs=6e-7)
        assert quality["log_loss"] == pytest.approx(surprise(predicted), abs=6e-7)


@given(EXAMPLES.filter(bool))
def test_figures_and_intervals_are_those_of_exact_chances(examples: list[Example]) -> None:
    """What is counted in bins is what `measure.figures` says of the middles of the bins."""
    chances, labels, *_ = arrays(examples)
    summary: Any = follow(fresh(), examples, []).summary()
    binned = figures(np.minimum(np.rint(chances * 1e6) // 100, 9_999) / 1e4 + 5e-5, labels)
    exact = figures(chances, labels)

    assert summary["roc_auc_95"] == pytest.approx(binned.roc_auc_95, abs=2e-6)
    assert summary["average_precision"] == pytest.approx(binned.average_precision, abs=2e-6)
    assert summary["log_loss_95"] == pytest.approx(exact.log_loss_95, abs=2e-6)
    assert summary["brier"] == pytest.approx(exact.brier, abs=2e-6)


@given(EXAMPLES.filter(bool))
def test_calibration_tells_of_every_prediction_once(examples: list[Example]) -> None:
    """The parts hold all predictions, from the lowest to the highest, and all that came true."""
    summary: Any = follow(fresh(), examples, []).summary()
    parts = summary["calibration"]

    assert len(parts) <= 10
    assert sum(part.n for part in parts) == len(examples)
    assert sum(part.n * part.observed for part in parts) == pytest.approx(
        summary["positives"], abs=1e-4
    )
    predicted = [part.predicted for part in parts]
    assert predicted == sorted(predicted)
    mean = sum(p for p, _ in examples) / len(examples)
    told = sum(part.n * part.predicted for part in parts) / len(examples)
    assert told == pytest.approx(mean, abs=1.1e-4)


@given(EXAMPLES.filter(bool))
def test_a_slice_is_judged_as_if_it_were_all(examples: list[Example]) -> None:
    """The figures of a slice are those of a model that saw no other example."""
    inside = [example for at, example in enumerate(examples) if at % 3 == 0]
    whole: Any = follow(fresh(), examples, []).summary()
    alone: Any = follow(fresh(), inside, []).summary()

    assert whole["slices"]["third"] == {name: alone[name] for name in whole["slices"]["third"]}


@given(EXAMPLES, st.lists(st.integers(0, 60)))
def test_every_example_is_told_in_the_period_of_its_tick(
    examples: list[Example], closings: list[int]
) -> None:
    """However often periods are closed, each is told once, with its own examples, in order."""
    progress, notes, done = fresh(), [], 0
    for tick in [*sorted(closings), 1000]:
        follow_to = min(tick, len(examples))
        progress.add(*arrays(examples, done, follow_to))
        done = max(done, follow_to)
        notes += progress.close(tick)

    starts = range(0, len(examples), 7)
    assert [(note.tick, note.fields["n"]) for note in notes] == [
        (start + 6, len(examples[start : start + 7])) for start in starts
    ]
    for note, start in zip(notes, starts, strict=True):
        own = examples[start : start + 7]
        assert note.fields["roc_auc"] == pytest.approx(area(own), abs=6e-7)
        assert note.fields["log_loss"] == pytest.approx(surprise(own), abs=6e-7)


def test_before_the_first_example_nothing_is_claimed() -> None:
    """Without examples every rate is None."""
    nothing = {"roc_auc": None, "log_loss": None}
    further = ("roc_auc_95", "average_precision", "log_loss_95", "brier", "ece")

    assert Progressive().summary() == {
        "n": 0,
        "positives": 0,
        **nothing,
        **dict.fromkeys(further),
        "calibration": [],
        "baselines": dict.fromkeys(("prior", "last_label", "recency"), nothing),
        "slices": {},
    }
    assert Progressive().close(1 << 62) == []


@given(EXAMPLES, st.lists(st.integers(0, 60)), st.data())
def test_cutting_and_saving_change_no_bit(
    examples: list[Example], cuts: list[int], data: st.DataObject
) -> None:
    """Read often, cut, saved and read back in between, the state is the same to the byte."""
    at = data.draw(st.integers(0, len(examples)))
    whole = follow(fresh(), examples, [])

    first, second = fresh(), fresh()
    first.add(*arrays(examples, 0, at))
    first.summary()
    second.load(first.to_bytes())
    for start, stop in itertools.pairwise(
        sorted({at, len(examples), *(c for c in cuts if c > at)})
    ):
        second.add(*arrays(examples, start, stop))

    assert second.to_bytes() == whole.to_bytes()
    assert second.summary() == whole.summary()


def test_many_examples_are_folded_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding as soon as a block is full gives the bytes of folding at the end."""
    examples = [(k % 97 / 97, k % 3 == 0) for k in range(100)]
    whole = follow(fresh(), examples, range(100))

    monkeypatch.setattr(progressive, "_WAIT", 7)
    often = follow(fresh(), examples, range(100))

    assert often.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_predictions_must_be_chances(p: float) -> None:
    """What is not from 0 to 1 is a programming mistake."""
    with pytest.raises(ValueError, match="predictions must be from 0 to 1"):
        Progressive().add(np.array([0.5, p]), np.array([True, True]), np.array([1, 1]))


SOUND = Tally().saved()


@pytest.mark.parametrize(
    "changes",
    [
        {"bins": [1], "counts": []},
        {"bins": [20_000], "counts": [1]},
        {"bins": [1], "counts": [0]},
        {"bins": [1], "counts": [1], "loss": math.inf},
        {"loss_squares": math.nan},
        {"distance": "-1"},
        {"ece_sum": [0]},
    ],
)
def test_impossible_counts_are_refused(changes: dict[str, Any]) -> None:
    """Counts that no counting can give are found, even under a sound checksum."""
    state = unseal("progressive", Progressive().to_bytes(), progressive._State)
    broken = msgspec.structs.replace(SOUND, **changes)
    data = seal("progressive", msgspec.structs.replace(state, model=broken))

    with pytest.raises(RecoveryError, match="no counting gives"):
        Progressive().load(data)


def test_a_state_of_other_slices_is_refused() -> None:
    """What was judged by other slices cannot go on."""
    with pytest.raises(RecoveryError, match="3 baselines and 0 slices; got 3 and 1"):
        Progressive().load(fresh().to_bytes())
