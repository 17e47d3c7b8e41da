"""Small random streams of people who shop: items, orders, cases, and actions about them.

Out: a job with suppressions and the lines of its partitions, in one of `tests.lanes.streams` where
everything else that can go wrong does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.lanes.streams import START, Stream, stream

BROWSING = ("view_item", "impression", "add_to_cart", "remove_from_cart", "purchase")
ORDERS = ("order_shipped", "order_shipped", "order_delivered", "order_delayed", "order_cancelled")
KINDS = [
    [*BROWSING, *BROWSING, *ORDERS, "view_item", "refund", "case_opened", "case_closed", "search"],
    [*("purchase",) * 5, *ORDERS, "order_completed", "refund", "view_item", "case_closed"],
    [*BROWSING],
]
ABOUTS = ("cart", "viewed", "event", "accessory", "")
SPANS = ("", "PT4S", "PT20S", "PT10M")


def shopped(seed: int, events: int = 80) -> Stream:
    """Return the stream of a seed; every ninth is of one person with more than is remembered."""
    rng = random.Random(f"shopping {seed}")
    plain, partitions = stream(seed)
    many = seed % 9 == 8
    plain["suppressions"] = {
        **{key: rng.choice(SPANS) for key in ("live_cart", "bought", "removed", "delivery")},
        "open_case": rng.random() < 0.6,
        "order_delayed": rng.random() < 0.6,
        "ignored": rng.choice([0, 1, 2]),
        **({} if rng.random() < 0.5 else {"marketing": rng.choice([["grow"], ["service"], []])}),
    }
    items = [f"i{at}" for at in range(70 if many else 4)]
    plain["accessories"] = {item: rng.sample(items, rng.choice([1, 2, 4])) for item in items[1:]}
    about = rng.sample(ABOUTS, rng.choice([1, 2, 5]))
    plain["actions"] = [*(_action(rng, one) for one in about), *plain["actions"]]
    lines = list(_lines(rng, items, 160 if many else events, "a" if many else "abc"))
    share = len(lines) // len(partitions) + 1
    parts = [lines[at : at + share] for at in range(0, len(lines), share)]
    return Stream(plain, [[*_mixed(rng, part)] for part in parts])


def _action(rng: random.Random, about: str) -> dict[str, Any]:
    return {
        "name": f"about_{about}",
        "issue": rng.choice(["grow", "service"]),
        "propensity": rng.choice([0.2, 0.5, 1.0]),
        "treatments": [{"name": "push", "channel": "push"}, {"name": "page"}][: rng.choice([1, 2])],
        **({"about": about} if about else {}),
    }


def _lines(rng: random.Random, items: list[str], events: int, people: str) -> Iterator[bytes]:
    now, kinds = START, KINDS[2] if len(items) > 9 else rng.choice(KINDS[:2])
    for number in range(events):
        now += rng.choice([0, 0, 500, 1000, 3999, 4000, 4001, 12_000])
        event = {
            "id": f"e{number}",
            "time": now - rng.choice([0, 0, 0, 0, 1000, 12_000]),
            "type": rng.choice(kinds),
            "user_id": rng.choice(people),
            "item_id": rng.choice(items),
            "transaction_id": rng.choice(["t1", "t2", "t3"]),
            "case_id": rng.choice(["c1", "c2"]),
            "quantity": rng.choice([0, 1, 1, 2]),
        }
        for name in ("item_id", "transaction_id", "case_id"):
            if rng.random() < 0.15:
                del event[name]
        yield json.dumps(event).encode()


def _mixed(rng: random.Random, lines: list[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines in batches, some of them a little later than they happened."""
    at = 0
    while at < len(lines):
        size = rng.choice([1, 3, 9, 30])
        batch = lines[at : at + size]
        rng.shuffle(batch)
        yield batch
        at += size
