"""The benchmark's clickstream is the same everywhere."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path

from benchmarks.make_events import lines, write_events


def test_bytes_are_pinned(tmp_path: Path) -> None:
    """The same number of events is the same bytes, on any machine and in any version."""
    out = tmp_path / "events.jsonl"

    write_events(100, out)

    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert digest == "1e247f236980fd2f0656fb8ce59d476ee024c8e62928ae00ca8a426016fe1ea7"


def test_events_look_like_a_shop() -> None:
    """There are as many events as asked for, with distinct ids, slightly out of order."""
    events = [json.loads(line) for line in lines(2_000)]

    assert len({event["event_id"] for event in events}) == len(events) == 2_000
    behind = [first["ts"] - then["ts"] for first, then in pairwise(events)]
    assert 0 < max(behind) < 60_000
    assert {"page_view", "purchase"} < {event["type"] for event in events}
