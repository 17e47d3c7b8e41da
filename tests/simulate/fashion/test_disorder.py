"""Disorder of the fashion shop: copies, stragglers and broken records, as many as are counted."""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np

from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from rtm_flows.simulate import Fashion, simulate_fashion
from tests.simulate.fashion.conftest import Event, bytes_of

SHOP = Fashion(people=300, days=5, seed=3)
BROKEN = msgspec.structs.replace(SHOP, duplicates=0.02, late=0.03, broken=0.04, disorder_ms=700)
MINUTE = np.timedelta64(60_000, "ms")


def test_what_is_broken_is_refused_for_the_reason_counted() -> None:
    """Every other record is read, and tells the same events as the shop in order."""
    lines = bytes_of(BROKEN)
    told = simulate_fashion(BROKEN, lambda _: None)
    parsed = Parser(CANONICAL, source="shop").parse_block(lines)
    refused = Counter(letter.reason for letter in parsed.bad)
    wanted = set(bytes_of(SHOP).splitlines())

    assert refused == told.broken
    assert len(told.broken) > 5
    assert told.records == lines.count(b"\n") == len(parsed.table) + sum(refused.values())
    assert wanted <= set(lines.splitlines())
    assert told.events == len(wanted)


def test_copies_and_late_records_are_counted() -> None:
    """By a reader that takes the lines one by one."""
    told = simulate_fashion(BROKEN, lambda _: None)
    whole = set(bytes_of(SHOP).splitlines())
    seen, top = Counter[str](), np.datetime64(0, "ms")
    late = late_events = 0
    for line in bytes_of(BROKEN).splitlines():
        if line in whole:
            event: Event = msgspec.json.decode(line)
            time = np.datetime64(event["time"].removesuffix("Z"))
            late += bool(time < top - MINUTE)
            late_events += bool(time < top - MINUTE) and not seen[event["id"]]
            top = max(top, time)
            seen[event["id"]] += 1

    assert sum(count - 1 for count in seen.values()) == told.duplicates > 50
    assert (late, late_events) == (told.late, told.late_events)
    assert late > 50
