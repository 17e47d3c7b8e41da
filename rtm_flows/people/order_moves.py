"""The life of an order: its states, and which event leads from which to which.

In: nothing. Out: a table of moves. What is not in it is illegal: it is counted, not applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

OrderState = Literal[
    "placed",
    "paid",
    "delayed",
    "shipped",
    "shipped_delayed",
    "delivered",
    "cancelled",
    "refunded",
]

STATES: Final[tuple[str, ...]] = get_args(OrderState)
"""The states of an order; one that is not known has none."""

_OPEN: Final = STATES[:5]
_UNSHIPPED: Final = STATES[:3]
_REFUND: Final[Mapping[str | None, str]] = dict.fromkeys(STATES, "refunded")

MOVES: Final[Mapping[str, Mapping[str | None, str]]] = {
    "purchase": {None: "placed"},
    "order_completed": {None: "paid", "placed": "paid", "delayed": "delayed"},
    "order_updated": {state: state for state in _OPEN},
    "order_delayed": {
        **dict.fromkeys(_UNSHIPPED, "delayed"),
        **dict.fromkeys(("shipped", "shipped_delayed"), "shipped_delayed"),
    },
    "order_shipped": dict.fromkeys(_UNSHIPPED, "shipped"),
    "order_delivered": dict.fromkeys(_OPEN, "delivered"),
    "order_cancelled": dict.fromkeys(_UNSHIPPED, "cancelled"),
    "order_refunded": _REFUND,
    "refund": _REFUND,
}
"""Event type -> state before (None: not known) -> state after."""
