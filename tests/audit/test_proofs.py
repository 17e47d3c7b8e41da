"""What must be true of a decision: each thing that may be wrong is told, and by itself."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import msgspec
import pytest

from rtm_flows.audit.causes import Causes
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.audit.records import Record as Event
from tests.audit.sound import decision, found, nothing, read
from tests.measure.recorded import Record

CONFIG: dict[str, Any] = {
    "name": "shop",
    "floor": 0.6,
    "actions": [
        {"name": "nudge", "channel": "push", "cost": 0.25},
        {"name": "greet", "group": "cart", "treatments": [{"name": "banner"}],
         "propensity": "score", "value": 6.0, "expires_after": "PT1M"},
        {"name": "mail", "channel": "email"},
    ],
}  # fmt: skip
"""The catalogue of the records; the first is declared first, whatever its priority."""


def offer(name: str, priority: float | None, reason: str | None, chance: float = 0.0) -> Record:
    """Return a candidate."""
    stage = None if reason is None else "arbitration"
    if reason in ("week", "views above 3"):
        stage = "contact_policy" if reason == "week" else "eligibility"
    return {
        "name": name, "treatment": "banner" if name == "greet" else name, "priority": priority,
        "action_prob": chance, "stage_dropped": stage, "reason": reason,
    }  # fmt: skip


MAIL = offer("mail", None, "views above 3")


def slate(greet: float, nudge: float, lost: str = "not_drawn") -> Record:
    """Return a decision to greet that was drawn, with the chances of both that were open."""
    candidates = [offer("greet", 1.5, None, greet), offer("nudge", 1.0, lost, nudge), MAIL]
    return decision(action_prob=greet, candidates=candidates)


def idle(*candidates: Record, reason: str) -> Record:
    """Return a decision to do nothing."""
    return nothing(candidates=list(candidates), reason=reason)


LOW = offer("nudge", 0.3, "below_floor")
DEAR = offer("push", 0.1, "below_cost")
BACK = offer("sms", 1.0, "week")


def below_floor() -> Record:
    """Return a sound decision to do nothing, by the catalogue."""
    return idle(offer("greet", 0.5, "below_floor"), LOW, MAIL, reason="below_floor")


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
    told = {"logit": logit, "base": base, "features": features, "rest": rest}
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
    (nothing(held_out=True), {"nothing": ["nothing is done, but held out: True, limits: {}"]}),
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


def choice(record: Record, **config: Any) -> list[str]:
    """Return what is found in a record by the configuration; nothing else may be."""
    told = found(record, CONFIG | config)
    assert set(told) <= {"choice"}
    return told.get("choice", [])


EPSILON = {"exploration": {"kind": "epsilon", "share": 0.5}}
DRAWN = {"decision_id": "f869c9a58283a7776adec4d18fd77e30"}
"""For this id 688,509 is drawn, so that what is declared first needs no more of a chance."""


def explored(nudge: float) -> Record:
    """Return a decision in which nudge, declared first, has some chance."""
    return slate(1.0 - nudge, nudge) | DRAWN


CHOSEN: list[tuple[Record, dict[str, Any], list[str]]] = [
    (slate(1.0, 0.0, "outranked"), {}, []),
    (below_floor(), {}, []),
    (explored(0.25), EPSILON, []),
    (explored(0.26), EPSILON, [
        "in millionths the chances are [260000, 740000, 0], but must be [250000, 750000, 0]",
    ]),
    (slate(1.0, 0.0, "outranked"), EPSILON, [
        "in millionths the chances are [0, 1000000, 0], but must be [250000, 750000, 0]",
    ]),
    (explored(0.25), {}, [
        "in millionths the chances are [250000, 750000, 0], but must be [0, 1000000, 0]",
    ]),
    (explored(0.377541), {"exploration": {"kind": "softmax", "share": 0.0, "temperature": 1.0}},
     []),
    (explored(0.377543), {"exploration": {"kind": "softmax", "share": 0.0, "temperature": 1.0}}, [
        "in millionths the chances are [377543, 622457, 0], but must be [377541, 622459, 0]",
    ]),
    (explored(0.75), {"exploration": {"kind": "softmax", "share": 0.0, "temperature": 1.0}}, [
        "in millionths the chances are [750000, 250000, 0], but must be [377541, 622459, 0]",
    ]),
    (slate(0.5, 0.5), {"exploration": {"kind": "epsilon", "share": 1.0, "salt": "c"}}, [
        "the draw is 356820: it fell on ('nudge', 'nudge')",
    ]),
    (slate(1.0, 0.0, "outranked"), {"floor": 1.1}, [
        "('nudge', 'nudge') with the priority 1.0 is outranked, but must be below_floor",
    ]),
    (slate(1.0, 0.0, "below_floor"), {}, [
        "('nudge', 'nudge') with the priority 1.0 is below_floor, but must be open",
    ]),
    (slate(1.0, 0.0, "below_cost"), {}, [
        "('nudge', 'nudge') with the priority 1.0 is below_cost, but must be open",
    ]),
    (idle(offer("greet", 0.5, "below_floor"), offer("nudge", 0.1, "below_floor"), MAIL,
          reason="below_floor"), {}, [
        "('nudge', 'nudge') with the priority 0.1 is below_floor, but must be below_cost",
    ]),
    (decision(candidates=decision()["candidates"][:2]), {"floor": 0.0}, [
        "the candidates are not the catalogue: [('greet', 'banner'), ('nudge', 'nudge')]",
    ]),
    (idle(offer("greet", 0.3, "below_floor"), LOW, MAIL, reason="below_floor"), {}, [
        "equals do not stand as declared: "
        "[('greet', 'banner'), ('nudge', 'nudge'), ('mail', 'mail')]",
    ]),
    (slate(1.0, 0.0, "outranked") | {"channel": "email"}, {}, [
        "channel is 'email'; by the configuration 'onsite'",
    ]),
    (slate(1.0, 0.0, "outranked") | {"propensity": 0.5, "value": 3.0}, {}, [
        "propensity is 0.5; by the configuration 0.25", "value is 3.0; by the configuration 6.0",
    ]),
    (slate(1.0, 0.0, "outranked") | {"expires_at": "2024-01-01T00:01:01Z"}, {}, [
        "it expires at 2024-01-01T00:01:01+00:00, not 60,000 ms after its decision",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("record", "config", "texts"), CHOSEN)
def test_what_is_not_as_configured_is_told(
    record: Record, config: dict[str, Any], texts: list[str]
) -> None:
    """Floors, costs, chances, draws and offers."""
    assert choice(record, **config) == texts


def test_without_a_catalogue_only_the_floor_is_proved() -> None:
    """Costs of what is not known are believed."""
    known = {"name": "shop", "floor": 1.1}

    assert found(slate(1.0, 0.0, "below_cost"), known) == {}
    assert list(found(slate(1.0, 0.0, "outranked"), known)) == ["choice"]


def arms(policy: str) -> dict[str, Any]:
    """Return a configuration in which everybody is in one arm."""
    one = {"name": "one", "share": 1.0, "policy": policy}
    return CONFIG | {"experiments": [{"name": "layer", "arms": [one]}]}


def test_policies_of_arms_choose_otherwise() -> None:
    """The one declared first, the one that is most welcome, or any; at no cost and no floor."""
    lost = [offer("greet", 1.5, "outranked"), offer("nudge", 0.2, None, 1.0), MAIL]
    nudged: Record = {
        "arms": {"layer": "one"}, "group": "nudge", "name": "nudge", "channel": "push",
        "treatment": "nudge", "priority": 0.2, "propensity": 0.2, "score": 0.2, "value": 1.0,
        "cost": 0.25, "candidates": lost, "expires_at": "2024-01-01T00:30:00Z",
    }  # fmt: skip
    first = decision(**nudged, policy="rules")
    assert found(first, arms("rules")) == {}
    assert found(decision(**nudged, policy="propensity"), arms("propensity")) == {}
    even = found(decision(**nudged, policy="random"), arms("random"))
    wanted = "in millionths the chances are [1000000, 0, 0], but must be [500000, 500000, 0]"
    assert even == {"choice": [wanted]}
    assert found(first, arms("full"))["arms"] == ["the policy is 'rules', by the arms 'full'"]


def test_arms_are_those_of_the_hash() -> None:
    """Who is held out is so from what the arm's scope names, and from nothing else."""
    held = {"name": "held", "share": 0.72, "policy": "hold_out", "channels": "onsite"}
    config = {"floor": 0.0, "experiments": [{"name": "universal", "arms": [held]}]}
    ann: Record = {"subject_id": "ann", "arms": {"universal": "held"}}  # her part is 717,232

    assert found(decision(**ann, held_out=True), config) == {}
    assert found(decision(**ann), config)["arms"] == ["held_out is False, by the arms True"]
    assert found(decision(**ann, channel="email"), config) == {}
    assert found(nothing(**ann), config | {"floor": 0.6}) == {}
    held["share"] = 0.717232
    (text,) = found(decision(**ann, held_out=True), config)["arms"][:1]
    assert text == "the arms are {'universal': 'held'}, by the hash {'universal': None}"


