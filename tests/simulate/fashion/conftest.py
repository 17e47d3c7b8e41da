"""Three weeks of a fashion shop, written once."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest

from rtm_flows.simulate import Fashion, Written, simulate_fashion

Event = dict[str, Any]


class Told(NamedTuple):
    """A shop, its lines, and what each of them says."""

    shop: Fashion
    lines: list[bytes]
    events: list[Event]
    written: Written

    def of(self, *types: str) -> list[Event]:
        """Return the events of some types."""
        return [event for event in self.events if event["type"] in types]


def bytes_of(shop: Fashion, visits_a_slice: int = 40_000) -> bytes:
    """Return all that a shop writes."""
    parts: list[bytes] = []
    simulate_fashion(shop, parts.append, visits_a_slice=visits_a_slice)
    return b"".join(parts)


@pytest.fixture(scope="session")
def told() -> Told:
    """Write and read three weeks."""
    shop = Fashion(people=1_000, days=21, seed=4)
    parts: list[bytes] = []
    written = simulate_fashion(shop, parts.append)
    lines = b"".join(parts).splitlines()
    return Told(shop, lines, [msgspec.json.decode(line) for line in lines], written)
