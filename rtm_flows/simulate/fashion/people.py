"""The people of the fashion shop: what they are like, and what they carry between visits.

In: the settings. Out: columns with one row a place, which one person holds at a time. What a person
is like is a function of the seed and the person's number; no line tells it.

Notes
-----
Visits come by chance at the place's own rate (gamma, shape 0.7), after each a person leaves for
good with a chance of their own (beta, one in twenty in the mean), and another takes the place: the
model BG/NBD of Fader, Hardie and Lee (Marketing Science 2005), with what a business can act on
added to it (`visits.leave_chance`).
"""

from __future__ import annotations

import numpy as np

from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion.chain import CART_MOST, HESITANCE
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.goods import CATEGORIES
from rtm_flows.simulate.fashion.places import LOCALES, NEVER, Rhythm
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.shop import DAY_MS

FATIGUE_HALF_LIFE = 7 * DAY_MS
DEVICES = ("desktop", "mobile", "tablet")
_RATES = np.clip(d.gamma_quantiles(0.7), 1e-3, 6.0)
_LEAVING = d.beta_quantiles(0.35, 6.65)
_SHYNESS = d.beta_quantiles(0.8 * 0.35, 0.8 * 0.65)
_MAIL = d.beta_quantiles(1.6, 4.4)
_PUSH = d.beta_quantiles(0.8, 7.2)
_STORE = d.beta_quantiles(0.15, 9.85)
_EAGER = np.exp(0.5 * d.normal_quantiles() - 0.125)
_SHARES = np.add.accumulate(np.array([locale.share for locale in LOCALES]))

_TRAITS = 16
"""Purposes of a person's own draws are below this; those of visits and messages begin with it."""

_NUMBERS = (
    *("taste", "second", "hesitance", "device", "visits", "campaign", "ordered", "organic"),
    *("click", "cart", "added_at", "bought_at", "case_from", "case_until", "late_from"),
    *("late_until", "ordered_at", "delivered_at", "tired_at"),
)
_FRACTIONS = (*("eager", "thrift", "mail", "push", "social", "shy", "store", "leaning", "tired"),)
_FLAGS = ("mail_ok", "push_ok", "told")


