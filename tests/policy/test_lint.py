"""Limits that cannot mean what they say are refused, with their key and what would be right."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.decisions.catalogue import Action
from rtm_flows.errors import ConfigError
from rtm_flows.policy.limits import FREE, compile_limits
from rtm_flows.policy.lint import MANY, read_limits
from rtm_flows.policy.rules import CALENDAR, Limit
from tests.policy.histories import ACTIONS, limit_keys, plainly_meant

GAP = {"name": "gap", "channels": "email", "interval": "P2D"}


def limits(*keys: dict[str, Any]) -> list[Limit]:
    """Return limits as a configuration has them."""
    return msgspec.convert(keys, list[Limit])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([{"name": "", "interval": "P1D"}], r"limits\[0\].name: must not be empty"),
        ([GAP, GAP], r"limits\[1\].name: 'gap' is already the name of limits\[0\]"),
        ([{"name": "a"}], r"limits\[0\]: wants `most` and `per`, or `interval`; got none of them"),
        ([{"name": "a", "most": 1}], r"limits\[0\]: wants .*; got `most`"),
        ([{"name": "a", "per": "P1D"}], r"limits\[0\]: wants .*; got `per`"),
        ([GAP | {"most": 1, "per": "P1D"}], r"wants .*; got `most`, `per`, `interval`"),
        ([{"name": "a", "most": 0, "per": "P1D"}], r"limits\[0\].most: must be from 1 .* take the"),
        ([{"name": "a", "most": 1001, "per": "P1D"}], r"limits\[0\].most: must be from 1 to 1000"),
        (
            [{"name": "a", "most": 2, "per": "calender_week"}],
            r"limits\[0\].per: .* one of .*; did you mean 'calendar_week'\?",
        ),
        ([{"name": "a", "most": 2, "per": "P1M"}], r"limits\[0\].per: a duration must .* one of"),
        ([{"name": "a", "interval": "calendar_day"}], r"limits\[0\].interval: a duration must"),
        ([{"name": "a", "interval": ""}], r"limits\[0\].interval: a duration must look"),
        ([{"name": "a", "interval": "PT0S"}], r"limits\[0\].interval: must be longer than zero"),
        (
            [GAP | {"channels": ["push", "emial"]}],
            r"limits\[0\].channels\[1\]: no action has the channel 'emial'; did you mean 'email'",
        ),
        (
            [GAP | {"except_actions": "reciept"}],
            r"limits\[0\].except_actions\[0\]: no action has the action 'reciept'.*'receipt'",
        ),
        ([GAP | {"issues": "acquire"}], r"limits\[0\].issues\[0\]: no action has the issue"),
        ([GAP | {"actions": "banner"}], r"limits\[0\]: no action of the catalogue is meant"),
        (
            [GAP | {"except_issues": ["grow", "retain", "service"]}],
            r"limits\[0\]: no action .* is meant",
        ),
        # Two days apart are never more than four in a week, and never two in a day.
        (
            [{"name": "week", "channels": "email", "most": 4, "per": "P7D"}, GAP],
            r"limits\[0\]: holds nothing back that limits\[1\], 'gap', does not",
        ),
        (
            [GAP, {"name": "day", "actions": "mail", "most": 1, "per": "calendar_day"}],
            r"limits\[1\]: holds nothing back that limits\[0\], 'gap', does not",
        ),
        (
            [{"name": "a", "interval": "P1D"}, {"name": "b", "most": 1, "per": "P1D"}],
            r"limits\[1\]: holds nothing back that limits\[0\], 'a', does not",
        ),
        (
            [
                {"name": "a", "most": 3, "per": "calendar_week"},
                {"name": "b", "channels": "push", "most": 3, "per": "calendar_week"},
            ],
            r"limits\[1\]: holds nothing back that limits\[0\], 'a', does not",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(keys: list[dict[str, Any]], text: str) -> None:
    """The complaint begins with the key."""
    with pytest.raises(ConfigError, match=text):
        read_limits(limits(*keys), ACTIONS)


@pytest.mark.parametrize(
    "keys",
    [
        [GAP, {"name": "week", "channels": "email", "most": 3, "per": "P7D"}],
        # A day of 25 hours has room for two that are a day apart.
        [
            {"name": "gap", "interval": "P1D"},
            {"name": "day", "most": 1, "per": "calendar_day"},
        ],
        # What holds back some of the actions says nothing of the others.
        [GAP, {"name": "week", "most": 4, "per": "P7D"}],
        [
            {"name": "a", "most": 2, "per": "calendar_week"},
            {"name": "b", "most": 2, "per": "P7D"},
        ],
    ],
)
def test_limits_that_bind_beside_each_other_are_kept(keys: list[dict[str, Any]]) -> None:
    """None of them is refused for the sake of another."""
    assert len(read_limits(limits(*keys), ACTIONS)) == len(keys)


def test_a_job_has_so_many_limits_at_most() -> None:
    """One is one bit of what is remembered of a contact."""
    many = [Limit(name=str(n), most=n + 1, per=f"P{n + 1}D") for n in range(MANY + 1)]

    with pytest.raises(ConfigError, match="limits: at most 64 in a job; got 65"):
        read_limits(many, ACTIONS)


@given(st.lists(limit_keys(), max_size=5, unique_by=lambda keys: str(keys["name"])))
def test_a_limit_is_of_the_actions_that_its_keys_name(keys: list[dict[str, Any]]) -> None:
    """Named by each key that is given, and not exempt; the first that is used up is told."""
    try:
        ready = compile_limits(limits(*keys), ACTIONS)
    except ConfigError:
        return
    meant = [[plainly_meant(one, action) for one in keys] for action in ACTIONS]
    bits = [sum(1 << at for at, yes in enumerate(row) if yes) for row in meant]

    assert ready.applies.tolist() == meant
    assert ready.masks.tolist() == bits
    for used in (ready.applies, ~ready.applies):
        expected = [
            [
                next((at for at, (u, a) in enumerate(zip(row, own, strict=True)) if u and a), FREE)
                for own in meant
            ]
            for row in used.tolist()
        ]
        assert ready.held_back(used).tolist() == expected


def test_every_period_of_the_calendar_can_be_named() -> None:
    """And one name may stand without a list."""
    for period in CALENDAR:
        one = Limit(name="a", channels="email", most=1, per=period)
        assert read_limits([one], [Action(name="m", channel="email")]) == [(True,)]
