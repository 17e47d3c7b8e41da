"""Suppressions: what keeps actions back because of what the person has running.

In: the table `[suppressions]`, and what the actions of a job are about. Out: the names of what may
hold an offer back, and the rule that people's shopping is followed by. It refuses to know when a
suppression holds: `suppressed.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from rtm_flows.people.shoppers import LIVE_CART, OPEN_CASE, ORDER_DELAYED
from rtm_flows.people.shopping import LEFT_OUT, Rule
from rtm_flows.times import parse_duration

SUPPRESSIONS: Final = (OPEN_CASE, LIVE_CART, ORDER_DELAYED, *LEFT_OUT)
"""What may hold an offer back, by name, in the order in which it is asked."""

Accessories = dict[str, tuple[str, ...]]
"""By item what goes with it, best first."""

SPANS: Final = ("live_cart", "bought", "removed", "delivery")
"""The keys that are spans."""


class Suppressions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is held back beside a live cart, an open case, a late order, and of which items.

    Attributes
    ----------
    live_cart
        ISO 8601 duration: while something is in the cart that was touched within it, the issues of
        `marketing` are held back; not what is about the cart. Empty: never.
    open_case
        Whether an open service case holds back the issues of `marketing`, and accessories.
    order_delayed
        Whether an order that is delayed holds back accessories.
    bought
        ISO 8601 duration in which an item that was bought is not offered. Empty: it may be at once.
    removed
        ISO 8601 duration in which an item taken out of the cart is not offered, unless it was
        viewed or put in again. Empty: it may be at once.
    ignored
        So often may an item be shown without being viewed, put in the cart or bought; then it is
        not offered. 0: however often.
    delivery
        ISO 8601 duration for which accessories go on to be offered after an order was delivered.
        Empty: until then.
    marketing
        The issues that a live cart and an open case hold back.
    """

    live_cart: str = "PT30M"
    open_case: bool = True
    order_delayed: bool = True
    bought: str = "P30D"
    removed: str = "P7D"
    ignored: int = 3
    delivery: str = "P3D"
    marketing: tuple[str, ...] = ("acquire", "grow", "nurture")


def rule_of(
    suppressions: Suppressions,
    accessories: Accessories,
    abouts: Sequence[str],
) -> Rule:
    """Return the rule that shopping is followed by.

    Parameters
    ----------
    suppressions
        Of the job.
    accessories
        By item what goes with it, best first.
    abouts
        What each action is about, empty where it is about nothing.

    Examples
    --------
    >>> rule_of(Suppressions(bought=""), {}, ["viewed", "", "viewed"])[3:]
    (0, 604800000, 3, 259200000, ('viewed',), {})
    """
    spans = {key: getattr(suppressions, key) for key in SPANS}
    ms = {key: parse_duration(text) if text else 0 for key, text in spans.items()}
    return Rule(
        live_ms=ms["live_cart"],
        open_case=suppressions.open_case,
        order_delayed=suppressions.order_delayed,
        bought_ms=ms["bought"],
        removed_ms=ms["removed"],
        ignored=suppressions.ignored,
        delivery_ms=ms["delivery"],
        abouts=tuple(dict.fromkeys(one for one in abouts if one)),
        accessories=accessories,
    )
