"""What is valued, what is left out, and what is refused with which remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.worth.gathering import Reward
from rtm_flows.measure.worth.valuing import Valued, valued
from tests.measure.recorded import Record, decision_id
from tests.measure.worth.worlds import VALUE, Step, World, gathered, record, world

HALVES = {"call": 0.5, "mail": 0.5}


def coin(people: int, *, visits: int = 2, **strategy: float) -> World:
    """Return a world in which a coin says call or mail; the strategy mails unless told else."""
    steps = [Step(f"p{n // visits:05}", HALVES, strategy or {"mail": 1.0}) for n in range(people)]
    return World(steps, [{"call": 0.2, "mail": 0.6}] * people)


def value(
    some: World, *, seed: int = 1, supported: bool = False, changed: Any = None, **asked: Any
) -> Valued:
    """Value a log of a world."""
    log, welcome = some.drawn(np.random.default_rng(seed))
    log = [{**one, **changed(n)} for n, one in enumerate(log)] if changed else log
    return valued(gathered(log, some.other(), welcome, **asked), supported=supported)


def refused(some: World, **more: Any) -> str:
    """Return why a log of a world cannot tell."""
    with pytest.raises(InputError) as raised:
        value(some, **more)
    return str(raised.value)


@pytest.mark.parametrize(("reward", "unit"), [("success", 1.0), ("value", VALUE)])
def test_a_strategy_is_worth_what_it_would_bring(reward: Reward, unit: float) -> None:
    """In units of a success or of the action's value; a person has two decisions."""
    found = value(coin(4_000), reward=reward)

    assert (found.people, found.warnings) == (2_000, ())
    for name, true in (("logged", 0.4), ("ips", 0.6), ("snips", 0.6), ("dm", 0.6), ("dr", 0.6)):
        one = getattr(found.estimates, name)
        assert abs(one.decision.value - unit * true) < 4 * one.decision.standard_error
        assert abs(one.person.value - 2 * unit * true) < 4 * one.person.standard_error
        assert one.decision.standard_error < 0.02 * unit
    low, high = found.estimates.dr.decision.difference_95
    assert low < 0.2 * unit < high
    assert low > 0.0


def test_weights_tell_how_much_of_the_log_speaks() -> None:
    """Half of the coin's choices are mails, each with a weight of two."""
    found = value(coin(1_000))
    mails = found.actions["mail"].chosen

    assert found.counts.decisions == found.counts.acted == found.counts.asked == 1_000
    assert found.weight.matched == mails / 1_000
    assert found.weight.effective_rows == pytest.approx(mails)
    assert (found.weight.largest, found.weight.mean) == (2.0, 2 * mails / 1_000)
    assert found.weight.mean_error == pytest.approx(0.0316, rel=0.1)
    assert found.weight.effective_rewards == found.counts.successes - found.actions["call"].brought
    assert (found.actions["mail"].wanted, found.actions["call"].wanted) == (1_000.0, 0.0)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_a_planted_choice_that_the_log_never_could_make_is_refused(seed: int) -> None:
    """With the action and how often; or left out, and told of."""
    rng = np.random.default_rng(seed)
    some = world(seed, people=150, visits=2, idle=0.1)
    planted = rng.choice(len(some.steps), int(rng.integers(1, 20)), replace=False).tolist()
    for at in planted:
        some.steps[at] = some.steps[at]._replace(strategy={"gift": 1.0})
    said = refused(some)
    found = value(some, supported=True)

    assert "no support: the other run would do what the log could never do" in said
    assert f"'gift' as 'gift_banner' in {len(planted):,} decisions" in said
    assert "--supported" in said
    assert (found.unsupported, found.unsupported_chance) == (len(planted), len(planted))
    assert found.counts.decisions == len(some.steps) - len(planted)
    assert "gift" not in found.actions
    assert any("are left out" in one for one in found.warnings)


def test_a_certain_log_can_only_tell_of_itself() -> None:
    """Where it never explored, the remedy is to explore."""
    sure = coin(200)
    sure = World([one._replace(log={"call": 1.0}) for one in sure.steps], sure.rates)
    itself = World([one._replace(strategy=one.log) for one in sure.steps], sure.rates)

    assert "let it explore ([exploration]" in refused(sure)
    assert value(itself).estimates.ips.decision.difference == 0.0


