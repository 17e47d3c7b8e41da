"""What must be true of a decision by its configuration: offers, floor, costs, chances, arms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.audit.sound import (
    CONFIG,
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


def test_what_responses_have_taught_is_believed() -> None:
    """Of the winner, and where the most welcome is chosen."""
    actions = [one | {"propensity": "learned"} for one in CONFIG["actions"]]
    other = slate(1.0, 0.0, "outranked") | {"propensity": 0.5, "value": 3.0}
    wrong = ["value is 3.0; by the configuration 6.0"]

    assert choice(other, actions=actions) == wrong
    arm = [{"name": "one", "share": 1.0, "policy": "propensity"}]
    by_arm = {"policy": "propensity", "arms": [{"experiment": "layer", "arm": "one"}]}
    experiments = [{"name": "layer", "arms": arm}]
    assert choice(other | by_arm, actions=actions, experiments=experiments) == wrong


CHANCE = 0.204477
"""Of nudge, believed to be 0.2 after 5 responses, beside greet, 0.25 after 10."""


def drawn(nudge: float, **told: Any) -> Record:
    """Return a decision in which greet and nudge were drawn by what is believed of them."""
    record = explored(nudge)
    greet, other, mail = record["candidates"]
    believed = {"propensity": 0.25, "evidence": 10}, {"propensity": 0.2, "evidence": 5} | told
    return record | {"candidates": [greet | believed[0], other | believed[1], mail]}


def otherwise(record: Record) -> Record:
    """Return a decision with another propensity of its winner among the candidates."""
    greet, *others = record["candidates"]
    return record | {"candidates": [greet | {"propensity": 0.26}, *others]}


THOMPSON: list[tuple[Record, str]] = [
    (drawn(CHANCE), ""),
    (drawn(round(CHANCE + 0.00025, 6)), ""),
    (drawn(round(CHANCE + 0.0005, 6)), "in millionths the chances are [204977"),
    (drawn(CHANCE, evidence=6), "in millionths the chances are"),
    (drawn(CHANCE, propensity=0.3), "in millionths the chances are"),
    (drawn(CHANCE, evidence=None), "('nudge', 'nudge') must tell ['propensity', 'evidence']"),
    (otherwise(drawn(CHANCE)), "the propensity of the winner is 0.26 among"),
    (slate(1.0, 0.0, "outranked"), "('greet', 'banner') must tell ['propensity', 'evidence']"),
]


@pytest.mark.parametrize(("record", "text"), THOMPSON)
def test_chances_by_belief_are_found_again(record: Record, text: str) -> None:
    """From what the candidates tell, within what the decider's pieces may be off."""
    actions = [one | {"propensity": "learned"} for one in CONFIG["actions"]]
    told = choice(record, actions=actions, exploration={"kind": "thompson", "share": 0.0})

    assert told[0].startswith(text) if text else not told


def test_what_is_certain_tells_its_propensity_where_others_are_drawn() -> None:
    """And not of how many responses it is."""
    nudge, greet, mail = CONFIG["actions"]
    config = {
        "actions": [nudge | {"propensity": 0.2}, greet | {"propensity": "learned"}, mail],
        "exploration": {"kind": "thompson", "share": 1.0},
    }
    even = drawn(0.5) | {"decision_id": "f869c9a58283a7776adec4d18fd77e30"}
    del even["candidates"][1]["evidence"]
    wrong = drawn(0.5, propensity=0.3)
    del wrong["candidates"][1]["evidence"]

    assert choice(even, **config) == []
    assert choice(wrong, **config) == [
        "the propensity of ('nudge', 'nudge') is 0.3; by the configuration 0.2"
    ]


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
        "arms": [{"experiment": "layer", "arm": "one"}],
        "group": "nudge", "name": "nudge", "channel": "push",
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
    ann: Record = {
        "subject_id": "ann",
        "arms": [{"experiment": "universal", "arm": "held"}],
    }  # her part is 717,232

    assert found(decision(**ann, held_out=True), config) == {}
    assert found(decision(**ann), config)["arms"] == ["held_out is False, by the arms True"]
    assert found(decision(**ann, channel="email"), config) == {}
    assert found(nothing(**ann), config | {"floor": 0.6}) == {}
    held["share"] = 0.717232
    (text,) = found(decision(**ann, held_out=True), config)["arms"][:1]
    assert text == "the arms are [('universal', 'held')], by the hash [('universal', None)]"
