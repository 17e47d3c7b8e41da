"""What must be true of a decision: each thing that may be wrong is told, and by itself."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest

from tests.audit.sound import (
    LOW,
    MAIL,
    below_floor,
    decision,
    found,
    idle,
    nothing,
    offer,
    slate,
)
from tests.measure.recorded import Record

DEAR = offer("push", 0.1, "below_cost")
BACK = offer("sms", 1.0, "week")


@pytest.mark.parametrize(
    "record",
    [
        decision(),
        slate(0.75, 0.25),
        nothing(),
        below_floor(),
        idle(MAIL, reason="no_eligible_action"),
        idle(DEAR, MAIL, reason="below_cost"),
        idle(LOW, DEAR, reason="below_floor"),
        idle(BACK, LOW, DEAR, reason="held_back"),
    ],
)
def test_a_sound_record_is_proved(record: Record) -> None:
    """Nothing is found in it."""
    assert found(record) == {}


def changed(record: Record, at: int, **keys: Any) -> Record:
    """Return a record whose candidate at a place is changed."""
    whole = copy.deepcopy(record)
    whole["candidates"][at].update(keys)
    return whole


def contributed(logit: float, base: float, rest: float, **features: float) -> Record:
    """Return a decision with contributions, the score being a quarter."""
    adds = [{"feature": name, "contribution": by} for name, by in features.items()]
    told = {"logit": logit, "base": base, "features": adds, "rest": rest}
    return decision(contributions=told)


LOGIT = -1.098612289
OTHERS = bytes.fromhex("0000000000000040 3333333333332940")
"""2.0 and 12.6 as little-endian float64."""

WRONG: list[tuple[Record, dict[str, list[str]]]] = [
    (slate(0.75, 0.15), {"chance": ["the chances add up to 0.900000"]}),
    (slate(0.9999995, 0.0000005), {
        "chance": ["chances have more than six decimals: [0.9999995, 5e-07, 0.0]"],
    }),
    (slate(1.5, -0.5), {"chance": ["a chance is not from 0 to 1: [1.5, -0.5, 0.0]"]}),
    (slate(0.75, 0.25, "outranked"), {
        "chance": ["('nudge', 'nudge') had the chance 0.25, but is outranked"],
    }),
    (slate(1.0, 0.0), {"chance": ["('nudge', 'nudge') had the chance 0.0, but is not_drawn"]}),
    (slate(0.0, 1.0), {"chance": ["what was done had no chance"]}),
    (changed(slate(0.75, 0.0, "outranked"), 2, action_prob=0.25), {
        "chance": ["('mail', 'mail') had the chance 0.25, but is eligibility"],
    }),
    (decision(action_prob=0.5), {"chance": ["the winner's chance is 1.0, not 0.5"]}),
    (changed(nothing(), 0, action_prob=0.5), {
        "chance": ["the chances add up to 0.500000",
                   "('greet', 'banner') had the chance 0.5, but is below_floor"],
    }),
    (nothing(action_prob=0.5), {"chance": ["nothing is done, with the chance 0.5"]}),
    (decision(candidates=[*decision()["candidates"], MAIL]), {
        "winner": ["an offer is twice among the candidates: ('mail', 'mail')"],
    }),
    (decision(name="mail"), {
        "winner": ["'mail' was decided; of the candidates won: [('greet', 'banner')]"],
    }),
    (decision(treatment="mail"), {
        "winner": ["'greet' was decided; of the candidates won: [('greet', 'banner')]"],
    }),
    (changed(decision(), 1, priority=None), {
        "winner": ["('nudge', 'nudge') has the priority None: stage arbitration"],
    }),
    (changed(decision(), 2, priority=0.1), {
        "winner": ["('mail', 'mail') has the priority 0.1: stage eligibility"],
    }),
    (changed(decision(), 2, reason=None), {
        "winner": ["of ('mail', 'mail') stage and reason do not go together"],
    }),
    (changed(decision(), 1, reason="tired"), {
        "winner": ["('nudge', 'nudge') lost for no known reason: 'tired'"],
    }),
    (changed(decision(), 0, priority=2.0), {
        "winner": ["the winner has the priority 2.0, not 1.5"],
    }),
    (changed(decision(), 1, priority=1.6), {
        "winner": ["('nudge', 'nudge') stands behind what has a lower priority, or none",
                   "('nudge', 'nudge') has a higher priority, 1.6, than the winner"],
    }),
    (decision(candidates=[decision()["candidates"][at] for at in (0, 2, 1)]), {
        "winner": ["('nudge', 'nudge') stands behind what has a lower priority, or none"],
    }),
    (decision(reason="below_floor"), {"nothing": ["something is done, though 'below_floor'"]}),
    (nothing(reason="no_eligible_action"), {
        "nothing": ["nothing is done for 'no_eligible_action'; "
                    "by the candidates it is 'below_floor'"],
    }),
    (nothing(candidates=[]), {
        "nothing": ["nothing is done for 'below_floor'; "
                    "by the candidates it is 'no_eligible_action'"],
    }),
    (idle(LOW, DEAR, reason="below_cost"), {
        "nothing": ["nothing is done for 'below_cost'; by the candidates it is 'below_floor'"],
    }),
    (idle(LOW, reason="held_back"), {
        "nothing": ["nothing is done for 'held_back'; by the candidates it is 'below_floor'"],
    }),
    (changed(nothing(reason="no_eligible_action"), 0, reason="outranked"), {
        "nothing": ["nothing is done, but candidates are ['outranked']"],
    }),
    (nothing(held_out=True), {"nothing": ["nothing is done, but held out: True, limits: []"]}),
    (nothing(cost=0.0), {
        "nothing": ["nothing is done, but for ('none', 'none'), on (None, None, None, 0.0)"],
    }),
    (decision(cost=None), {"priority": ["something is done, but it has no cost"]}),
    (decision(cost=1.6), {"priority": ["the priority 1.5 does not cover the cost 1.6"]}),
    (decision(features={"views": 2.0, "price": 12.6}), {"features": [
        f"features_hash is '{decision()['features_hash']}', of the features it is "
        f"'{hashlib.blake2b(OTHERS, digest_size=8).hexdigest()}'",
    ]}),
    (decision(features={"views": None, "price": 12.6}), {}),
    (contributed(LOGIT, -2.0, 0.4, views=0.5, price=0.001387711), {}),
    (contributed(LOGIT, -2.0, 0.4, views=0.5, price=0.00138771), {}),
    (contributed(LOGIT, -2.0, 0.4, views=0.5, price=0.001387708), {
        "contributions": ["base, features and rest add up to -1.098612292, "
                          "the logit is -1.098612289"],
    }),
    (contributed(LOGIT, -2.0, 0.4, price=0.001387711, views=0.5), {
        "contributions": ["a larger contribution stands behind a smaller one"],
    }),
    (contributed(LOGIT, LOGIT, 0.0, colour=0.0), {
        "contributions": ["what is no feature contributes: ['colour']"],
    }),
    (contributed(-1.1, -1.1, 0.0), {
        "contributions": ["the score is 0.25; of the logit -1.1 it is 0.249740"],
    }),
    (contributed(-800.0, -800.0, 0.0), {
        "contributions": ["the score is 0.25; of the logit -800.0 it is 0.000000"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("record", "texts"), WRONG)
def test_what_is_wrong_is_told(record: Record, texts: dict[str, list[str]]) -> None:
    """And nothing else is."""
    assert found(record) == texts


def test_under_another_policy_the_best_need_not_win() -> None:
    """Nor does what is done have to cover its cost."""
    best = [offer("nudge", 1.6, "outranked"), offer("greet", 1.5, None, 1.0)]

    assert found(decision(policy="rules", candidates=best, cost=2.0)) == {}
    assert "winner" in found(decision(candidates=best))
