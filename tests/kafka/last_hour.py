"""The hour up to now of a shop, the same at every hour of the day: shops are quiet at night."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rtm_flows.simulate import Shop, simulate

_EVENING = datetime(2026, 3, 2, 22, tzinfo=UTC)


class LastHour(NamedTuple):
    """Events of an hour that ends now."""

    began: datetime
    lines: list[bytes]

    @property
    def text(self) -> bytes:
        """The events as a file holds them."""
        return b"".join(line + b"\n" for line in self.lines)


def last_hour(people: int) -> LastHour:
    """Return the evening hour of a shop with so many people, moved to where it ends now."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    told: list[bytes] = []
    start = _EVENING.strftime("%Y-%m-%dT%H:%M:%SZ")
    simulate(Shop(people=people, days=1 / 24, seed=3, start=start, broken=0), told.append)
    events = [json.loads(line) for line in b"".join(told).splitlines()]
    for one in events:
        moved = datetime.fromisoformat(one["time"]) + (began - _EVENING)
        one["time"] = moved.isoformat(timespec="milliseconds")
    return LastHour(began, [json.dumps(one).encode() for one in events])