def test_doing_nothing_needs_no_support_and_brings_nothing() -> None:
    """A strategy that mails every other person is worth half as much, and none is refused."""
    half = coin(4_000)
    steps = [
        one._replace(strategy={} if n // 2 % 2 else one.strategy)
        for n, one in enumerate(half.steps)
    ]
    found = value(World(steps, half.rates))

    assert (found.counts.acted, found.counts.asked) == (4_000, 2_000)
    for name in ("ips", "snips", "dm", "dr"):
        assert getattr(found.estimates, name).decision.value == pytest.approx(0.3, abs=0.04)
    nothing = World([one._replace(strategy={}) for one in steps], half.rates)
    assert "nothing is done in any of the 4,000 decisions" in refused(nothing)


def test_what_may_still_be_answered_is_left_out() -> None:
    """Of both sides and whatever was chosen, by time alone."""
    some = coin(400)
    log, _ = some.drawn(np.random.default_rng(1))
    found = value(some, until=log[300]["decision_time"])
    all_of_it = World(some.steps[:300], some.rates[:300])

    assert (found.counts.left_open, found.counts.decisions) == (100, 300)
    assert found.estimates == value(all_of_it).estimates
    assert "may still be answered" in refused(some, until=log[0]["decision_time"])


def test_an_arm_is_valued_alone() -> None:
    """People of other arms are left out; an arm that nobody is in is refused."""

    def arms(number: int) -> Record:
        arm = "random" if number // 2 % 2 else None
        return {"arms": [{"experiment": "chooser", "arm": arm}]}

    some = coin(800)
    log, _ = some.drawn(np.random.default_rng(1))
    odd = [n for n in range(800) if n // 2 % 2]
    found = value(some, changed=arms, arm=("chooser", "random"))

    assert (found.counts.decisions, found.counts.other_arm, found.people) == (400, 400, 200)
    assert found.actions["mail"].chosen == sum(log[n]["name"] == "mail" for n in odd)
    assert "other arms" in refused(some, changed=arms, arm=("chooser", "rules"))


def test_too_few_effective_decisions_are_refused() -> None:
    """With how many there are; some more are warned of."""
    assert "effective decisions of 40, fewer than 30" in refused(coin(40))
    assert any("fewer than 100" in one for one in value(coin(120)).warnings)


def test_a_log_without_success_is_refused() -> None:
    """Every estimate would be 0, and none of them true."""
    dull = World(coin(300).steps, [{"call": 0.0, "mail": 0.0}] * 300)

    assert "none of the 300 decisions that did something was a success" in refused(dull)


def test_runs_that_are_not_of_one_history_are_refused_or_warned_of() -> None:
    """No decision in both; or a few that only one has."""
    some = coin(300)
    log, welcome = some.drawn(np.random.default_rng(1))
    strange = [{**one, "decision_id": decision_id("other", n)} for n, one in enumerate(log)]
    with pytest.raises(InputError, match="no decision is in both runs"):
        valued(gathered(log, strange, welcome), supported=False)
    found = valued(gathered(log, some.other()[:290], welcome), supported=False)

    assert found.counts.only == [10, 0]
    assert (found.counts.decisions, found.counts.asked) == (300, 290)
    assert any("10 decisions are only in the log" in one for one in found.warnings)
    late = record(300, Step("p1", {}, {}), {"mail": 1.0}, "mail")
    with pytest.raises(InputError, match="'mail' as 'mail_banner' in 1 decisions"):
        valued(gathered(log, [*some.other(), late], welcome), supported=False)


def test_who_is_held_out_must_be_so_in_both() -> None:
    """Else what is brought by one is not what the other would deliver."""
    some = coin(300)
    said = refused(some, changed=lambda n: {"held_out": n < 10})

    assert "hold out different people" in said
    assert "policy hold_out" in said


def test_a_success_of_something_else_is_none() -> None:
    """It is told of, and counts as no success."""
    some = coin(300)
    log, welcome = some.drawn(np.random.default_rng(1))
    wrong = [{**one, "treatment": "poster"} for one in welcome[:5]]
    found = valued(gathered(log, some.other(), [*wrong, *welcome[5:]]), supported=False)

    assert (found.counts.mistaken, found.counts.successes) == (5, len(welcome) - 5)
    assert "5 successes are of something else than their decision had chosen" in found.warnings[-1]


def test_treatments_of_an_action_are_told_apart() -> None:
    """A log that mailed letters cannot tell of posters."""
    some = coin(300)
    log, welcome = some.drawn(np.random.default_rng(1))
    posters = [
        {
            **one,
            "treatment": "poster",
            "candidates": [{**one["candidates"][0], "treatment": "poster"}],
        }
        for one in some.other()
    ]
    with pytest.raises(InputError, match="'mail' as 'poster' in 300 decisions"):
        valued(gathered(log, posters, welcome), supported=False)


@pytest.mark.parametrize(
    "changed", [{"action_prob": 0.9}, {"candidates": []}, {"action_prob": 0.0}]
)
def test_chances_that_are_none_are_refused(changed: Record) -> None:
    """With the place of the line."""
    said = refused(coin(60), changed=lambda n: changed if n == 3 else {})

    assert said.startswith("log, the line at byte ")
    assert "add up to 1" in said


def test_one_person_is_not_enough() -> None:
    """An interval is by person."""
    alone = World([one._replace(person="ann") for one in coin(300).steps], coin(300).rates)

    assert "are of 1 person" in refused(alone)
