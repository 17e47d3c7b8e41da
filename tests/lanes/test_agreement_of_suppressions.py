"""The core against the reference: what is held back of what people have running, and the items."""

from __future__ import annotations

from collections import Counter

import pytest

from rtm_flows.policy.suppressions import SUPPRESSIONS
from tests.lanes.answers import differences, of_core, of_reference
from tests.lanes.shopped import ABOUTS, shopped

pytestmark = pytest.mark.no_cover
SEEDS = range(60)


def test_suppressions_agree() -> None:
    """Every decision is that of the reference, with its items; and all that can happen does."""
    held, nothing = Counter[str](), Counter[str]()
    won: dict[str, set[int]] = {f"about_{about}": set() for about in ABOUTS}
    for seed in SEEDS:
        job, partitions = shopped(seed)
        found = of_core(job, partitions)

        assert (seed, differences(found, of_reference(job, partitions), job)) == (seed, [])
        for one in found["decisions"]:
            dropped = [c for c in one["candidates"] if c["stage_dropped"] == "suppression"]
            held.update(c["reason"] for c in dropped)
            nothing[str(one["reason"])] += 1
            if one["name"] in won:
                won[one["name"]].add(len(one["items"]))
    # Else the streams would not try what they are for.
    assert set(held) == set(SUPPRESSIONS)
    assert min(held.values()) >= 5
    assert min(nothing[one] for one in ("suppressed", "held_back", "None")) > 100
    assert (won["about_"], won["about_event"]) == ({0}, {1})
    assert all({1, 2, 4} <= won[f"about_{about}"] for about in ("cart", "viewed", "accessory"))
