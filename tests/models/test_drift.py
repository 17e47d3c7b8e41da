"""Drift: alarms follow the losses, and nothing else."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from river import drift as river_drift
from river import stats

from rtm_flows.errors import RecoveryError
from rtm_flows.models import drift as module
from rtm_flows.models.drift import Drift, losses_beside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.log_loss import log_losses
from rtm_flows.models.page_hinkley import ALLOWANCE, LARGEST, THRESHOLDS, PageHinkleyState
from rtm_flows.models.windows import BLOCK, ERRORS, KEPT, LENGTHS, REFERENCE, WindowsState

DETECTORS = ("windows", "page_hinkley")
RULES = [DriftRule(detector=name, warm_up=200) for name in DETECTORS]  # type: ignore[arg-type]
rules = pytest.mark.parametrize("rule", RULES, ids=DETECTORS)


@st.composite
def streams(draw: st.DrawFn) -> NDArray[np.float64]:
    """Losses of a level that rises and falls a few times."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spans = st.tuples(st.integers(0, 2500), st.sampled_from([0.1, 0.4, 0.8, 2.0]))
    parts = [
        np.empty(0),
        *(chance.exponential(level, n) for n, level in draw(st.lists(spans, max_size=5))),
    ]
    return np.concatenate(parts)


@st.composite
def cuts(draw: st.DrawFn, most: int = 6) -> list[float]:
    """Places to cut a stream at, as shares of its length."""
    return sorted(draw(st.lists(st.floats(0.0, 1.0), max_size=most)))


def pieces(losses: NDArray[np.float64], shares: list[float]) -> list[NDArray[np.float64]]:
    """Return a stream cut at these shares of its length."""
    return np.split(losses, [int(share * len(losses)) for share in shares])


@rules
@settings(max_examples=40, deadline=None)
@given(losses=streams(), shares=cuts())
def test_alarms_do_not_depend_on_cuts_or_snapshots(
    rule: DriftRule, losses: NDArray[np.float64], shares: list[float]
) -> None:
    """Cut anywhere, saved and read back at each cut: the same alarms, the same bytes."""
    whole, restored, found, start = Drift(rule), Drift(rule), [], 0
    for piece in pieces(losses, shares):
        found += [start + place for place in restored.add(piece)]
        start += len(piece)
        restored = Drift.from_bytes(restored.to_bytes(), rule)

    assert found == whole.add(losses)
    assert restored.to_bytes() == whole.to_bytes()


@settings(max_examples=30, deadline=None)
@given(losses=streams(), sensitivity=st.sampled_from(["low", "medium", "high"]))
def test_page_hinkley_alarms_as_river_does(losses: NDArray[np.float64], sensitivity: Any) -> None:
    """River's own detector and variance, driven one by one, alarm at the same places."""
    rule = DriftRule(detector="page_hinkley", sensitivity=sensitivity, warm_up=200)

    assert Drift(rule).add(losses) == _by_river(losses.tolist(), THRESHOLDS[sensitivity], 200)


def _by_river(losses: Sequence[float], threshold: float, warm_up: int) -> list[int]:
    alarms: list[int] = []
    variance: Any = None
    detector: Any = None
    for place, loss in enumerate(losses):
        if variance is None:
            variance = stats.Var()
            detector = river_drift.PageHinkley(1, ALLOWANCE, threshold, 1.0, "up")
        variance.update(loss)
        if variance.n > warm_up:
            spread = max(math.sqrt(variance.get()), 1e-3)
            detector.update(min((loss - variance.mean.get()) / spread, LARGEST))
        if detector.drift_detected:
            alarms.append(place)
            variance = None
    return alarms


@settings(max_examples=15, deadline=None)
@given(losses=streams(), sensitivity=st.sampled_from(["low", "medium", "high"]))
def test_windows_alarm_as_means_of_all_losses_say(
    losses: NDArray[np.float64], sensitivity: Any
) -> None:
    """Means and variances taken anew from every loss give the same alarms."""
    rule = DriftRule(sensitivity=sensitivity, warm_up=200)

    assert Drift(rule).add(losses) == _by_means(losses.tolist(), ERRORS[sensitivity], 2)


def _by_means(losses: list[float], errors: float, warm_up: int) -> list[int]:
    alarms, since = [], 0
    for end in range(BLOCK, len(losses) + 1, BLOCK):
        kept = losses[max(since, end - KEPT * BLOCK) : end]
        for length in LENGTHS.tolist():
            before, after = kept[: -length * BLOCK], kept[-length * BLOCK :]
            before = before[-REFERENCE * BLOCK :]
            if len(before) < max(length, warm_up) * BLOCK:
                continue
            spread = statistics.pvariance(before)
            wider = max(spread, statistics.pvariance(after))
            error = math.sqrt(spread / len(before) + wider / len(after))
            if statistics.fmean(after) - statistics.fmean(before) > errors * error:
                alarms.append(end - 1)
                since = end
                break
    return alarms


