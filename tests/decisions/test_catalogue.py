"""The catalogue: defaults, unknown keys, and conditions in words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.decisions.catalogue import Action, Condition


def test_defaults_are_neutral() -> None:
    """An action of nothing but a name is always eligible, and its priority is the score."""
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
        when=(),
    )
    assert action.expires_after_ms == 1_800_000


@pytest.mark.parametrize(
    ("plain", "text"),
    [
        ({"feature": "cart_value", "at_least": 1}, "cart_value at_least 1"),
        ({"feature": "gap", "at_most": 0.1}, "gap at_most 0.1"),
        (
            {"score": "intent", "below": 0.8, "at_least": 0.2},
            "score intent at_least 0.2 and below 0.8",
        ),
        ({"feature": "views", "at_most": 1e22, "above": -3.0}, "views above -3 and at_most 1e+22"),
        ({"type": ["search", "purchase"]}, "type in search, purchase"),
    ],
)
def test_conditions_read_as_words(plain: dict[str, Any], text: str) -> None:
    """A condition from the configuration says what it needs, numbers as they were written."""
    assert msgspec.convert(plain, Condition).text == text


@pytest.mark.parametrize(
    "plain",
    [
        {"name": "a", "values": 1.0},
        {"name": "a", "issue": "sell"},
        {"name": "a", "propensity": "scores"},
        {"name": "a", "when": [{"feature": "views", "atleast": 1}]},
        {"issue": "grow"},
    ],
)
def test_what_is_not_known_is_refused(plain: dict[str, Any]) -> None:
    """Unknown keys, issues and propensities, and a missing name, do not pass."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(plain, Action)
