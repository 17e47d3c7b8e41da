"""Small catalogues, limits and histories of contacts in which edges are met often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from rtm_flows.decisions.catalogue import Action

ACTIONS = (
    Action(name="mail", channel="email", issue="grow", group="news"),
    Action(name="receipt", channel="email", issue="service"),
    Action(name="win_back", channel="email", issue="retain"),
    Action(name="alert", channel="push", issue="grow"),
    Action(name="banner", channel="onsite", issue="grow"),
)
DAY, HOUR = 86_400_000, 3_600_000
WINDOWS = (
    *({"interval": "PT1H"}, {"interval": "P1D"}, {"most": 1, "per": "PT1H"}),
    *({"most": 2, "per": "P1D"}, {"most": 3, "per": "P7D"}, {"most": 1, "per": "calendar_day"}),
    *({"most": 2, "per": "calendar_day"}, {"most": 3, "per": "calendar_week"}),
    {"most": 4, "per": "calendar_month"},
)
"""What limits look back at, told as in a configuration."""


def limit_keys() -> st.SearchStrategy[dict[str, Any]]:
    """Return the keys of a limit; its actions may be none of the catalogue's."""
    window = st.sampled_from(WINDOWS)
    scope = st.fixed_dictionaries(
        {"name": st.sampled_from("abcde")},
        optional={
            "channels": st.sampled_from(["email", "push", ["email", "push"]]),
            "issues": st.sampled_from(["grow", ["grow", "service"], ["retain"]]),
            "groups": st.sampled_from([["news", "alert"], "receipt"]),
            "actions": st.sampled_from(["mail", ["mail", "banner"]]),
            "except_issues": st.sampled_from(["service", ["retain", "service"]]),
            "except_actions": st.sampled_from(["receipt", ["mail"]]),
        },
    )
    return st.builds(lambda keys, more: keys | more, scope, window)


def plainly_meant(keys: Mapping[str, Any], action: Action) -> bool:
    """Tell whether a limit with these keys is about an action."""
    facts = {
        "channels": action.channel,
        "issues": action.issue,
        "groups": action.group or action.name,
        "actions": action.name,
    }
    named = all(fact in listed(keys[key]) for key, fact in facts.items() if key in keys)
    exempt = action.issue in listed(keys.get("except_issues", []))
    return named and not exempt and action.name not in listed(keys.get("except_actions", []))


def listed(names: str | list[str]) -> list[str]:
    """Return names as a list, also where there is only one."""
    return [names] if isinstance(names, str) else names