@rules
def test_a_rise_alarms_and_a_fall_does_not(rule: DriftRule) -> None:
    """Losses that double are seen within 300; losses that halve never."""
    chance = np.random.default_rng(1)
    low, high = chance.exponential(0.3, 10_000), chance.exponential(0.6, 10_000)

    (first, *_) = Drift(rule).add(np.concatenate([low, high]))
    assert 10_000 <= first < 10_300
    assert Drift(rule).add(np.concatenate([high, low])) == []


@rules
def test_equal_losses_never_alarm(rule: DriftRule) -> None:
    """Without any spread the rounding of a mean is no rise."""
    assert Drift(rule).add([0.1] * 30_000) == []


@rules
def test_memory_is_bounded(rule: DriftRule) -> None:
    """The saved state does not grow with the stream."""
    losses = np.random.default_rng(2).exponential(0.3, 25_000)
    drift = Drift(rule)

    drift.add(losses)
    size = len(drift.to_bytes())
    drift.add(losses)
    assert len(drift.to_bytes()) <= size + 8 < 5000


def test_another_rule_is_refused_but_not_another_response() -> None:
    """A detector goes on under the rule it was saved under; what an alarm does may change."""
    data = Drift(RULES[0]).to_bytes()
    other = DriftRule(warm_up=200, response="reset")

    assert Drift.from_bytes(data, other).rule is other
    for rule in (RULES[1], DriftRule(warm_up=300), DriftRule(warm_up=200, sensitivity="low")):
        with pytest.raises(RecoveryError, match="follows another rule: need"):
            Drift.from_bytes(data, rule)


def test_another_river_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """State of another series of River is not gone on with."""
    data = Drift(RULES[0]).to_bytes()
    monkeypatch.setattr(module, "RIVER", "0.99")

    with pytest.raises(RecoveryError, match=r"need 0\.99; got 0\.26"):
        Drift.from_bytes(data, RULES[0])


@rules
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_damaged_bytes_are_refused(rule: DriftRule, at: int, bit: int) -> None:
    """Any bit that flips is found."""
    drift = Drift(rule)
    drift.add([0.1, 0.3] * 500)
    data = bytearray(drift.to_bytes())
    data[at % len(data)] ^= 1 << bit

    with pytest.raises(RecoveryError, match="is damaged"):
        Drift.from_bytes(bytes(data), rule)


NOTHING = b""
NAN = np.array([math.nan, 1.0]).tobytes()
IMPOSSIBLE: list[tuple[int, Any]] = [
    (0, WindowsState(waiting=bytes(8 * BLOCK), blocks=NOTHING)),
    (0, WindowsState(waiting=NOTHING, blocks=bytes(16 * (KEPT + 1)))),
    (0, WindowsState(waiting=NAN, blocks=NOTHING)),
    (0, WindowsState(waiting=NOTHING, blocks=NAN)),
    (0, WindowsState(waiting=NOTHING, blocks=bytes(8))),
    (0, PageHinkleyState()),
    (1, PageHinkleyState(n=10, tested=10)),
    (1, PageHinkleyState(n=10, squares=-1.0)),
    (1, PageHinkleyState(total=math.inf)),
    (1, WindowsState(waiting=NOTHING, blocks=NOTHING)),
]


@pytest.mark.parametrize(("which", "state"), IMPOSSIBLE)
def test_states_that_no_losses_give_are_refused(
    which: int, state: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sealed state that is none of the detector's is refused."""
    drift = Drift(RULES[which])
    monkeypatch.setattr(drift._detector, "state", lambda: state)

    with pytest.raises(RecoveryError, match="holds what no losses give"):
        Drift.from_bytes(drift.to_bytes(), RULES[which])


@rules
@pytest.mark.parametrize("loss", [math.nan, math.inf, -1e101])
def test_losses_that_are_not_finite_are_refused(rule: DriftRule, loss: float) -> None:
    """NaN is an error of the caller, not a quiet end of all alarms."""
    with pytest.raises(ValueError, match="losses must be finite"):
        Drift(rule).add([0.1, loss])


def test_a_warm_up_too_short_is_refused() -> None:
    """The rule says what it needs."""
    with pytest.raises(ValueError, match="`warm_up` must be at least 100 examples; got 99"):
        DriftRule(warm_up=99)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.booleans())))
def test_losses_are_finite_and_those_beside_the_rate_are_differences(
    rows: list[tuple[float, float, bool]],
) -> None:
    """A chance of 0 or 1 that was wrong costs a lot, not everything."""
    chances, rates = (np.array([row[i] for row in rows], dtype=np.float64) for i in (0, 1))
    labels = [row[2] for row in rows]
    expected = [
        -math.log(min(max(p if label else 1.0 - p, 1e-6), 1.0 - 1e-6)) for p, _, label in rows
    ]

    assert log_losses(chances, labels).tolist() == pytest.approx(expected)
    beside = losses_beside(chances, rates, labels)
    assert np.array_equal(beside, log_losses(chances, labels) - log_losses(rates, labels))
