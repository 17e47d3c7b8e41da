"""Plays of the simulated cluster: a short stream, disturbed in several ways, and what came of it.

Each is held against the same stream in one worker and in one pass, which is as far from it as can
be: a disturbed play takes dozens of passes. Streams are short because many of them find more than
long ones: what they try is counted, and tests demand that it comes about.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from tests.lanes.census import census
from tests.lanes.cluster import PLACES, Cluster, straight
from tests.lanes.leaving import leaving
from tests.lanes.opened import Opened
from tests.lanes.shopped import shopped
from tests.lanes.streams import Stream, answered, stream

KINDS: Mapping[str, Callable[[int], Stream]] = {
    "events": lambda seed: stream(seed, 24, beyond=True),
    "responses": lambda seed: answered(seed, 14),
    "shopping": lambda seed: shopped(seed, 24),
    "leaving": lambda seed: leaving(seed, 20, beyond=True),
}
"""Short streams by kind: of any events, with answers, of shopping, and of people who leave."""
CRASHES = (0.0, 0.02)
"""Chances that a move brings a crash: without any, and with a few a play."""
CRASHED = {f"crash: {place}" for place in PLACES}


class Played(NamedTuple):
    """What came of some plays."""

    unlike: list[str]
    """What differs, with kind and seed."""
    happened: Counter[str]


def played(kind: str, seed: int, crashes: Iterable[float] = CRASHES) -> Played:
    """Play the stream of a seed undisturbed, and then with each chance to crash."""
    opened = Opened.of(KINDS[kind](seed))
    wanted, wanted_summary = straight(opened.plan, opened.entered()).result
    found = Played([], census(wanted, wanted_summary))
    for chance in crashes:
        rng = random.Random(f"{seed} {chance}")
        cluster = Cluster(opened, rng.choice([1, 2, 3]), rng)
        files, summary = cluster.run(chance)
        unlike = [name for name, lines in wanted.items() if files[name] != lines]
        unlike += [] if summary == wanted_summary else ["summary"]
        found.unlike.extend(f"{kind}, seed {seed}, crashes {chance}: {name}" for name in unlike)
        found.happened.update(+cluster.happened)
    return found


def together(plays: Iterable[Played]) -> Played:
    """Return what came of all of some plays."""
    found = Played([], Counter())
    for one in plays:
        found.unlike.extend(one.unlike)
        found.happened.update(one.happened)
    return found
