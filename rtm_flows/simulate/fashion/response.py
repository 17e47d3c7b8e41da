"""The response truth: what an action does to a person at a moment, and what that is worth.

In: what is true of people at moments, kinds of actions, channels. Out: the chances that the action
is seen, clicked, and followed by a purchase, how much likelier it makes that somebody leaves, and
the expected profit of doing it rather than nothing. A pure function: nothing is drawn here, and
nothing is known of decisions. The formulas and why they are so: docs/simulated-shop.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.draws import Bools, Floats, Ints
from rtm_flows.simulate.fashion.goods import MARGIN
from rtm_flows.simulate.fashion.messages import BOUNCED, click_chance, open_chance

KINDS = (*("help", "discount", "similar", "accessory", "reminder", "win_back", "answer", "thanks"),)
(HELP, DISCOUNT, SIMILAR, ACCESSORY, REMINDER, WIN_BACK, ANSWER, THANKS) = range(len(KINDS))
CHANNELS = ("onsite", "email", "push", "call_center")
ONSITE, EMAIL, PUSH, CALL = range(len(CHANNELS))

COSTS = np.array([0.0, 0.01, 0.005, 2.5])
"""What one contact costs on each channel, in currency units."""
OFF = 0.10
"""Share of the cart that a discount gives away."""
BASKET = 48.0
"""What somebody spends who buys with nothing in the cart yet, and what an accessory costs."""
EXTRA = 30.0
RETURN_DAYS = 3.0
"""Of somebody who is not in the shop, a purchase within so many days is what may be changed."""
NOTICED = 0.7
"""Each time that anything was shown in a visit, what is shown next is noticed so much less."""

_VISIT_BUYS = 0.03
_HELPED = np.array([0.0, 0.05, 0.22])
_IN_CHECKOUT = (c.CART, c.CHECKOUT, c.SHIPPING, c.PAYMENT)
_LOOKING = (c.LIST, c.VIEW, c.SEARCH)


class State(NamedTuple):
    """What is true of people at moments; one row each.

    Attributes
    ----------
    in_visit, gone
        In the shop; left for good, so that nothing brings them back.
    step, tried, pieces, worth
        The step just done; a checkout was begun in this visit; what is in the cart, and its worth
        in currency units.
    chance
        To buy in this visit, or for who is away within `RETURN_DAYS`, if nothing is done.
    intent, hesitance, thrift, eager, mail, push, mail_ok, push_ok
        As in `people.People`; an intent of -1 for who is away.
    fatigue, case, window
        Messages of late, those of these decisions included; an open case; an order on its way.
    away_days, stays
        Days since the last event, and the visits that are yet to be expected of the person.
    repeats
        How often the same was done before in this visit, or, outside, in the last days.
    shown
        How often anything was shown on the site before in this visit.
    """

    in_visit: Bools
    gone: Bools
    step: Ints
    tried: Bools
    pieces: Ints
    worth: Floats
    chance: Floats
    intent: Ints
    hesitance: Ints
    thrift: Floats
    eager: Floats
    mail: Floats
    push: Floats
    mail_ok: Bools
    push_ok: Bools
    fatigue: Floats
    case: Bools
    window: Bools
    away_days: Floats
    stays: Floats
    repeats: Ints
    shown: Ints


class Chances(NamedTuple):
    """What comes of actions; one row each.

    Attributes
    ----------
    seen
        Chance that the action is seen at all; a mail or push message, that it is opened.
    clicked
        Chance that who sees it clicks.
    converts
        Chance to buy for who sees it; for who does not, it is the state's `chance`.
    leaves
        By how much the chance to leave for good grows (or shrinks) for who is reached.
    """

    seen: Floats
    clicked: Floats
    converts: Floats
    leaves: Floats


def chance(state: State, kind: Ints, channel: Ints) -> Chances:
    """Return what comes of actions.

    Parameters
    ----------
    state
        What is true of each person.
    kind, channel
        Places in `KINDS` and `CHANNELS`.
    """
    seen = _seen(state, channel)
    lift = np.clip(_lift(state, kind, channel), -1.0, 0.95) * 0.5**state.repeats
    p = state.chance
    converts = p + np.where(lift > 0, lift * (1.0 - p), lift * p)
    interest = np.where(channel == ONSITE, 0.04, click_chance(state.eager, channel == EMAIL))
    # Whom the action changes has looked at it.
    clicked = np.clip(np.maximum(interest, 1.5 * lift), 0.0, 0.95)
    return Chances(seen, clicked, np.clip(converts, 0.0, 1.0), _leaves(state, kind, channel))


def value(state: State, kind: Ints, channel: Ints) -> Floats:
    """Return the expected profit of actions over doing nothing, in currency units.

    What is sold more, less what is given away, also to those who would have bought anyway, less
    the contact, and less what those would have brought who leave because of it.
    """
    chances = chance(state, kind, channel)
    spent = np.where(state.pieces > 0, state.worth, BASKET)
    spent = np.where(kind == ACCESSORY, EXTRA, spent)
    given = np.where(kind == DISCOUNT, OFF * spent, 0.0)
    sold = (chances.converts - state.chance) * MARGIN * spent - chances.converts * given
    yet = state.stays * _VISIT_BUYS * state.eager * MARGIN * BASKET
    worth: Floats = chances.seen * sold - chances.leaves * yet - COSTS[channel]
    return worth


def _seen(state: State, channel: Ints) -> Floats:
    mail = channel == EMAIL
    liking = np.where(mail, state.mail, state.push)
    opened = open_chance(liking, mail, state.fatigue, state.case)
    allowed = np.where(mail, state.mail_ok, state.push_ok)
    message = opened * allowed * np.where(mail, 1.0 - BOUNCED, 1.0)
    by_channel = np.where(channel == CALL, 0.6, message)
    # Who has been shown much looks at it no more (banner blindness).
    noticed = 0.9 * NOTICED ** np.minimum(state.shown, 60)
    return np.where(channel == ONSITE, np.where(state.in_visit, noticed, 0.0), by_channel)


def _lift(state: State, kind: Ints, channel: Ints) -> Floats:
    """Return the share of those who would not buy that now do; below 0, of those who would."""
    lifts = np.stack(
        [
            _help(state),
            _discount(state),
            _similar(state),
            np.where(state.window & ~state.case, 0.03 + 0.05 * np.minimum(state.eager, 3.0), 0.002),
            _reminder(state, channel),
            np.where(~state.in_visit & ~state.case & (state.away_days >= 5.0), 0.06, 0.004),
            np.zeros(len(state.chance)),
            np.zeros(len(state.chance)),
        ]
    )
    lift: Floats = np.where(state.gone, 0.0, lifts[kind, np.arange(len(state.chance))])
    # A window in the way of somebody who is about to buy is seen with other eyes than a mail.
    return np.where((lift < 0) & (channel != ONSITE), 0.0, lift)


def _reminder(state: State, channel: Ints) -> Floats:
    # A message finds the person later, when the visit is over.
    later = ~state.in_visit | (channel == EMAIL) | (channel == PUSH)
    return np.where(later & (state.pieces > 0) & ~state.case, 0.12, 0.0)


def _help(state: State) -> Floats:
    at_till = np.isin(state.step, _IN_CHECKOUT) | state.tried
    at_till &= state.in_visit & (state.pieces > 0)
    return np.where(at_till & (state.hesitance > 0), _HELPED[state.hesitance], -0.02)


def _discount(state: State) -> Floats:
    tempted = (state.pieces > 0) & ~state.case
    return np.where(tempted, 0.01 + 0.25 * state.thrift**2, 0.0)


def _similar(state: State) -> Floats:
    looking = state.in_visit & (state.pieces == 0) & np.isin(state.step, _LOOKING)
    browsing = looking & ((state.intent == c.BROWSE) | (state.intent == c.SEEK))
    return np.where(browsing, np.where(state.intent == c.SEEK, 0.015, 0.004), -0.02)


def _leaves(state: State, kind: Ints, channel: Ints) -> Floats:
    message = (channel == EMAIL) | (channel == PUSH)
    reached = np.where(channel == EMAIL, state.mail_ok, state.push_ok)
    reached = np.where(message, reached, np.where(channel == ONSITE, state.in_visit, True))
    bothers = np.where(message, 0.002 * np.exp2(np.minimum(state.fatigue, 12.0) / 3.0), 0.0)
    selling = (kind != ANSWER) & (kind != HELP)
    harm = np.where(selling, bothers + np.where(state.case, 0.05, 0.0), 0.0)
    good = np.where(kind == ANSWER, np.where(state.case, 0.06, 0.0), 0.0)
    good += np.where((kind == THANKS) & ~state.case, 0.002, 0.0)
    leaves: Floats = np.where(
        reached & ~state.gone, np.minimum(harm - good * 0.5**state.repeats, 1.0), 0.0
    )
    return leaves


def chance_away(rate: Floats, eager: Floats) -> Floats:
    """Return the chance that somebody who is away buys within `RETURN_DAYS`, about.

    Parameters
    ----------
    rate
        Visits a day.
    """
    bought: Floats = 1.0 - np.exp(-rate * RETURN_DAYS * np.minimum(_VISIT_BUYS * eager, 1.0))
    return bought
