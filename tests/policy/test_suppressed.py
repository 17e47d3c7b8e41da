"""Suppressed: which offers are held back, and by which name."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table
from rtm_flows.decisions.catalogue import Action
from rtm_flows.people.shoppers import LIVE_CART, OPEN_CASE, ORDER_DELAYED, left_of
from rtm_flows.people.shopping import LEFT_OUT
from rtm_flows.policy.suppressed import Suppressed
from rtm_flows.policy.suppressions import SUPPRESSIONS, Suppressions

ABOUTS = ("cart", "viewed", "event", "accessory")
ACTIONS = st.builds(
    Action,
    name=st.just("a"),
    issue=st.sampled_from(["grow", "service", "retain"]),
    about=st.sampled_from(["", *ABOUTS]),
)
FACTS = st.fixed_dictionaries(
    {
        **dict.fromkeys((OPEN_CASE, LIVE_CART, ORDER_DELAYED), st.booleans()),
        **{about: st.integers(-1, len(LEFT_OUT) - 1) for about in ABOUTS},
    }
)
MARKETING = st.sampled_from([(), ("grow",), ("grow", "service")])


def naive(action: Action, facts: dict[str, int], marketing: tuple[str, ...]) -> str | None:
    """Return what holds an action back, as the page says it."""
    sells = action.issue in marketing
    if facts[OPEN_CASE] and (sells or action.about == "accessory"):
        return OPEN_CASE
    if facts[LIVE_CART] and sells and action.about != "cart":
        return LIVE_CART
    if facts[ORDER_DELAYED] and action.about == "accessory":
        return ORDER_DELAYED
    left = facts[action.about] if action.about else -1
    return None if left < 0 else LEFT_OUT[left]


@given(st.lists(ACTIONS, max_size=3), st.lists(FACTS, max_size=4), MARKETING)
def test_the_first_that_holds_is_told(
    actions: list[Action], rows: list[dict[str, int]], marketing: tuple[str, ...]
) -> None:
    """Of every row and offer, in the order of `SUPPRESSIONS`."""
    facts = (OPEN_CASE, LIVE_CART, ORDER_DELAYED)
    columns = {name: np.array([row[name] for row in rows], dtype=np.bool_) for name in facts}
    left = {left_of(one): np.array([row[one] for row in rows], dtype=np.int8) for one in ABOUTS}

    held = Suppressed(Suppressions(marketing=marketing), actions).held(Table({**columns, **left}))

    told = [[None if at < 0 else SUPPRESSIONS[at] for at in row] for row in held.tolist()]
    assert told == [[naive(action, row, marketing) for action in actions] for row in rows]
