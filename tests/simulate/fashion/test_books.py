"""The books of the shop tell the truth on average, and of a decision only what happened."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.answers import drawn_of, respond
from rtm_flows.simulate.fashion.books import books
from rtm_flows.simulate.fashion.course import AWAY, Moments, course_of
from rtm_flows.simulate.fashion.decided import Asked, actions_of, found, state_of
from rtm_flows.simulate.fashion.goods import MARGIN
from rtm_flows.simulate.fashion.response import COSTS, chance, value
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


def once(moments: Moments) -> Moments:
    """Return the first of each visit."""
    _, first = np.unique(
        np.stack([moments["person"], moments["visits"]]), axis=1, return_index=True
    )
    chosen: Moments = moments[np.sort(first)]
    return chosen


@pytest.mark.parametrize(
    ("name", "channel", "step"),
    [("help", "onsite", c.CHECKOUT), ("discount", "onsite", c.ADD), ("win_back", "email", AWAY)],
)
def test_what_was_carried_out_less_what_was_withheld_is_the_truth(
    told: Told, moments: Moments, name: str, channel: str, step: int
) -> None:
    """But for chance: the same draws decide both, so only what the action changed is left."""
    done = decided(once(moments[(moments["step"] == step) & ~moments["gone"]]), name, channel)
    held = [msgspec.structs.replace(one, held_out=True) for one in done]
    after, without = (books(some, told.shop, moments=moments) for some in (done, held))
    actions = actions_of(done)
    state = state_of(actions, found(told.shop, actions, moments=moments))
    said = value(state, actions.kind, actions.channel)
    leaves = chance(state, actions.kind, actions.channel).leaves
    yet = state.stays * 0.03 * state.eager * MARGIN * 48.0
    sold = MARGIN * (after.spent - without.spent) - after.given
    gain = sold[actions.row] - COSTS[actions.channel]

    for measured, true in (
        (gain, said + leaves * yet),
        ((after.left.astype(float) - without.left)[actions.row], leaves),
    ):
        spread = math.sqrt(((measured - true) ** 2).sum())
        assert abs((measured - true).sum()) <= 4.5 * spread
    assert len(done) > 200


def test_who_sees_it_and_buys_is_who_converts(told: Told, moments: Moments) -> None:
    """The books and the outcomes are of one world."""
    done = decided(once(moments[moments["step"] == c.CHECKOUT]), "help", "onsite")
    actions = actions_of(done)
    drawn = drawn_of(done, actions, found(told.shop, actions), told.shop.seed)
    sold = {done[row].decision_id for row in np.flatnonzero(books(done, told.shop).spent)}
    lines = map(msgspec.json.decode, respond(done, told.shop))
    converted = {one["decision_id"] for one in lines if one["type"] == "converted"}
    unseen = {done[row].decision_id for row in actions.row[~drawn.seen & drawn.alone]}

    assert converted
    assert sold == converted | unseen


def test_nothing_done_is_nothing_in_the_books(told: Told, moments: Moments) -> None:
    """No action leaves no line; of what is held out nothing is given away, though people buy."""
    till = decided(once(moments[moments["step"] == c.CHECKOUT]), "no_action", "onsite")
    assert not any(column.any() for column in books(till, told.shop))
    some = [msgspec.structs.replace(one, name="discount") for one in till]
    held = [msgspec.structs.replace(one, held_out=True) for one in some]
    assert books(held, told.shop).spent.any()
    assert books(some, told.shop).given.any()
    assert not books(held, told.shop).given.any()