class People:
    """One row a place: who holds it, changed as visits end and messages come.

    Attributes
    ----------
    place, person, key
        Number of the place, of who holds it (the place, plus the number of places for each one
        before), and that person's key for draws.
    rate, locale
        Visits a day, and where the person lives; who follows in a place is alike in these.
    taste, second, eager, hesitance, thrift, mail, push, social, shy, store, device, leaning
        Two favourite categories; liking to buy (mean 1); level of hesitance; how much a price
        matters, 0 to 1; chances to open a mail and a push message, to post after an order, to
        visit without login, and to come to the store; usual device; chance to leave after a visit.
    visits
        Visits so far.
    organic, click, campaign
        When the person comes next unbidden, or from a message (`NEVER`: not), and from which.
    mail_ok, push_ok, told
        Leave given for each channel, and whether the shop has been told.
    cart, items, added_at, bought_at
        Pieces in the cart of a known person, which items, and when it was last left or emptied.
    case_from, case_until, late_from, late_until
        From when to when a service case is open, and an order known to be late.
    ordered_at, delivered_at, ordered
        The latest order, when it comes, and an item of it.
    tired, tired_at
        Messages received, fading by half in a week, as of a time.
    """

    def __init__(self, shop: Fashion, rhythm: Rhythm, places: Ints | None = None) -> None:
        self.shop, self.rhythm = shop, rhythm
        self.place = np.arange(shop.people) if places is None else places
        n = len(self.place)
        of_place = d.keys(shop.seed, self.place + (1 << 41))
        self.rate = shop.visits_per_day * d.quantile(_RATES, d.unit(d.draw(of_place, 0)))
        where = np.searchsorted(_SHARES, d.unit(d.draw(of_place, 1)), side="right")
        self.locale = np.minimum(where, len(LOCALES) - 1).astype(np.int64)
        self.person = self.place - shop.people
        self.key = np.zeros(n, dtype=np.uint64)
        for name in _NUMBERS:
            setattr(self, name, np.zeros(n, dtype=np.int64))
        for name in _FRACTIONS:
            setattr(self, name, np.zeros(n))
        for name in _FLAGS:
            setattr(self, name, np.zeros(n, dtype=np.bool_))
        self.items = np.zeros((n, CART_MOST), dtype=np.int64)
        self.enter(np.arange(n), np.full(n, shop.start_ms, dtype=np.int64))

    taste: Ints
    second: Ints
    hesitance: Ints
    device: Ints
    visits: Ints
    campaign: Ints
    organic: Ints
    click: Ints
    cart: Ints
    added_at: Ints
    bought_at: Ints
    case_from: Ints
    case_until: Ints
    late_from: Ints
    late_until: Ints
    ordered_at: Ints
    delivered_at: Ints
    tired_at: Ints
    ordered: Ints
    eager: Floats
    thrift: Floats
    mail: Floats
    push: Floats
    social: Floats
    shy: Floats
    store: Floats
    leaning: Floats
    tired: Floats
    mail_ok: Bools
    push_ok: Bools
    told: Bools

    def enter(self, rows: Ints, since: Ints) -> None:
        """Let the next person take each of these places at a time; nothing is brought along."""
        self.person[rows] += self.shop.people
        key = d.keys(self.shop.seed, self.person[rows])
        self.key[rows] = key
        self._like(rows, key)
        for carried in (self.visits, self.cart, self.case_from, self.case_until):
            carried[rows] = 0
        for carried in (self.late_until, self.ordered_at, self.delivered_at, self.tired_at):
            carried[rows] = 0
        self.added_at[rows] = self.bought_at[rows] = 0
        self.tired[rows] = 0.0
        self.click[rows] = NEVER
        account = self.shy[rows] < 0.95
        self.mail_ok[rows] = account & (_uniform(key, 11) < 0.75)
        self.push_ok[rows] = account & (self.device[rows] > 0) & (_uniform(key, 12) < 0.45)
        self.told[rows] = False
        self.plan(rows, since)

    def _like(self, rows: Ints, key: Hashes) -> None:
        kinds = len(CATEGORIES)
        self.taste[rows] = (_uniform(key, 0) * kinds).astype(np.int64)
        self.second[rows] = (_uniform(key, 1) * kinds).astype(np.int64)
        self.eager[rows] = d.quantile(_EAGER, _uniform(key, 2))
        self.hesitance[rows] = (_uniform(key, 3) * HESITANCE).astype(np.int64)
        self.thrift[rows] = _uniform(key, 4)
        self.mail[rows] = d.quantile(_MAIL, _uniform(key, 5))
        self.push[rows] = d.quantile(_PUSH, _uniform(key, 6))
        self.social[rows] = _uniform(key, 7) ** 3
        self.shy[rows] = d.quantile(_SHYNESS, _uniform(key, 8))
        self.store[rows] = d.quantile(_STORE, _uniform(key, 9))
        device = np.searchsorted([0.35, 0.94], _uniform(key, 10), side="right")
        self.device[rows] = device
        self.leaning[rows] = d.quantile(_LEAVING, _uniform(key, 13))

    def plan(self, rows: Ints, since: Ints) -> None:
        """Draw when people come next unbidden, after a time."""
        key = d.draw_each(self.key[rows], _TRAITS + 8 * self.visits[rows])
        wait = -np.log1p(-d.unit(key)) / np.maximum(self.rate[rows], 1e-12)
        self.organic[rows] = self.rhythm.after(self.locale[rows], since, wait)

    def next_visit(self) -> Ints:
        """Return when each person comes next."""
        return np.minimum(self.organic, self.click)

    def visit_keys(self, rows: Ints) -> Hashes:
        """Return keys for the draws of the visits that come next."""
        return d.draw_each(self.key[rows], _TRAITS + 8 * self.visits[rows] + 1)

    def fatigue(self, rows: Ints, time: Ints) -> Floats:
        """Return the messages received of late, as they have faded by a time."""
        age = np.maximum(time - self.tired_at[rows], 0) / FATIGUE_HALF_LIFE
        faded: Floats = self.tired[rows] * np.exp2(-age)
        return faded

    def has_case(self, rows: Ints, time: Ints) -> Bools:
        """Tell who has an open service case at a time."""
        return (self.case_from[rows] <= time) & (time < self.case_until[rows])

    def is_late(self, rows: Ints, time: Ints) -> Bools:
        """Tell whose order is known to be late at a time."""
        return (self.late_from[rows] <= time) & (time < self.late_until[rows])


def _uniform(key: Hashes, purpose: int) -> Floats:
    return d.unit(d.draw(key, purpose))
