"""A naive reader of canonical lines: one line at a time, in plain Python.

In: lines. Out: what became of each, as `docs/semantics.md` sections 1 to 3 define it for one
partition with a lateness of one minute. Shares no code with the package.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]

TYPES = frozenset(
    [
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
    ]
)
KEYS = frozenset(
    [
        "id",
        "time",
        "type",
        "user_id",
        "anonymous_id",
        "channel",
        "device",
        "item_id",
        "item_category",
        "price",
        "quantity",
        "value",
        "transaction_id",
        "search_term",
        "case_id",
        "session_id",
    ]
)
CHANNELS = frozenset(["web", "app", "email", "social", "store"])
DEVICES = frozenset(["desktop", "mobile", "tablet"])

GAP_MS = 1_800_000
LATENESS_MS = 60_000
MOST_BYTES = 1_048_576
MOST_BRACKETS = 1_000
MOST_MONEY = 1e10
FIRST_YEAR, LAST_YEAR = 1990, 2099


@dataclass
class Reading:
    """What a reader found."""

    records: int = 0
    events: dict[str, Event] = field(default_factory=dict)
    valid: list[Event] = field(default_factory=list)
    late: list[Event] = field(default_factory=list)
    duplicates: int = 0
    late_first: int = 0
    broken: Counter[str] = field(default_factory=Counter)


def read(data: bytes) -> Reading:
    """Read lines in the order in which they stand."""
    reading, top = Reading(), None
    for line in data.splitlines():
        reading.records += 1
        event = parse(line)
        if isinstance(event, str):
            reading.broken[event] += 1
            continue
        reading.valid.append(event)
        first = event["id"] not in reading.events
        reading.duplicates += not first
        reading.events.setdefault(event["id"], event)
        if top is not None and event["ms"] < top - LATENESS_MS:
            reading.late.append(event)
            reading.late_first += first
        else:
            top = max(top or 0, event["ms"])
    return reading


def parse(line: bytes) -> Event | str:
    """Return the event of a line, with `ms` and `key` (person key) added, or why there is none."""
    if len(line) > MOST_BYTES:
        return "too_large"
    if line.count(b"[") > MOST_BRACKETS:
        return "too_deep"
    try:
        event = json.loads(line.decode())
    except UnicodeDecodeError:
        return "bad_encoding"
    except ValueError:
        return "broken_json"
    if not isinstance(event, dict):
        return "not_an_object"
    return _fault(event) or _placed(event)


def _fault(event: Event) -> str | None:
    """Return what is wrong with the fields of an event."""
    try:
        time = dt.datetime.fromisoformat(event["time"])
    except ValueError:
        return "bad_time"
    ids = [event[name] for name in ("user_id", "anonymous_id") if name in event]
    faults = {
        "time_out_of_range": not FIRST_YEAR <= time.year <= LAST_YEAR,
        "missing_field": not ids,
        "wrong_type": not all(isinstance(value, str) for value in ids),
        "unknown_type": event["type"] not in TYPES,
        "bad_number": max(event.get("value", 0), event.get("price", 0)) > MOST_MONEY,
    }
    return next((name for name, found in faults.items() if found), None)


def _placed(event: Event) -> Event:
    ms = round(dt.datetime.fromisoformat(event["time"]).timestamp() * 1000)
    known = "user_id" in event
    key = f"u:{event['user_id']}" if known else f"a:{event['anonymous_id']}"
    return {**event, "ms": ms, "key": key}


def by_person(events: list[Event]) -> dict[str, list[Event]]:
    """Return each person's events in the order of time."""
    people: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda e: (e["ms"], e["id"])):
        people.setdefault(event["key"], []).append(event)
    return people


def sessions(events: list[Event]) -> list[list[Event]]:
    """Return the sessions of all people; a pause of more than 30 minutes ends one."""
    found: list[list[Event]] = []
    for mine in by_person(events).values():
        last = None
        for event in mine:
            if last is None or event["ms"] - last > GAP_MS:
                found.append([])
            found[-1].append(event)
            last = event["ms"]
    return found
