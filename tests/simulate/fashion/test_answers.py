"""What comes of decisions: as often as the response truth says, and the same each time."""

from __future__ import annotations

import math
from collections import Counter

import msgspec
import numpy as np
import pytest

from rtm_flows.errors import InputError
from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.answers import respond, value_of
from rtm_flows.simulate.fashion.course import AWAY, Moments, course_of
from rtm_flows.simulate.fashion.decided import Asked, actions_of, found, read_decisions, state_of
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.response import chance
from rtm_flows.times import format_times
from tests.simulate.fashion.conftest import Told


@pytest.fixture(scope="module")
def moments(told: Told) -> Moments:
    """Return the moments of three weeks."""
    return course_of(told.shop)


def decided(moments: Moments, name: str, channel: str) -> list[Asked]:
    """Return the decision for an action at each of some moments."""
    times = format_times(moments["time"])
    people = moments["person"].tolist()
    return [
        Asked(f"{name}-{place}", time, f"u{person}", "user", name, channel, "plain")
        for place, (time, person) in enumerate(zip(times, people, strict=True))
    ]


def at_the_till(moments: Moments) -> Moments:
    """Return the first step into the checkout of each visit."""
    till = moments[(moments["step"] == c.CHECKOUT) & moments["tried"]]
    _, first = np.unique(np.stack([till["person"], till["visits"]]), axis=1, return_index=True)
    chosen: Moments = till[np.sort(first)]
    return chosen


@pytest.mark.parametrize(
    ("name", "channel"), [("help_with_checkout", "onsite"), ("discount_now", "onsite")]
)
def test_people_answer_as_often_as_said(
    told: Told, moments: Moments, name: str, channel: str
) -> None:
    """Impressions and conversions are as many as the chances add up to, but for chance."""
    decisions = decided(at_the_till(moments), name, channel)
    actions = actions_of(decisions)
    chances = chance(state_of(actions, found(told.shop, actions)), actions.kind, actions.channel)
    counts = Counter(msgspec.json.decode(line)["type"] for line in respond(decisions, told.shop))
    both = chances.seen * chances.converts

    for said, kind in ((chances.seen, "impression"), (both, "converted")):
        spread = math.sqrt((said * (1 - said)).sum())
        assert abs(counts[kind] - said.sum()) < 4.9 * spread, kind
    assert len(decisions) > 200


def test_who_buys_alone_converts_too(told: Told, moments: Moments) -> None:
    """Help brings more of those who hesitate to buy, and drives nobody of them away."""
    till = at_the_till(moments)
    till = till[till["hesitance"] == 2]
    decisions = decided(till, "help_with_checkout", "onsite")
    answers = [msgspec.json.decode(line) for line in respond(decisions, told.shop)]
    kinds: dict[str, set[str]] = {}
    for one in answers:
        kinds.setdefault(one["type"], set()).add(one["decision_id"])
    alone = {d.decision_id for d, m in zip(decisions, till, strict=True) if m["buys_at"] < NEVER}

    assert alone & kinds["impression"] <= kinds["converted"]
    assert len(kinds["converted"]) > 1.1 * len(alone & kinds["impression"])
    assert kinds["converted"] - alone <= kinds["accepted"] <= kinds["impression"]


def test_answers_are_events(told: Told, moments: Moments) -> None:
    """Every one is accepted by the parser, in the order of time, and the same each time."""
    away = moments[moments["step"] == AWAY][::7]
    decisions = [
        *decided(at_the_till(moments), "help_with_checkout", "onsite"),
        *decided(away, "win_back_mail", "email"),
    ]
    lines = respond(decisions, told.shop)
    parsed = Parser(CANONICAL, source="shop").parse_block(b"".join(lines))
    times = [msgspec.json.decode(line)["time"] for line in lines]

    assert len(parsed.table) == len(lines) > 500
    assert times == sorted(times)
    assert respond(decisions[::-1], told.shop) == lines


def test_lives_may_be_computed_a_few_at_a_time(told: Told, moments: Moments) -> None:
    """What is found of somebody is the same, whoever else is looked for."""
    actions = actions_of(decided(at_the_till(moments)[:60], "help", "onsite"))
    whole = found(told.shop, actions)

    assert found(told.shop, actions, places_at_once=7).tobytes() == whole.tobytes()


def test_decisions_are_worth_what_they_change(told: Told, moments: Moments) -> None:
    """Help for who hesitates is worth more than for all, and nothing is worth nothing."""
    till = at_the_till(moments)
    all_of_them = value_of(decided(till, "help_with_checkout", "onsite"), told.shop)
    hesitating = till["hesitance"] == 2
    nothing = decided(till, "no_action", "onsite")

    assert all_of_them[hesitating].mean() > 1.0
    assert all_of_them[till["hesitance"] == 0].mean() < 0.0
    assert not value_of(nothing, told.shop).any()
    assert respond(nothing, told.shop) == []


def test_writing_to_everybody_all_the_time_is_worth_less_than_nothing(
    told: Told, moments: Moments
) -> None:
    """The first mail to each is worth something; the tenth costs."""
    few = moments[moments["step"] == AWAY]
    _, first = np.unique(few["person"], return_index=True)
    often = decided(few, "win_back_mail", "email")
    once = decided(few[first], "win_back_mail", "email")
    worth = value_of(often, told.shop)

    assert value_of(once, told.shop).mean() > worth.mean()
    assert worth[-len(worth) // 2 :].min() < 0


def test_decisions_of_another_shop_are_refused(told: Told) -> None:
    """And actions and channels that the shop does not know, by name."""
    one = Asked("d1", "2026-03-03T00:00:00.000Z", "u3", "user", "help", "onsite")
    changes = {
        "is not in this shop by then": {"subject_id": "u99999999"},
        "does not know what the action 'sing' does": {"name": "sing"},
        "has no channel 'pigeon'": {"channel": "pigeon"},
        "'somebody' is nobody": {"subject_id": "somebody"},
    }
    for said, change in changes.items():
        with pytest.raises(InputError, match=said):
            value_of([msgspec.structs.replace(one, **change)], told.shop)
    with pytest.raises(InputError, match="line 2 of the decisions is no decision"):
        read_decisions([msgspec.json.encode(one), b"{}"])


def test_a_cart_left_behind_is_worth_what_lay_in_it(moments: Moments) -> None:
    """For who is logged in, until the next visit; an empty one is worth nothing."""
    away = moments[(moments["step"] == AWAY)]
    before = np.roll(moments, 1)[moments["step"] == AWAY]
    # The moment before is the visit's last event where nothing came between.
    left = (before["person"] == away["person"]) & (before["time"] + 1 == away["time"])
    left &= (away["cart"] > 0) & (away["cart"] == before["cart"]) & (before["step"] != c.BUY)

    assert left.sum() > 500
    assert (away["cents"][left] == before["cents"][left]).mean() > 0.95
    assert ((away["cents"] > 0) == (away["cart"] > 0)).all()


def test_a_campaign_brings_nobody_in(moments: Moments) -> None:
    """Who is away is so since the last event of a visit, whatever was sent to them since."""
    person, came, time, step = (moments[name] for name in ("person", "came", "time", "step"))
    visit = (step != AWAY) & (came == time)
    same = person[1:] == person[:-1]

    assert visit[step != AWAY].all()
    # Not the end of a visit, which is where somebody is away from.
    kept = same & (step[1:] == AWAY) & (step[:-1] == AWAY) & (time[1:] != came[1:] + 1)
    assert kept.sum() > 1000
    assert (came[1:][kept] == came[:-1][kept]).mean() > 0.999
