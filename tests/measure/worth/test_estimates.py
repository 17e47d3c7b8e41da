"""Estimates from a log: right on average, and the same as the estimators of a frame."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure import off_policy
from rtm_flows.measure.worth import estimates as module
from rtm_flows.measure.worth.estimates import Estimates, estimates
from tests.measure.recorded import Record
from tests.measure.worth.worlds import World, gathered, record, world

ESTIMATORS = ("ips", "snips", "dm", "dr")


def estimated(log: list[Record], other: list[Record], welcome: list[Record]) -> Estimates:
    """Return the estimates of two runs."""
    return estimates(gathered(log, other, welcome).summed, seed=1)


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where errors are not looked at."""
    monkeypatch.setattr(module, "DRAWS", 2)


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize("seed", range(4))
def test_ips_and_dr_are_right_on_average(seed: int) -> None:
    """Over all logs that a tiny world could have left, each as often as it would.

    In some moments the log does nothing, or the strategy: these are among them.
    """
    tiny = world(seed, people=4, visits=1, idle=0.2)
    moments: list[list[tuple[str | None, bool]]] = [
        [(name, yes) for name in step.log for yes in (True, False)] or [(None, False)]
        for step in tiny.steps
    ]
    other, mean = tiny.other(), dict.fromkeys(("ips", "dr"), 0.0)
    for told in itertools.product(*moments):
        log = [
            record(n, step, step.log, name)
            for n, (step, (name, _)) in enumerate(zip(tiny.steps, told, strict=True))
        ]
        chance = math.prod(_chance(tiny, n, *one) for n, one in enumerate(told))
        welcome = [one for one, (_, yes) in zip(log, told, strict=True) if yes]
        found = estimated(log, other, welcome)
        for name in mean:
            mean[name] += chance * getattr(found, name).decision.value

    # Chances are told to six decimals, so they do not quite add up to 1.
    assert mean == pytest.approx(dict.fromkeys(mean, tiny.truth()), abs=1e-5)
    assert tiny.truth() > 0.05


def _chance(tiny: World, number: int, name: str | None, welcome: bool) -> float:
    if name is None:
        return 1.0
    rate = tiny.rates[number][name]
    return tiny.steps[number].log[name] * (rate if welcome else 1.0 - rate)


@pytest.mark.usefixtures("few_draws")
@given(st.integers(0, 10_000))
def test_the_log_itself_is_worth_what_it_brought(seed: int) -> None:
    """IPS and SNIPS to the last bit, a decision and a person; no difference, no weight but 1."""
    some = world(seed, people=6, visits=3)
    log, welcome = some.drawn(np.random.default_rng(seed))
    summed = gathered(log, log, welcome).summed
    found = estimates(summed, seed=1)
    brought = len(welcome) / len(log), len(welcome) / 6

    for one in (found.logged, found.ips, found.snips):
        assert (one.decision.value, one.person.value) == brought
        assert one.decision.difference_95 == one.person.difference_95 == (0.0, 0.0)
    assert summed.weights.total == summed.weights.squares == summed.weights.above


def as_frame(some: World, log: list[Record], welcome: list[Record]) -> pl.DataFrame:
    """Return a log as a frame, as the estimators of frames want it."""
    won = {one["decision_id"] for one in welcome}
    return pl.DataFrame(
        {
            "subject_id": [one["subject_id"] for one in log],
            "name": [one["name"] for one in log],
            "action_prob": [one["action_prob"] for one in log],
            "candidates": [slate(step.log) for step in some.steps],
            "strategy_candidates": [slate(step.strategy) for step in some.steps],
            "response_value": [float(one["decision_id"] in won) for one in log],
        }
    )


def slate(chances: object) -> list[dict[str, object]]:
    """Return chances as a frame has them."""
    assert isinstance(chances, dict)
    return [{"name": name, "action_prob": chance} for name, chance in chances.items()]


@pytest.mark.usefixtures("few_draws")
@given(st.integers(0, 10_000))
def test_the_estimators_are_those_of_a_frame(seed: int) -> None:
    """Computed there row by row, by other code; where both strategies always do something."""
    some = world(seed, people=12, visits=2, idle=0.0)
    log, welcome = some.drawn(np.random.default_rng(seed))
    found = estimated(log, some.other(), welcome)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(off_policy, "RESAMPLES", 2)
        wanted = off_policy.evaluate(as_frame(some, log, welcome), otherwise=None)

    assert found.logged.decision.value == pytest.approx(wanted.logged.value, rel=1e-12)
    for name in ESTIMATORS:
        one, other = getattr(found, name).decision, getattr(wanted, name)
        assert one.value == pytest.approx(other.value, rel=1e-9, abs=1e-12)
        assert one.difference == pytest.approx(other.difference, rel=1e-6, abs=1e-9)
        assert getattr(found, name).person.value == pytest.approx(2 * one.value)


def test_errors_are_those_of_the_formulas() -> None:
    """Drawn people, and squares summed by person, say the same, give or take a fifth."""
    some = world(7, people=400, visits=2, idle=0.0)
    log, welcome = some.drawn(np.random.default_rng(7))
    found = estimated(log, some.other(), welcome)
    wanted = off_policy.evaluate(as_frame(some, log, welcome), otherwise=None)

    for name in ("logged", *ESTIMATORS):
        one, other = getattr(found, name).decision, getattr(wanted, name)
        assert one.standard_error == pytest.approx(other.standard_error, rel=0.2)
        assert one.difference_error == pytest.approx(other.difference_error, rel=0.2)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of 100 logs of a world 95, give or take three standard errors; of a person too."""
    some = world(11, people=150, visits=2)
    other, hits = some.other(), dict.fromkeys(ESTIMATORS, 0)
    for seed in range(100):
        log, welcome = some.drawn(np.random.default_rng(seed))
        found = estimated(log, other, welcome)
        for name in ESTIMATORS:
            low, high = getattr(found, name).decision.interval_95
            hits[name] += low <= some.truth() <= high

    assert all(count / 100 >= 0.88 for count in hits.values()), hits


def test_the_same_log_gives_the_same_digits() -> None:
    """Draws are seeded."""
    some = world(3, people=20, visits=2)
    log, welcome = some.drawn(np.random.default_rng(3))

    assert estimated(log, some.other(), welcome) == estimated(log, some.other(), welcome)
