"""Three features of one's own, from the easiest way to the fastest; docs/own-features.md explains.

Used by `own_features.toml`, which names the classes. The module must be where Python looks for
modules, so from the root of the repository:

    rtm simulate --people 700 --days 2 --seed 1 --output events.jsonl
    export PYTHONPATH=examples/own_features
    rtm check examples/own_features/own_features.toml
    rtm run examples/own_features/own_features.toml --input events.jsonl --output out

Before they are used, proven (tests/examples/test_own_features.py does it so):

    from rtm_flows.testing import check_feature
    check_feature("shop_features:PricesSeen")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rtm_flows.features.own import (
    MINOR,
    ByEvent,
    Column,
    Description,
    Field,
    KeysOf,
    OwnFeature,
    Pass,
    Since,
)


class AbandonedCarts(ByEvent):
    """Event by event: sessions in which something was put into the cart, and nothing bought."""

    version = 1
    values: Mapping[str, Description] = {
        "carts": Description("sessions", "[0, inf)", "left with a full cart so far")
    }
    fields = (
        Field("session", "i8", (), 0),
        Field("filled", "?", (), 0),
        Field("abandoned", "i8", (), 0),
    )

    def step(self, state: dict[str, Any], event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Count the session before this one, if its cart was left full."""
        filled, abandoned = state["filled"], state["abandoned"]
        if event["session"] != state["session"]:
            abandoned += filled
            filled = False
        if event["type"] in ("add_to_cart", "purchase"):
            filled = event["type"] == "add_to_cart"
        after = {"session": event["session"], "filled": filled, "abandoned": abandoned}
        return after, abandoned


class SinceChannel(OwnFeature):
    """Made of a built-in part: seconds since the person was last seen on a channel."""

    version = 1
    text = ("channel",)

    def __init__(self, channel: str, never: float = 86_400.0 * 365) -> None:
        said = f"since the latest earlier event on {channel}"
        self.values = {"seconds": Description("seconds", f"[0, {never:g}]", said)}
        self._channel = channel
        self._since = Since("seen", never)
        self.fields = tuple(self._since.fields)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the seconds at every row; the part keeps the state."""
        there = of.events["channel"] == self._channel
        return {"seconds": self._since.seconds(of.rows, there, of.people)}


class PricesSeen(OwnFeature):
    """By columns: the dearest item that the person has looked at, and this event's price by it."""

    version = 1
    values: Mapping[str, Description] = {
        "dearest": Description("currency", "[0, inf)", "price of the dearest item viewed so far"),
        "relative": Description("ratio", "[0, 1]", "price of this view by the dearest so far"),
    }
    types = (("view_item",),)
    fields = (Field("dearest", "i8", (), 0),)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the running maximum of each person, going on from what was carried."""
        rows = of.rows
        viewed = of.masks[("view_item",)]
        price = np.where(viewed, np.clip(of.events["price"], 0, 1 << 40), 0)
        carried = of.people["dearest"][rows.slot]
        # Each person stands on a floor of their own, above all prices of those before.
        floor = rows.rank << 41
        dearest = np.maximum.accumulate(floor + np.maximum(price, carried)) - floor
        of.people["dearest"][rows.people] = dearest[rows.ends]
        relative = np.divide(price, dearest, out=np.zeros(rows.n), where=dearest > 0)
        return {"dearest": dearest / MINOR, "relative": relative}
