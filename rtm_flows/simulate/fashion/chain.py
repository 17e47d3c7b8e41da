"""What comes next in a visit: a Markov chain whose chances are known exactly.

In: nothing. Out: the chances of each next step by the kind of visit, the step just done and the
pieces in the cart, and the chance that the visit ends with a purchase. The kind of visit (the
intent, how much the person hesitates, whether there is a sale) is hidden from every reader of the
lines: it shows only through what the visitor does.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.simulate.fashion.draws import Floats, Ints

STEPS = (
    "page_view",
    "view_item_list",
    "view_item",
    "search",
    "add_to_cart",
    "remove_from_cart",
    "view_cart",
    "begin_checkout",
    "add_shipping_info",
    "add_payment_info",
    "purchase",
    "add_to_wishlist",
)
PAGE, LIST, VIEW, SEARCH, ADD, REMOVE, CART, CHECKOUT, SHIPPING, PAYMENT, BUY, WISH = range(12)
LEAVE = len(STEPS)

INTENTS = ("browse", "seek", "buy", "service")
BROWSE, SEEK, PURCHASE, SERVICE = range(len(INTENTS))
HESITANCE = 3
"""Levels from 0, who goes through with a checkout, to 2, who steps back and forth."""
CART_MOST = 4
LONGEST = 48
"""Most events of a visit."""
KINDS = len(INTENTS) * HESITANCE * 2
_CARTS = CART_MOST + 1
STATES = len(STEPS) * _CARTS

# Weight of each next step by intent: what the visitor is inclined to do at any moment.
_APPETITE: dict[int, tuple[float, float, float, float]] = {
    PAGE: (14, 8, 5, 40),
    LIST: (22, 16, 10, 6),
    VIEW: (36, 44, 38, 14),
    SEARCH: (5, 12, 9, 6),
    ADD: (0.6, 3.2, 18, 0.6),
    REMOVE: (0.4, 1.2, 1.0, 0.5),
    CART: (0.8, 2.0, 6.0, 1.0),
    CHECKOUT: (0.3, 1.6, 7.0, 0.4),
    SHIPPING: (12, 20, 80, 12),
    PAYMENT: (12, 20, 80, 12),
    BUY: (16, 27, 110, 16),
    WISH: (1.2, 2.5, 1.0, 0.3),
    LEAVE: (15, 9, 4.0, 16),
}
_FUNNEL = {PAGE: 0.2, LIST: 0.1, VIEW: 0.2, SEARCH: 0.1, CHECKOUT: 0.0}
# How much likelier a step becomes right after another one.
_AFTER: dict[int, dict[int, float]] = {
    SEARCH: {VIEW: 2.0, LIST: 1.5},
    LIST: {VIEW: 2.0, LIST: 0.5},
    ADD: {CART: 4.0, CHECKOUT: 3.0, REMOVE: 1.5, LEAVE: 0.6},
    CART: {CHECKOUT: 5.0, REMOVE: 3.0, CART: 0.0},
    CHECKOUT: _FUNNEL,
    SHIPPING: _FUNNEL,
    PAYMENT: _FUNNEL,
}
# What follows certain steps only: nobody adds an item unseen, or pays before giving an address.
_ONLY_AFTER: dict[int, tuple[int, ...]] = {
    ADD: (VIEW, WISH),
    WISH: (VIEW,),
    SHIPPING: (CHECKOUT,),
    PAYMENT: (SHIPPING,),
    BUY: (PAYMENT,),
}
_IN_CART = (REMOVE, CART, CHECKOUT, SHIPPING, PAYMENT, BUY)
# In the checkout, by level of hesitance.
_HESITATING = {LEAVE: (0.4, 1.0, 3.5), CART: (0.4, 1.0, 4.0), VIEW: (0.5, 1.0, 2.0)}
_ON_SALE = {ADD: 1.3, CHECKOUT: 1.2}
_LANDING: dict[int, tuple[float, float, float, float]] = {
    PAGE: (0.50, 0.30, 0.25, 0.90),
    LIST: (0.28, 0.20, 0.15, 0.04),
    VIEW: (0.20, 0.38, 0.48, 0.04),
    SEARCH: (0.02, 0.12, 0.12, 0.02),
}


def kind_of(intent: Ints, hesitance: Ints, sale: Ints) -> Ints:
    """Return the number of the kind of a visit."""
    return (intent * HESITANCE + hesitance) * 2 + sale


def state_of(step: Ints, cart: Ints) -> Ints:
    """Return the number of a state: the step just done, and the pieces in the cart after it."""
    return step * _CARTS + cart


def _weights() -> Floats:
    """Return weights, shaped (intent, hesitance, sale, step done, cart, next step)."""
    weights = np.zeros((len(INTENTS), HESITANCE, 2, len(STEPS), _CARTS, LEAVE + 1))
    for step, by_intent in _APPETITE.items():
        weights[..., step] = np.array(by_intent)[:, None, None, None, None]
    for done, lifts in _AFTER.items():
        for step, lift in lifts.items():
            weights[:, :, :, done, :, step] *= lift
    for step, before in _ONLY_AFTER.items():
        weights[:, :, :, [d for d in range(len(STEPS)) if d not in before], :, step] = 0.0
    for level in range(HESITANCE):
        for step, lifts_by_level in _HESITATING.items():
            weights[:, level, :, CHECKOUT : PAYMENT + 1, :, step] *= lifts_by_level[level]
    for step, lift in _ON_SALE.items():
        weights[:, :, 1, :, :, step] *= lift
    weights[:, :, :, :, 0, list(_IN_CART)] = 0.0
    weights[:, :, :, :, CART_MOST, ADD] = 0.0
    # A purchase ends the visit.
    weights[:, :, :, BUY, :, :LEAVE] = 0.0
    return weights


def _cumulative(weights: Floats) -> Floats:
    sums = np.add.accumulate(weights, axis=-1)
    cumulative: Floats = sums / sums[..., -1:]
    return cumulative


def _next_states() -> Ints:
    """Return the state that each next step leads to, shaped (state, next step)."""
    cart = np.tile(np.arange(_CARTS), len(STEPS))[:, None]
    step = np.arange(len(STEPS))[None, :]
    after = cart + (step == ADD) - (step == REMOVE)
    after = np.where(step == BUY, 0, np.clip(after, 0, CART_MOST))
    return state_of(step, after)


CUMULATIVE = _cumulative(_weights()).reshape(KINDS * STATES, LEAVE + 1)
"""Cumulative chances of the next step, one row for `kind * STATES + state`."""
CHANCES = np.diff(CUMULATIVE, axis=1, prepend=0.0).reshape(KINDS, STATES, LEAVE + 1)
"""Chances of the next step, shaped (kind, state, next step)."""
NEXT = _next_states()


def _to_buy() -> Floats:
    """Return the chance to buy yet, shaped (events left, kind, state): backwards from the end."""
    chances = np.zeros((LONGEST + 1, KINDS, STATES))
    for left in range(1, LONGEST + 1):
        for step in range(len(STEPS)):
            then = 1.0 if step == BUY else chances[left - 1][:, NEXT[:, step]]
            chances[left] += CHANCES[:, :, step] * then
    return chances


TO_BUY = _to_buy()
"""Chance that a purchase is yet to come in the visit, by (events left, kind, state)."""
LANDINGS = np.array([_LANDING.get(step, (0.0,) * 4) for step in range(len(STEPS))])
"""Chance of each first step of a visit, shaped (step, intent)."""
LANDED = _cumulative(LANDINGS.T)
"""The same cumulative, shaped (intent, step)."""


def _at_the_door() -> Floats:
    chances = np.zeros((KINDS, _CARTS))
    intent = np.arange(KINDS) // (2 * HESITANCE)
    for step in range(len(STEPS)):
        first = state_of(np.full(_CARTS, step), np.arange(_CARTS))
        chances += LANDINGS[step][intent][:, None] * TO_BUY[LONGEST - 1][:, first]
    return chances


AT_THE_DOOR = _at_the_door()
"""Chance that a visit ends with a purchase before its first event, by (kind, pieces in cart)."""
