"""Who comes in a slice of time, through which channel, and what for.

In: the people, a slice, a random generator. Out: a `Table` with one row a visit. Knows nothing
of the events of a visit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.simulate.behaviour import BROWSE, BUY, CLOSE_CASE, EMAIL, PAGE, SEEK, VIEW
from rtm_flows.simulate.catalogue import CATEGORIES
from rtm_flows.simulate.loyalty import busy
from rtm_flows.simulate.people import SATED, WARM, People
from rtm_flows.simulate.shop import DAY_MS, Shop

CHANNELS = ("web", "app", "email", "social", "store")
WEB, APP, MAIL, SOCIAL, STORE = range(len(CHANNELS))
DEVICES = ("desktop", "mobile", "tablet")
MOBILE = 1

NEVER: Final = (1 << 15) - 1
"""Login step of a visit without login."""

HOUR_MS = 3_600_000
# Visits by hour of the day (UTC): quiet nights, a lunch bump, a long evening.
_HOURS = np.array(
    [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 11, 10, 10, 11, 12, 14, 16, 17, 14, 9, 5]
)
_RHYTHM = _HOURS / _HOURS.mean()
_CHANNEL_SHARES = np.cumsum([0.55, 0.25, 0.10, 0.08])
_MOOD_LASTS_MS = 3 * DAY_MS
_BUY_SHARE, _SEEK_SHARE = 0.11, 0.30
_FAVOURITE = 0.6  # visits for the person's favourite category
_LOGIN_LATER = 0.15
_ON_AN_ITEM = np.array([0.2, 0.35, 0.5])  # visits that land on an item, by intent
_SOLVED = 0.6  # visits that begin with the answer to an open case


def starts_in(
    shop: Shop, rng: np.random.Generator, start_ms: int, stop_ms: int
) -> NDArray[np.int64]:
    """Return the times, sorted, at which visits would begin in a slice."""
    edges = [*range(start_ms, stop_ms, HOUR_MS), stop_ms]
    return np.concatenate([_starts_within(shop, rng, *hour) for hour in pairwise(edges)])


def _starts_within(
    shop: Shop, rng: np.random.Generator, start_ms: int, stop_ms: int
) -> NDArray[np.int64]:
    hour = (start_ms + stop_ms) // 2 % DAY_MS // HOUR_MS
    rhythm = _RHYTHM[hour] * busy(start_ms // DAY_MS)
    mean = shop.people * shop.visits_per_day * (stop_ms - start_ms) / DAY_MS * rhythm
    return np.sort(rng.integers(start_ms, stop_ms, rng.poisson(mean)))


def visits_at(
    shop: Shop,
    people: People,
    rng: np.random.Generator,
    starts: NDArray[np.int64],
    first_number: int,
) -> Table:
    """Return the visits that begin at these times, numbered from `first_number`.

    Columns: `number`, `place`, `person`, `start`, `intent`, `category`, `channel`, `device`,
    `known`, `login` (the step from which the person is logged in), `first` (type of the first
    event), and what the person brings along: `cart_quantity`, `cart_cents`, `case`.
    """
    came = people.draw(rng, starts)
    place, n = came["place"], len(came)
    channel = np.searchsorted(_CHANNEL_SHARES, rng.random(n), side="right").astype(np.int8)
    known = rng.random(n) >= people.shyness[place]
    case = people.case[place]
    intent = _intents(people, rng, place, came["start"])
    return came.with_columns(
        {
            "number": np.arange(first_number, first_number + n),
            "intent": intent,
            "category": _categories(people, rng, place),
            "channel": channel,
            "device": np.where(channel == APP, MOBILE, people.device[place]).astype(np.int8),
            "known": known,
            "login": _logins(rng, known, channel),
            "first": _first_types(rng, intent, channel, case),
            "cart_quantity": np.where(known, people.cart_quantity[place], 0),
            "cart_cents": np.where(known, people.cart_cents[place], 0),
            "case": case,
        }
    )


def _intents(
    people: People, rng: np.random.Generator, place: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int8]:
    fresh = start - people.free_from[place] < _MOOD_LASTS_MS
    mood = np.where(fresh, people.mood[place], 0)
    pull = np.where(mood == WARM, 2.0, np.where(mood == SATED, 0.4, 1.0))
    buy = np.minimum(_BUY_SHARE * people.eagerness[place] * pull, 0.6)
    draw = rng.random(len(place))
    intent = np.where(draw < buy, BUY, np.where(draw < buy + _SEEK_SHARE, SEEK, BROWSE))
    return intent.astype(np.int8)


def _categories(
    people: People, rng: np.random.Generator, place: NDArray[np.int64]
) -> NDArray[np.int64]:
    other = rng.integers(0, len(CATEGORIES), len(place))
    return np.where(rng.random(len(place)) < _FAVOURITE, people.taste[place], other)


def _logins(
    rng: np.random.Generator, known: NDArray[np.bool_], channel: NDArray[np.int8]
) -> NDArray[np.int16]:
    # Only a browser session can begin unknown and turn known; app, mail and till know who it is.
    browser = (channel == WEB) | (channel == SOCIAL)
    later = browser & (rng.random(len(known)) < _LOGIN_LATER)
    step = np.where(later, rng.integers(1, 5, len(known)), 0)
    return np.where(known, step, NEVER).astype(np.int16)


def _first_types(
    rng: np.random.Generator,
    intent: NDArray[np.int8],
    channel: NDArray[np.int8],
    case: NDArray[np.int64],
) -> NDArray[np.int8]:
    landing = np.where(rng.random(len(channel)) < _ON_AN_ITEM[intent], VIEW, PAGE)
    landing = np.where(channel == MAIL, EMAIL, landing)
    solved = (case > 0) & (rng.random(len(channel)) < _SOLVED)
    return np.where(solved, CLOSE_CASE, landing).astype(np.int8)
