"""The baseline of recency: a rate for each span of time, and nothing from the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.baselines import running_prior
from rtm_flows.models.recency import SPANS, Recency, SavedRecency, spans

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
EXAMPLES = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 3.0, 900.5, 4e9]), st.booleans()))


def in_turn(recency: Recency, ago: Floats, labels: Bools, prior: Floats) -> list[float]:
    """Ask each example before its own label is told."""
    found: list[float] = recency.ask(ago, np.arange(len(ago)), labels, ago, prior).tolist()
    return found


@given(st.floats(1.0, 2.0**62))
def test_a_span_holds_from_a_power_of_two_to_the_next(seconds: float) -> None:
    """The k-th begins at 2^(k - 1) and ends before 2^k."""
    (span,) = spans(np.array([seconds]))

    assert 2.0 ** (span - 1) <= seconds < 2.0**span


@given(EXAMPLES, st.integers(0, 20))
def test_cutting_and_saving_change_no_bit(examples: list[tuple[float, bool]], at: int) -> None:
    """Each chance is the same, alone or among others, and the counts end the same."""
    ago = np.array([seconds for seconds, _ in examples], dtype=np.float64)
    labels = np.array([label for _, label in examples], dtype=np.bool_)
    prior = running_prior(labels)
    whole, first = Recency(), Recency()
    wanted = in_turn(whole, ago, labels, prior)

    found = in_turn(first, ago[:at], labels[:at], prior[:at])
    second = Recency.from_saved(first.saved())
    for k in range(at, len(ago)):
        found += in_turn(second, ago[k : k + 1], labels[k : k + 1], prior[k : k + 1])

    assert found == wanted
    if len(ago) >= at:
        assert second.saved() == whole.saved()


def test_it_learns_that_who_was_away_long_stays_away() -> None:
    """After some examples of each, the two spans have the rates that they have."""
    ago = np.tile([10.0, 5_000.0], 500)
    labels = ago > 100
    chances = in_turn(Recency(), ago, labels, running_prior(labels))

    assert chances[-2] < 0.05
    assert chances[-1] > 0.95


@pytest.mark.parametrize(
    ("examples", "positives"),
    [([0] * (SPANS - 1), [0] * SPANS), ([0] * SPANS, [1] + [0] * (SPANS - 1)),
     ([-1] + [0] * (SPANS - 1), [-1] + [0] * (SPANS - 1))],
)  # fmt: skip
def test_impossible_counts_are_refused(examples: list[int], positives: list[int]) -> None:
    """Counts that no counting can give are found."""
    with pytest.raises(RecoveryError, match="no counting gives"):
        Recency.from_saved(SavedRecency(examples=examples, positives=positives))
