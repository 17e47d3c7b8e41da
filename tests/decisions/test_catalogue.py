"""The catalogue: defaults, unknown keys, and rules in the order in which they are tried."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.offers import Rule, offers_of


def test_defaults_are_neutral() -> None:
    """An action of nothing but a name always passes, and its priority is the score."""
    action = msgspec.convert({"name": "banner"}, Action)

    assert action == Action(
        name="banner",
        issue="grow",
        channel="onsite",
        propensity="score",
        context_weight=1.0,
        value=1.0,
        levers=1.0,
        expires_after="PT30M",
        eligible=(),
        applicable=(),
        suitable=(),
    )
    (offer,) = offers_of([action])
    assert (offer.treatment, offer.lifetime_ms, offer.rules) == ("banner", 1_800_000, ())


def test_rules_are_listed_in_the_order_in_which_they_are_tried() -> None:
    """Eligibility first, then applicability, then suitability, each with its key."""
    plain = {"name": "a", "suitable": "s > 1", "applicable": ["b > 1"], "eligible": ["e", "f"]}

    (offer,) = offers_of([msgspec.convert(plain, Action)])
    assert offer.rules == (
        Rule("eligible[0]", "eligibility", "e"),
        Rule("eligible[1]", "eligibility", "f"),
        Rule("applicable[0]", "applicability", "b > 1"),
        Rule("suitable[0]", "suitability", "s > 1"),
    )


def test_a_rule_alone_is_a_list_of_one() -> None:
    """However it is given, the action is the same, and so is its digest."""
    alone = msgspec.convert({"name": "a", "eligible": "v > 1"}, Action)
    listed = msgspec.convert({"name": "a", "eligible": ["v > 1"]}, Action)

    assert alone == listed == Action(name="a", eligible="v > 1")
    assert msgspec.json.encode(alone) == msgspec.json.encode(listed)


@pytest.mark.parametrize(
    "plain",
    [
        {"name": "a", "values": 1.0},
        {"name": "a", "issue": "sell"},
        {"name": "a", "propensity": "scores"},
        {"name": "a", "when": ["views > 1"]},
        {"name": "a", "eligible": [1]},
        {"issue": "grow"},
    ],
)
def test_what_is_not_known_is_refused(plain: dict[str, Any]) -> None:
    """Unknown keys, issues and propensities, and a missing name, do not pass."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(plain, Action)
