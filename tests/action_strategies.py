"""Hypothesis strategies for catalogues: actions in every form, and what is left to chance.

Out: actions as plain mappings, shaped as under `[[actions]]`, that the lint finds nothing against.
A strategy is made once of the same arguments: making it takes longer than drawing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from rtm_flows.decisions.catalogue import Action, listed
from rtm_flows.decisions.completeness import check_reach
from rtm_flows.errors import ConfigError
from tests.rule_strategies import Words, can_hold, rules

STAGES = ("eligible", "applicable", "suitable")
MOMENTS = st.sampled_from(
    ["1970-01-01T00:00:00Z", "2024-01-01T00:00:07Z", "2024-01-01T01:00:00.5+01:00"]
)
SUPERSEDES = st.sampled_from(["none", "channel", "placement", "action"])
WAITS = st.sampled_from(["PT0S", "PT1S", "PT7S"])
"""Shorter than any expiry that is drawn."""
TEXTS = st.sampled_from([{}, {"en": "Hello"}, {"en": "Hello", "az": "Salam"}])


@cache
def actions(words: Words, floor: float) -> st.SearchStrategy[dict[str, Any]]:
    """Return one action, without its name, with rules that can hold together, and that can win."""
    factor = st.sampled_from([0.5, 1.0, 1.3333333, 2.0])
    when = rules(words).filter(lambda rule: can_hold({"eligible": rule}, words))
    percent = st.sampled_from([-100, -50, 12.5, 200])
    context = st.lists(st.fixed_dictionaries({"when": when, "percent": percent}), max_size=2)
    reason = st.fixed_dictionaries({"code": st.sampled_from("ab")}, optional={"when": when})
    settled = {
        "issue": st.sampled_from(["grow", "grow", "service"]),
        "about": st.sampled_from(["", "cart", "viewed", "event", "accessory"]),
        "group": st.just("cart"),
        "propensity": st.sampled_from(["score", "1-score", 0.25, 1.0]),
        "context_weight": factor,
        "value": st.sampled_from([1.0, 10.0, 0.0]),
        "levers": factor,
        "expires_after": st.sampled_from(["PT30M", "PT20S", "PT8S"]),
    }
    may = {
        "wait": WAITS,
        "context": context,
        "because": st.lists(reason, max_size=2),
        "start": MOMENTS,
        "end": st.sampled_from(["2024-01-01T00:00:09Z", "2999-01-01T00:00:00Z"]),
    }
    whole = st.fixed_dictionaries(settled, optional={**_either(words), **may})
    own = st.just({"channel": "onsite", "treatment": "banner"})
    several = st.fixed_dictionaries({"treatments": _treatments(words)})
    joined = st.builds(lambda one, form: {**one, **form}, whole, st.one_of(own, several))
    return joined.filter(lambda action: _is_sound(action, words, floor))


@cache
def explorations(kinds: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Return what is left to chance, by one of these kinds: often nothing."""
    options = {
        "share": st.sampled_from([0.0, 0.1, 1.0]),
        "least": st.sampled_from([0.0, 0.01]),
        "temperature": st.sampled_from([0.05, 3.0]),
        "salt": st.just("2026"),
    }
    kind = {"kind": st.sampled_from(kinds)}
    return st.one_of(st.just({}), st.fixed_dictionaries(kind, optional=options))


