"""People dealt to other lanes on the way: not one byte of any output tells."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from rtm_flows.errors import RecoveryError
from tests.lanes.cluster import Cluster
from tests.lanes.leaving import INACTIVE, leaving
from tests.lanes.refitted import Refitted
from tests.lanes.shopped import shopped
from tests.lanes.streams import Stream, answered, stream


def silent(seed: int) -> Stream:
    """Return a stream of which people leave who are silent; not for want of room in a lane."""
    given = leaving(seed, beyond=True)
    given.plain["people"] = {"inactive": INACTIVE[-1]}
    return given


WORLDS: dict[str, tuple[Callable[[int], Stream], int]] = {
    "all": (lambda seed: stream(seed, 60, beyond=True), 3),
    "answered": (answered, 2),
    "shopped": (shopped, 1),
    "silent": (silent, 4),
}
"""How streams are made, and how many are tried."""


@pytest.mark.parametrize("name", WORLDS)
def test_lanes_dealt_anew_leave_the_same_bytes(name: str) -> None:
    """To 3 lanes, to 16, and back, with crashes in between; outputs and summary are the same."""
    make, seeds = WORLDS[name]
    dealt = 0
    for seed in range(seeds):
        undisturbed = Cluster(make(seed), 1, random.Random(0)).run(0.0)
        rng = random.Random(seed)
        cluster = Refitted(make(seed), rng)
        left = cluster.left
        for lanes in (3, 16, cluster.plan.lanes):
            left = rng.randint(0, left)
            cluster.until(left)
            cluster.go_on_as(cluster.plan._replace(lanes=lanes))
            dealt += 1
        assert cluster.run(0.02) == undisturbed, f"{name}, seed {seed}"
    assert dealt == 3 * seeds


def test_nothing_is_dealt_once_the_end_is_told() -> None:
    """Lanes that have come to the end would have to tell it again."""
    cluster = Refitted(stream(1, 60), random.Random(1))
    cluster.run(0.0)

    with pytest.raises(RecoveryError, match="has told its end already"):
        cluster.go_on_as(cluster.plan._replace(lanes=3))
