"""Make the benchmark's clickstream: `python -m benchmarks.make_events N OUT`.

In: a number of events. Out: that many lines of JSON of about 300 bytes each, in order of arrival
(their times are a little out of order), always the same bytes for the same number. People return
with Zipf's frequencies; sessions browse, shop or buy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SEED = 7
PEOPLE = 50_000
START_MS = 1_767_225_600_000
SPAN_MS = 36 * 3600 * 1000
EVENTS_PER_SESSION = 6.5
BUYER, BUYERS_WHO_BUY = 2, 0.45

TYPES = [
    "page_view",
    "product_view",
    "add_to_cart",
    "remove_from_cart",
    "search",
    "email_open",
    "support_ticket",
    "social_mention",
    "wishlist_add",
    "purchase",
]
# One row for each kind of session: browse, shop, buy; one column for each type.
TYPE_WEIGHTS = [
    [0.52, 0.22, 0.03, 0.01, 0.11, 0.05, 0.015, 0.025, 0.02, 0],
    [0.28, 0.42, 0.09, 0.03, 0.11, 0.03, 0.005, 0.015, 0.02, 0],
    [0.18, 0.42, 0.20, 0.02, 0.10, 0.02, 0.005, 0.005, 0.03, 0.02],
]
SESSION_WEIGHTS = [0.55, 0.30, 0.15]
CHANNELS = ["web", "app", "email", "social", "paid_search", "store"]
CHANNEL_WEIGHTS = [0.5, 0.25, 0.08, 0.07, 0.08, 0.02]
DEVICES = ["desktop", "mobile", "tablet"]
DEVICE_WEIGHTS = [0.4, 0.52, 0.08]
REFERRERS = [
    "https://www.google.com/",
    "https://www.instagram.com/",
    "direct",
    "https://news.example.com/a",
    "https://mail.example.com/c/spring",
    "https://partner.example.org/x",
]
CATEGORIES = [
    "shoes",
    "dresses",
    "electronics",
    "home",
    "beauty",
    "sports",
    "toys",
    "garden",
    "books",
    "grocery",
]
PRODUCT_TYPES = {"product_view", "add_to_cart", "remove_from_cart", "wishlist_add", "purchase"}


class Sessions(NamedTuple):
    """What is drawn once a session."""

    person: Ints
    start: Ints
    length: Ints
    kind: Ints


class Events(NamedTuple):
    """What is drawn once an event; `session` is its row in the sessions."""

    session: Ints
    type: Ints
    time: Ints
    arrival: Ints


class Details(NamedTuple):
    """What an event says besides its type, person and time."""

    product: Ints
    price: Floats
    channel: Ints
    device: Ints
    referrer: Ints
    number: Ints


# The order of the draws, here and below, is part of the format: the bytes depend on it.
def draw_sessions(rng: np.random.Generator, count: int) -> Sessions:
    """Draw who comes when, for how many events, and what for."""
    weights = 1 / np.arange(1, PEOPLE + 1) ** 0.9
    person = rng.choice(PEOPLE, count, p=weights / weights.sum())
    start = rng.integers(0, SPAN_MS, count)
    length = np.maximum(1, rng.geometric(1 / 8.2, count))
    return Sessions(person, start, length, rng.choice(3, count, p=SESSION_WEIGHTS))


def draw_events(rng: np.random.Generator, sessions: Sessions) -> Events:
    """Draw the types and times of all sessions' events."""
    session = np.repeat(np.arange(len(sessions.length)), sessions.length)
    weights = np.array(TYPE_WEIGHTS)
    upto = (weights / weights.sum(1, keepdims=True)).cumsum(1)[sessions.kind[session]]
    types = (rng.random(len(session))[:, None] > upto).sum(1)
    last = np.cumsum(sessions.length) - 1
    buys = (sessions.kind == BUYER) & (rng.random(len(last)) < BUYERS_WHO_BUY)
    types[last[buys]] = TYPES.index("purchase")
    waited = np.cumsum(rng.exponential(35_000, len(session)).astype(np.int64) + 200)
    first = last - sessions.length + 1
    since_first = waited - np.repeat(waited[first], sessions.length)
    time = START_MS + sessions.start[session] + since_first
    return Events(session, types, time, time + rng.exponential(800, len(time)).astype(np.int64))


def draw_details(rng: np.random.Generator, events: int, sessions: int) -> Details:
    """Draw products and prices by event, channel, device and referrer by session."""
    product = rng.zipf(1.3, events) % 20_000
    price: Floats = np.exp(rng.normal(3.3, 1.0, events)).round(2)
    channel = rng.choice(6, sessions, p=CHANNEL_WEIGHTS)
    device = rng.choice(3, sessions, p=DEVICE_WEIGHTS)
    referrer = rng.integers(0, 6, sessions)
    return Details(product, price, channel, device, referrer, rng.integers(0, 2**62, events))


def lines(count: int) -> Iterator[str]:
    """Give `count` events as lines of JSON, without line ends, in order of arrival."""
    rng = np.random.default_rng(SEED)
    sessions = draw_sessions(rng, int(count / EVENTS_PER_SESSION))
    events = draw_events(rng, sessions)
    details = draw_details(rng, len(events.type), len(sessions.person))
    for row in np.argsort(events.arrival, kind="stable")[:count].tolist():
        head = _head(row, sessions, events, details)
        yield f"{{{head},{_tail(TYPES[events.type[row]], row, details)}}}"


def _head(row: int, sessions: Sessions, events: Events, details: Details) -> str:
    session, time = events.session[row], int(events.time[row])
    return (
        f'"event_id":"{details.number[row]:016x}{row:06x}","ts":{time},'
        f'"event_time":"{_rfc3339(time)}","user_id":"u{sessions.person[session]:07d}",'
        f'"session_id":"s{session:08d}","type":"{TYPES[events.type[row]]}",'
        f'"channel":"{CHANNELS[details.channel[session]]}",'
        f'"device":"{DEVICES[details.device[session]]}",'
        f'"referrer":"{REFERRERS[details.referrer[session]]}"'
    )


def _tail(kind: str, row: int, details: Details) -> str:
    product, price = int(details.product[row]), float(details.price[row])
    category = CATEGORIES[product % 10]
    if kind in PRODUCT_TYPES:
        what = f'"product_id":"p{product:06d}","category":"{category}"'
        return f'{what},"price":{price!r},"currency":"EUR","qty":1'
    if kind == "search":
        return f'"query":"red {category} size {product % 50}"'
    if kind == "social_mention":
        felt = f'"network":"x","sentiment":{price % 2 - 1:.3f}'
        return f'{felt},"text":"loving the new {category} line"'
    return f'"url":"https://shop.example.com/{category}/{product}?utm=abc"'


def _rfc3339(time_ms: int) -> str:
    second = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def write_events(count: int, out: Path) -> None:
    """Write `count` events to a file, which appears only when it is complete."""
    out.parent.mkdir(parents=True, exist_ok=True)
    growing = out.with_suffix(".part")
    with growing.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines(count))
    os.replace(growing, out)


if __name__ == "__main__":
    write_events(int(sys.argv[1]), Path(sys.argv[2]))