@st.composite
def taught(draw: st.DrawFn, catalogue: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the actions of a catalogue, of which responses teach some, the first among them."""
    belief = st.fixed_dictionaries(
        {"propensity": st.just("learned")},
        optional={
            "prior": st.sampled_from([0.0, 0.02, 0.5, 1.0]),
            "prior_weight": st.sampled_from([0.5, 3.0, 1000.0]),
        },
    )
    either: st.SearchStrategy[dict[str, Any]] = st.one_of(st.just({}), belief)
    return [one | draw(either if at else belief) for at, one in enumerate(catalogue)]


@cache
def suppressions() -> st.SearchStrategy[dict[str, Any]]:
    """Return what holds actions back of what a person has running: at times nothing."""
    span = st.sampled_from(["", "PT0.7S", "PT3S", "PT1H"])
    rule = st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("live_cart", "bought", "removed", "delivery"), span),
            "open_case": st.booleans(),
            "order_delayed": st.booleans(),
            "ignored": st.sampled_from([0, 1, 2]),
            "marketing": st.sampled_from([[], ["grow"], ["service", "listen"]]),
        },
    )
    items = st.lists(st.sampled_from(["p1", "p2", "p3", "p5"]), unique=True, min_size=1)
    both = {"suppressions": rule, "accessories": st.dictionaries(_ITEMS, items, min_size=1)}
    return st.one_of(st.just({}), st.fixed_dictionaries(both))


def without_items(action: dict[str, Any]) -> dict[str, Any]:
    """Return an action that is about nothing in particular."""
    return {key: value for key, value in action.items() if key != "about"}


_ITEMS = st.sampled_from(["p1", "p2", "4"])


@cache
def contact_policies() -> st.SearchStrategy[dict[str, Any]]:
    """Return pauses, limits, and how contacts are counted: often none. Most mean every action."""
    window = st.sampled_from(["PT3S", "PT20S", "calendar_day", "calendar_week"])
    most = st.fixed_dictionaries({"most": st.sampled_from([1, 2]), "per": window})
    gap = st.fixed_dictionaries({"interval": st.sampled_from(["PT1S", "PT7S"])})
    limits = st.one_of(most, gap).map(lambda one: [{"name": "some", **one}])
    rule = st.fixed_dictionaries(
        {},
        optional={
            "zone": st.sampled_from(["UTC", "Asia/Baku"]),
            "reports": st.booleans(),
            "settled": st.just(["page_view", "search"]),
            "released": st.just(["view_item"]),
        },
    )
    arm = st.fixed_dictionaries({"share": st.sampled_from([0.0, 0.3, 0.5]), "policy": _POLICIES})
    arms = st.lists(arm, min_size=1, max_size=2).map(
        lambda drawn: [{"name": f"arm_{at}", **one} for at, one in enumerate(drawn)]
    )
    layers = st.lists(arms, min_size=1, max_size=2).map(
        lambda drawn: [{"name": f"layer_{at}", "arms": one} for at, one in enumerate(drawn)]
    )
    some = st.fixed_dictionaries(
        {},
        optional={
            "limits": limits,
            "contacts": rule,
            "experiments": layers,
            "delivery": st.fixed_dictionaries({"supersede": SUPERSEDES}),
        },
    )
    resting = st.builds(lambda rest, more: {"pauses": rest, **more}, pauses(), some)
    return st.one_of(st.just({}), some, resting)


@cache
def pauses() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return pauses of every kind, which soon begin and soon are over."""
    spans = st.sampled_from(["PT0.001S", "PT3S", "PT20S", "PT3600S"])
    by = st.sampled_from(["action", "treatment", "group", "channel", "all"])
    settled = {"after": st.sampled_from([1, 1, 2, 3]), "within": spans, "lasts": spans}
    scope = {"actions": st.just("action_0"), "groups": st.just(["cart"])}
    one = st.fixed_dictionaries(settled, optional={"by": by, **scope})
    some = st.lists(one, min_size=1, max_size=2, unique_by=lambda keys: str(keys["after"]))
    return some.map(lambda drawn: [{"name": f"pause_{at}", **one} for at, one in enumerate(drawn)])


_POLICIES = st.sampled_from(["full", "rules", "propensity", "random", "hold_out"])


def _either(words: Words) -> dict[str, st.SearchStrategy[Any]]:
    """Return what may stand in an action or a treatment."""
    stage = st.one_of(rules(words), st.lists(rules(words), max_size=2))
    return {
        **dict.fromkeys(STAGES, stage),
        "cost": st.sampled_from([0.0, 0.0625, 0.2]),
        "texts": TEXTS,
    }


def _treatments(words: Words) -> st.SearchStrategy[list[dict[str, Any]]]:
    treatment = st.fixed_dictionaries(
        {"name": st.sampled_from(["mail", "push"])},
        optional={
            **_either(words),
            "channel": st.just("email"),
            "placement": st.just("top"),
            "wait": WAITS,
        },
    )
    return st.lists(treatment, min_size=1, unique_by=lambda one: str(one["name"]))


def _is_sound(action: dict[str, Any], words: Words, floor: float) -> bool:
    """Tell whether the lint finds nothing against an action."""
    own = {key: listed(action.get(key, ())) for key in STAGES}
    for form in action.get("treatments", [{}]):
        both = {key: [*own[key], *listed(form.get(key, ()))] for key in STAGES}
        if not can_hold(both, words):
            return False
    try:
        check_reach([msgspec.convert({"name": "a", **action}, Action)], floor)
    except ConfigError:
        return False
    return True
