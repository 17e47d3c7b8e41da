"""How visitors behave: event types, intents, and the chances of what comes next.

In: nothing. Out: constants and one array of cumulative chances. The intent is hidden from every
reader of the lines; it shows only through what the visitor does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TYPES = (
    "page_view",
    "view_item",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "begin_checkout",
    "purchase",
    "add_to_wishlist",
    "email_opened",
    "case_opened",
    "case_closed",
    "social_mention",
)
(
    PAGE,
    VIEW,
    SEARCH,
    ADD,
    REMOVE,
    CART,
    CHECKOUT,
    PURCHASE,
    WISH,
    EMAIL,
    OPEN_CASE,
    CLOSE_CASE,
    MENTION,
) = range(len(TYPES))
LEAVE = len(TYPES)

INTENTS = ("browse", "shop", "buy")
BROWSE, SEEK, BUY = range(len(INTENTS))

# Weight of each next step, by intent: what the visitor is inclined to do at any moment.
_APPETITE: dict[int, tuple[float, float, float]] = {
    PAGE: (30, 20, 13),
    VIEW: (30, 40, 36),
    SEARCH: (9, 10, 9),
    ADD: (1.0, 4.0, 16),
    REMOVE: (0.5, 1.5, 1.2),
    CART: (0.5, 2.5, 7),
    CHECKOUT: (0.1, 0.4, 7.0),
    PURCHASE: (0.5, 1.0, 3.2),
    WISH: (1.5, 2.5, 1.5),
    OPEN_CASE: (0.8, 0.3, 0.1),
    CLOSE_CASE: (0.8, 0.3, 0.2),
    MENTION: (0.7, 0.3, 0.2),
    LEAVE: (18, 9, 3.5),
}

# How much likelier a step becomes right after another one. A purchase follows a checkout only.
_AFTER: dict[int, dict[int, float]] = {
    SEARCH: {VIEW: 2.5, SEARCH: 1.5},
    VIEW: {ADD: 1.5, WISH: 1.5},
    ADD: {CART: 4.0, CHECKOUT: 3.0, REMOVE: 2.0, ADD: 0.5, LEAVE: 0.6},
    CART: {CHECKOUT: 5.0, REMOVE: 3.0, CART: 0.0},
    CHECKOUT: {PURCHASE: 12.0, CHECKOUT: 0.0, CART: 2.0, ADD: 0.2, VIEW: 0.3, PAGE: 0.5},
    PURCHASE: {LEAVE: 14.0, ADD: 0.2},
    OPEN_CASE: {CLOSE_CASE: 60.0, LEAVE: 2.0, OPEN_CASE: 0.0},
    CLOSE_CASE: {LEAVE: 3.0},
    EMAIL: {VIEW: 2.0, EMAIL: 0.0},
}


def _chances() -> NDArray[np.float64]:
    """Return cumulative chances, shaped (intent, type just done, next type or LEAVE)."""
    weights = np.zeros((len(INTENTS), len(TYPES), len(TYPES) + 1))
    for step, by_intent in _APPETITE.items():
        weights[:, :, step] = np.array(by_intent)[:, None]
    weights[:, [t for t in range(len(TYPES)) if t != CHECKOUT], PURCHASE] = 0.0
    weights[:, [t for t in range(len(TYPES)) if t != OPEN_CASE], CLOSE_CASE] = 0.0
    for done, lifts in _AFTER.items():
        for step, lift in lifts.items():
            weights[:, done, step] *= lift
    cumulative = weights.cumsum(axis=2)
    chances: NDArray[np.float64] = cumulative / cumulative[:, :, -1:]
    return chances


CHANCES = _chances()
"""Cumulative chances of the next step, by (intent, type just done)."""
