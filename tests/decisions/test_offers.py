"""Offers: every action in every treatment, with what it inherits, and texts where they are owed."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.completeness import check_reach, check_texts
from rtm_flows.decisions.lint import read_actions
from rtm_flows.decisions.offers import Rule, offers_of
from rtm_flows.errors import ConfigError

SALE: dict[str, Any] = {
    "name": "sale",
    "cost": 0.5,
    "texts": {"en": "Sale"},
    "expires_after": "P1D",
    "start": "2024-11-29T00:00:00Z",
    "eligible": "views > 0",
    "suitable": "views > 1",
    "treatments": [
        {"name": "mail", "channel": "email", "eligible": "views < 9", "cost": 0.25, "wait": "PT1H"},
        {"name": "banner", "texts": {"en": "SALE!"}, "placement": "top", "expires_after": "PT1H"},
    ],
}


def action(**changed: Any) -> Action:
    """Return the sale with some keys changed."""
    return msgspec.convert({**SALE, **changed}, Action)


def test_a_treatment_has_what_it_says_and_else_what_its_action_says() -> None:
    """Cost, texts and lifetime come from the action where the treatment has none."""
    mail, banner = offers_of([action()])

    assert (mail.channel, mail.placement, mail.cost) == ("email", None, 0.25)
    assert (mail.texts, mail.lifetime_ms) == ({"en": "Sale"}, 86_400_000)
    assert (mail.wait_ms, banner.wait_ms) == (3_600_000, 0)
    assert (banner.channel, banner.placement, banner.cost) == ("onsite", "top", 0.5)
    assert (banner.texts, banner.lifetime_ms) == ({"en": "SALE!"}, 3_600_000)


def test_rules_of_a_treatment_stand_behind_those_of_its_action_stage_by_stage() -> None:
    """Dates first; each rule has the key that it stands under."""
    mail, _ = offers_of([action()])

    assert mail.rules == (
        Rule("start", "eligibility", "time >= 2024-11-29T00:00:00Z"),
        Rule("eligible[0]", "eligibility", "views > 0"),
        Rule("treatments[0].eligible[0]", "eligibility", "views < 9"),
        Rule("suitable[0]", "suitability", "views > 1"),
    )


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"channel": "email"}, "actions[0].treatments: leave `channel` and `treatment` out"),
        (
            {"treatments": [{"name": "a"}, {"name": "a"}]},
            "actions[0].treatments[1].name: 'a' is already the name of actions[0].treatments[0]",
        ),
        (
            {"treatments": [{"name": "a", "suitable": "views <= 1"}]},
            "actions[0].treatments[0].suitable[0]: `views <= 1` can never hold beside "
            "actions[0].suitable[0], `views > 1`",
        ),
        ({"treatments": [{"name": "a", "cost": -1.0}]}, "actions[0].treatments[0].cost: must be"),
        (
            {"treatments": [{"name": "a", "expires_after": "1h"}]},
            "actions[0].treatments[0].expires_after: a duration must look like",
        ),
        (
            {"wait": "PT2H"},
            "actions[0].treatments[1].wait: must be shorter than `expires_after` PT1H; got PT2H",
        ),
        (
            {"wait": "P1D", "treatments": [{"name": "a"}]},
            "actions[0].wait: must be shorter than `expires_after` P1D; got P1D",
        ),
        (
            {"treatments": [{"name": "a", "wait": "P2D"}]},
            "actions[0].treatments[0].wait: must be shorter than `expires_after` P1D; got P2D",
        ),
        (
            {"treatments": [{"name": "a", "wait": "1h"}]},
            "actions[0].treatments[0].wait: a duration must look like",
        ),
        (
            {"end": "2024-11-29T00:00:00Z"},
            "actions[0].end: must be later than `start` 2024-11-29T00:00:00Z; got 2024-11-29T",
        ),
        ({"end": "2024-12-24"}, "actions[0].end: must be a time with its zone, like"),
        ({"start": "2024-12-24T00:00:00"}, "actions[0].start: must be a time with its zone"),
        (
            {"context": [{"when": "views > 3", "percent": -101}]},
            "actions[0].context[0].percent: must be from -100 to 1000000; got -101",
        ),
        ({"context": [{"when": [], "percent": 1}]}, "actions[0].context[0].when: wants at least"),
        (
            {"because": [{"code": "a"}, {"code": "b", "when": "vews > 3"}]},
            "actions[0].because[1].when[0], column 1: unknown name 'vews'; did you mean 'views'?",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(changed: dict[str, Any], text: str) -> None:
    """The text starts with the key."""
    with pytest.raises(ConfigError, match="^" + re.escape(text)):
        read_actions([action(**changed)], ["views"])


@pytest.mark.parametrize(
    ("actions", "locales", "text"),
    [
        ([action()], ["en", "az"], "actions[0].texts: the text for 'az' is missing"),
        (
            [action(texts={"en": "a", "az": "b"})],
            ["en", "az"],
            "actions[0].treatments[1].texts: the text for 'az' is missing",
        ),
        ([action(texts={"en": " "})], ["en"], "actions[0].texts: the text for 'en' is missing"),
        (
            [action(texts={"en": "a", "es": "b"})],
            ["en"],
            "actions[0].texts.es: not one of the job's locales en",
        ),
        (
            [action(), Action(name="help")],
            ["en"],
            "actions[1].texts: the text for 'en' is missing",
        ),
        (
            [Action(name="help", because=action(because=[{"code": "a"}]).because)],
            ["en"],
            "actions[0].because[0].texts: the text for 'en' is missing",
        ),
    ],
)
def test_missing_texts_are_named(actions: list[Action], locales: list[str], text: str) -> None:
    """In every locale that the job declares, of every offer and reason."""
    with pytest.raises(ConfigError, match="^" + re.escape(text)):
        check_texts(actions, locales)


def test_without_locales_or_without_texts_none_is_missed() -> None:
    """A job that names no locale may have any texts, and one may have no text at all."""
    check_texts([action()], [])
    check_texts([Action(name="help")], ["en", "az"])
    check_texts([action()], ["en"])


@pytest.mark.parametrize(
    ("changed", "floor", "text"),
    [
        ({"value": 2.0}, 2.000001, "actions[0].treatments[0]: 'mail' can never win: its priority"),
        ({"value": 0.3}, 0.0, "actions[0].treatments[1]: 'banner' can never win: its priority is "
                              "at most 0.3, and its cost is 0.5"),
    ],
)  # fmt: skip
def test_what_can_never_win_is_named(changed: dict[str, Any], floor: float, text: str) -> None:
    """Its largest priority is below the floor, or below its cost."""
    with pytest.raises(ConfigError, match="^" + re.escape(text)):
        check_reach([action(**changed)], floor)


def test_what_contexts_may_add_counts_as_within_reach() -> None:
    """Of three percents those that add are taken together."""
    context = [{"when": "views > 1", "percent": percent} for percent in (50, 50, -90)]

    check_reach([action(context=context)], floor=2.0)
    with pytest.raises(ConfigError, match="at most 2"):
        check_reach([action(context=context)], floor=2.1)