EVENT = Event(1_704_067_200_000, "u:7", "web", "e-0", "view_item", "", "")


def cause(event: Event, **changed: Any) -> Record:
    """Return a decision that an event called for."""
    parts = "shop", event.person, f"event:{event.type}", event.time, event.source, event.id
    text = "\x1f".join(map(str, parts))
    own = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    trigger = {"type": f"event:{event.type}", "event_ids": [event.id]}
    return decision(**{"decision_id": own, "trigger": trigger} | changed)


DERIVED = EVENT._replace(id="~0123456789abcdef-0")


@pytest.mark.parametrize(
    ("record", "given", "wrong"),
    [
        (cause(EVENT), EVENT, False),
        (cause(EVENT), EVENT._replace(time=EVENT.time + 1), True),
        (cause(EVENT), EVENT._replace(source="app"), True),
        (cause(EVENT), EVENT._replace(person="a:7"), True),
        (cause(EVENT), EVENT._replace(type="search"), True),
        (cause(EVENT, decision_id="0" * 32), EVENT, True),
        (cause(EVENT, subject_id="8"), EVENT, True),
        (cause(EVENT, decision_time="2024-01-01T00:00:01Z"), EVENT, True),
        (cause(EVENT, trigger={"type": "event:search", "event_ids": ["e-0"]}), EVENT, True),
        (cause(EVENT, trigger={"type": "event:view_item", "event_ids": ["e-1"]}), EVENT, True),
        (cause(DERIVED), EVENT._replace(id=""), False),
        (cause(DERIVED), EVENT._replace(id="", source="app"), True),
        (cause(DERIVED, decision_time="2024-01-01T00:00:01Z"), EVENT._replace(id=""), True),
        (cause(EVENT, trigger={"type": "timer:later", "event_ids": ["e-1"]}), EVENT, False),
    ],
)
def test_an_id_is_that_of_its_event(record: Record, given: Event, *, wrong: bool) -> None:
    """Of its person, time, source, type and id; timers have ids of another kind."""
    known = Known(msgspec.convert(CONFIG, Declared))
    known.add(given)

    told = {check: list(texts) for check, texts in known.proofs(read(record))}
    assert bool(told.get("identity")) == wrong


@pytest.mark.parametrize(
    "config",
    [
        {"dedup": {"window": "PT0S"}},
        {"input": {"format": "segment"}},
        {"input": {"mapping": {"time": "at"}}},
    ],
)
def test_an_id_that_cannot_be_proved_is_not_asked_for(config: dict[str, Any]) -> None:
    """Of copies that were accepted, and of foreign records."""
    known = Known(msgspec.convert(CONFIG | config, Declared))
    known.add(EVENT)

    assert "identity" not in dict(known.proofs(read(cause(EVENT))))


def test_in_the_order_of_arrival_derived_ids_are_not_looked_at() -> None:
    """As the time of the event is not told."""
    causes = Causes("shop", in_order=False)

    assert causes.concern(read(cause(EVENT)))
    assert not causes.concern(read(cause(DERIVED)))
