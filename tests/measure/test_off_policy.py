"""Off-policy evaluation: frames of decisions, valued under another strategy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.config import load
from rtm_flows.errors import InputError
from rtm_flows.measure import off_policy
from rtm_flows.measure.logged import LogColumns, Logged
from rtm_flows.measure.off_policy import evaluate
from rtm_flows.measure.replay import replay
from tests.measure.test_replay import JOB, events

Vector = NDArray[np.float64]

ESTIMATORS = ("ips", "snips", "dm", "dr")


def slate(**chances: float) -> list[dict[str, Any]]:
    """Return a slate."""
    return [{"name": name, "action_prob": chance} for name, chance in chances.items()]


def shop(people: int, seed: int, *, visits: int = 2) -> pl.DataFrame:
    """Return the log of a shop that mails some pages' visitors more than others, at random.

    A mail brings 0.6 on page a and 0.2 on page b, doing nothing 0.3; every person comes with rates
    of their own, to a page of their own. The strategy to be valued mails page a with 0.8, page b
    with 0.1. Its true value is (0.8 x 0.6 + 0.2 x 0.3 + 0.1 x 0.2 + 0.9 x 0.3) / 2 = 0.415.
    """
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), visits)
    page = rng.integers(0, 2, people)[person]
    own = rng.uniform(-0.2, 0.2, people)[person]
    chance = np.where(page == 0, 0.4, 0.6)
    mailed = rng.random(len(person)) < chance
    rate = np.where(mailed, np.where(page == 0, 0.6, 0.2), 0.3) + own
    return pl.DataFrame(
        {
            "subject_id": [f"p{one:05}" for one in person],
            "name": np.where(mailed, "mail", "no_action"),
            "action_prob": np.where(mailed, chance, 1 - chance),
            "candidates": [slate(mail=one) for one in chance.tolist()],
            "strategy_candidates": [slate(mail=(0.8, 0.1)[one]) for one in page.tolist()],
            "response_value": (rng.random(len(person)) < rate).astype(float),
            "page": np.where(page == 0, "a", "b"),
        }
    )


TRUE = 0.415
PAGE = LogColumns(context=("page",))


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the error of the direct method is not looked at."""
    monkeypatch.setattr(off_policy, "RESAMPLES", 2)


@pytest.mark.usefixtures("few_resamples")
def test_dr_is_right_on_average_with_the_model_it_fits_itself() -> None:
    """Over all 64 logs of three people of two pages, each as often as it would be.

    A model that saw the rows it predicts would be wrong on average here.
    """
    chances = {"a": {"mail": 0.25, "no_action": 0.75}, "b": {"mail": 0.5, "no_action": 0.5}}
    strategy = {"a": slate(mail=0.9), "b": slate(mail=0.3)}
    rates = {"mail": 0.5, "no_action": 0.2}
    pages = ["a", "b", "a"]
    outcomes = list(itertools.product(rates, (0.0, 1.0)))
    values = dict.fromkeys(ESTIMATORS, 0.0)
    for told in itertools.product(outcomes, repeat=len(pages)):
        frame = pl.DataFrame(
            {
                "subject_id": ["ann", "bob", "cyd"],
                "name": [name for name, _ in told],
                "action_prob": [chances[p][name] for p, (name, _) in zip(pages, told, strict=True)],
                "strategy_candidates": [strategy[page] for page in pages],
                "candidates": [slate(**chances[page]) for page in pages],
                "response_value": [reward for _, reward in told],
                "page": pages,
            }
        )
        chance = math.prod(frame["action_prob"]) * math.prod(
            rates[name] if reward else 1 - rates[name] for name, reward in told
        )
        found = evaluate(frame, PAGE)
        for name in ("ips", "dr"):
            values[name] += chance * getattr(found, name).value
    true = (2 * (0.9 * 0.5 + 0.1 * 0.2) + 0.3 * 0.5 + 0.7 * 0.2) / 3

    assert values["ips"] == pytest.approx(true, abs=1e-12)
    assert values["dr"] == pytest.approx(true, abs=1e-12)


def test_every_estimator_comes_near_the_truth() -> None:
    """Of a shop of 20,000 people: within four of its standard errors, and nothing is warned of."""
    found = evaluate(shop(20_000, 1), PAGE)

    assert found.warnings == ()
    for name in ESTIMATORS:
        one = getattr(found, name)
        assert abs(one.value - TRUE) < 4 * one.standard_error
        assert 0.002 < one.standard_error < 0.006
        low, high = one.interval_95
        assert (low + high) / 2 == pytest.approx(one.value)
        assert one.difference == pytest.approx(one.value - found.logged.value)


