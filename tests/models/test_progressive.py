"""Progressive validation: the metrics are those of the textbook, however examples are cut."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models import progressive
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.tally import Saved

Example = tuple[float, bool]
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


def baselines(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return what the baselines predict for the same labels."""
    prior, last, positives, latest = [], [], 0, False
    for n, (_, y) in enumerate(examples):
        prior.append((round((positives + 1) / (n + 20), 6), y))
        last.append((0.9 if latest else 0.1, y))
        positives, latest = positives + y, y
    return {"prior": prior, "last_label": last}


def follow(progress: Progressive, examples: Sequence[Example]) -> Progressive:
    """Count all examples, and return the progress."""
    for p, y in examples:
        progress.update(p, y)
    return progress


@given(EXAMPLES.filter(bool))
def test_metrics_are_those_of_the_naive_formulas(examples: list[Example]) -> None:
    """Area, log loss, calibration and baselines agree with a pair by pair reckoning."""
    summary = follow(Progressive(), examples).summary()

    assert summary["n"] == len(examples)
    assert summary["positives"] == sum(y for _, y in examples)
    assert summary["roc_auc"] == pytest.approx(area(examples), abs=6e-7)
    assert summary["log_loss"] == pytest.approx(surprise(examples), abs=6e-7)
    assert summary["ece"] == pytest.approx(miscalibration(examples), abs=6e-7)
    for name, predicted in baselines(examples).items():
        quality = summary["baselines"][name]
        assert quality["roc_auc"] == pytest.approx(area(predicted), abs=6e-7)
        assert quality["log_loss"] == pytest.approx(surprise(predicted), abs=6e-7)


def test_before_the_first_example_nothing_is_claimed() -> None:
    """Without examples every rate is None."""
    nothing = {"roc_auc": None, "log_loss": None}

    assert Progressive().summary() == {
        "n": 0,
        "positives": 0,
        "ece": None,
        **nothing,
        "baselines": {"prior": nothing, "last_label": nothing},
    }


@given(EXAMPLES, st.data())
def test_cutting_and_saving_change_no_bit(examples: list[Example], data: st.DataObject) -> None:
    """Read often, saved and read back in between, the state is the same to the byte."""
    cut = data.draw(st.integers(0, len(examples)))
    whole = follow(Progressive(), examples)

    first = follow(Progressive(), examples[:cut])
    first.summary()
    second = follow(Progressive.from_bytes(first.to_bytes()), examples[cut:])

    assert second.to_bytes() == whole.to_bytes()
    assert second.summary() == whole.summary()


def test_many_examples_are_folded_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding as soon as a block is full gives the bytes of folding at the end."""
    examples = [(k % 97 / 97, k % 3 == 0) for k in range(100)]
    whole = follow(Progressive(), examples)

    monkeypatch.setattr(progressive, "_WAIT", 7)
    often = follow(Progressive(), examples)

    assert often.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_predictions_must_be_chances(p: float) -> None:
    """What is not from 0 to 1 is a programming mistake."""
    with pytest.raises(ValueError, match="a prediction must be from 0 to 1"):
        Progressive().update(p, True)


@pytest.mark.parametrize(
    "tally",
    [
        Saved(bins=[1], counts=[], loss=0.0),
        Saved(bins=[20_000], counts=[1], loss=0.0),
        Saved(bins=[1], counts=[0], loss=0.0),
        Saved(bins=[1], counts=[1], loss=math.inf),
    ],
)
def test_impossible_counts_are_refused(tally: Saved) -> None:
    """Counts that no counting can give are found, even under a sound checksum."""
    state = unseal("progressive", Progressive().to_bytes(), progressive._State)
    data = seal("progressive", msgspec.structs.replace(state, model=tally))

    with pytest.raises(RecoveryError, match="no counting gives"):
        Progressive.from_bytes(data)


def test_missing_bins_are_refused() -> None:
    """A state with another number of bins is not resumed."""
    state = unseal("progressive", Progressive().to_bytes(), progressive._State)
    data = seal("progressive", msgspec.structs.replace(state, ece_sum=[0]))

    with pytest.raises(RecoveryError, match="15 bins"):
        Progressive.from_bytes(data)