def test_intervals_hold_the_truth_as_often_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 shops of 300 people 95 in 100, give or take three standard errors of that share."""
    monkeypatch.setattr(off_policy, "RESAMPLES", 40)
    hits, apart = dict.fromkeys(ESTIMATORS, 0), 0
    for seed in range(200):
        found = evaluate(shop(300, seed), PAGE)
        for name in ESTIMATORS:
            low, high = getattr(found, name).interval_95
            hits[name] += low <= TRUE <= high
        # The log itself is worth (0.4 x 0.6 + 0.6 x 0.3 + 0.6 x 0.2 + 0.4 x 0.3) / 2 = 0.33.
        low, high = found.dr.difference_95
        apart += low <= TRUE - 0.33 <= high

    assert all(0.90 <= count / 200 <= 0.995 for count in hits.values()), hits
    assert 0.90 <= apart / 200 <= 0.995


@pytest.mark.usefixtures("few_resamples")
@given(st.integers(0, 50))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    """Not to a bit of IPS and SNIPS; to 1e-12 where a model adds up rewards."""
    frame = shop(30, seed)
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    one, other = evaluate(frame, PAGE), evaluate(mixed, PAGE)

    assert (one.ips, one.snips, one.weight) == (other.ips, other.snips, other.weight)
    for name in ("dm", "dr"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value, rel=1e-12)


@pytest.mark.usefixtures("few_resamples")
def test_the_strategy_that_ran_is_worth_what_it_brought() -> None:
    """All rows are effective, and the difference is nothing."""
    frame = shop(100, 3)
    found = evaluate(frame.with_columns(strategy_candidates="candidates"), PAGE)

    assert found.ips.value == found.snips.value == frame["response_value"].mean()
    assert found.ips.difference_95 == (0.0, 0.0)
    assert found.weight.effective_rows == pytest.approx(200)
    assert (found.weight.mean, found.weight.matched, found.weight.clipped) == (1.0, 1.0, 0.0)


@pytest.mark.usefixtures("few_resamples")
def test_a_perfect_model_leaves_nothing_to_correct() -> None:
    """Where rewards are what the model says, DR is DM."""

    def knows(log: Logged, rows: NDArray[np.intp]) -> Vector:
        return 1.0 + log.strategy.action.astype(np.float64)

    sure = shop(50, 4).with_columns(
        response_value=pl.when(pl.col("name") == "mail").then(1.0).otherwise(2.0)
    )
    found = evaluate(sure, model=knows)

    assert found.dr.value == found.dm.value
    assert found.dr.value == pytest.approx(2.0 - np.where(sure["page"] == "a", 0.8, 0.1).mean())


@pytest.mark.usefixtures("few_resamples")
def test_clipped_weights_are_told_of() -> None:
    """How many rows were cut; the mean before the cut stays, so that it can still be judged."""
    frame = shop(100, 5)
    whole, cut = evaluate(frame, PAGE), evaluate(frame, PAGE, clip=1.5)

    assert (whole.weight.largest, cut.weight.largest) == (2.25, 1.5)
    assert cut.weight.clipped == over(frame).mean()
    assert cut.weight.mean == whole.weight.mean
    assert cut.ips.value < whole.ips.value
    assert cut.weight.effective_rows > whole.weight.effective_rows
    with pytest.raises(ValueError, match="clip: required a weight above 0"):
        evaluate(frame, PAGE, clip=0.0)


def over(frame: pl.DataFrame) -> pl.Series:
    """Tell of each row whether its weight is over 1.5: mails of page a, nothing on page b."""
    mailed, page = frame["name"] == "mail", frame["page"]
    return (mailed & (page == "a")) | (~mailed & (page == "b"))


def warned(frame: pl.DataFrame) -> str:
    """Return the warnings as one text."""
    return "\n".join(evaluate(frame, PAGE).warnings)


@pytest.mark.usefixtures("few_resamples")
def test_a_log_that_says_little_is_warned_of() -> None:
    """Few effective rows, few rewards, one row that decides."""
    assert "effective rows of 60, fewer than 100" in warned(shop(30, 6))
    first = (pl.int_range(pl.len()) < 20).cast(pl.Float64)
    rare = shop(1_000, 7).with_columns(response_value=first)
    assert "effective rewards, fewer than 30, and one alone is" in warned(rare)
    assert "effective rows" not in warned(rare)
    lucky = shop(1_000, 8).with_columns(
        action_prob=pl.when(pl.int_range(pl.len()) == 0).then(1e-4).otherwise("action_prob")
    )
    found = evaluate(lucky, LogColumns(candidates=None))
    assert any("one row has" in warning for warning in found.warnings)


@pytest.mark.usefixtures("few_resamples")
def test_probabilities_that_are_not_those_chosen_with_are_noticed() -> None:
    """The mean weight is 1 only if the log tells the truth."""
    frame = shop(1_000, 9)
    wrong = frame.with_columns(action_prob=pl.lit(0.5))
    found = evaluate(wrong, LogColumns(candidates=None))

    assert any("the mean weight is" in warning for warning in found.warnings)
    assert not any("mean weight" in warning for warning in evaluate(frame).warnings)


def test_a_log_without_a_choice_of_the_strategy_is_refused() -> None:
    """It could have been chosen, and never was."""
    frame = shop(5, 10).with_columns(
        name=pl.lit("mail"),
        action_prob=pl.lit(0.5),
        candidates=pl.Series([slate(mail=0.5)] * 10),
        strategy_candidates=pl.Series([slate(no_action=1.0)] * 10),
    )
    with pytest.raises(InputError, match="none of the 10 choices of the log"):
        evaluate(frame)


@pytest.mark.usefixtures("few_resamples")
def test_decisions_of_a_job_are_a_log() -> None:
    """Their columns go by the names expected here; what was certain can only value itself."""
    decisions = replay(load(JOB), pl.DataFrame(events(60))).decisions
    rows = decisions.with_columns(
        response_value=pl.int_range(pl.len()) % 2, strategy_candidates="candidates"
    )
    found = evaluate(rows)
    assert found.ips.value == rows["response_value"].mean()
    assert (found.rows, found.people) == (60, 3)

    other = rows.with_columns(strategy_candidates=pl.Series([slate(never_seen=0.5)] * 60))
    with pytest.raises(InputError, match=r"no support: .*'never_seen' in 60 rows"):
        evaluate(other)


@pytest.mark.usefixtures("few_resamples")
def test_one_seed_gives_one_answer() -> None:
    """And another deals people otherwise, which moves DR alone and little."""
    frame = shop(100, 11)
    one, again, other = (evaluate(frame, PAGE, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert one.ips == other.ips
    assert one.dr != other.dr
    assert one.dr.value == pytest.approx(other.dr.value, abs=one.dr.standard_error)
