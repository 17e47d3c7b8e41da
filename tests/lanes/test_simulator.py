"""The core under every order of events that an engine may bring about, and under crashes."""

from __future__ import annotations

import os

import pytest

from tests.lanes.answers import differences, of_core, of_reference
from tests.lanes.plays import CRASHED, KINDS, Played, played, together
from tests.lanes.streams import stream

QUICK = range(40)
PARTS = 2
"""Seeds of a kind are tried in so many tests, which may run side by side."""
MANY = range(1000, 1000 + int(os.environ.get("RTM_SEEDS", "1000")))
ENOUGH = 200
"""In so many seeds all that is below comes about: each did in several of any hundred."""
TRIED = CRASHED | {
    "other workers", "snapshots of some people", "late", "sessions: gap", "sessions: end_of_input",
    "candidate: won", "candidate: outranked", "candidate: eligibility", "candidate: suitability",
    "candidate: below_floor", "candidate: held_back", "candidate: not_drawn", "policy: random",
    "superseding", "intent: n", "intent: censored", "churn: n", "churn: censored",
    "scored by a version", "trigger: event", "trigger: gone", "trigger: left", "trigger: quiet",
    "trigger: own", "trigger: busy", "trigger: missing",
}  # fmt: skip
"""What must come about in plays of every kind, or they would not try what they are for."""
TRIED_BY: dict[str, set[str]] = {
    "events": {
        "duplicate", "conflicting", "dead_letters: broken_json", "intent: corrected",
        "intent: promotions", "trigger: keen", "trigger: looked", "trigger: stalled",
        "trigger: found", "candidate: applicability",
    },
    "responses": {
        "duplicate", "outcomes: positive", "outcomes: negative", "outcomes: shown",
        "orphans: another_action", "orphans: no_decision_id", "orphans: too_late",
        "orphans: unknown_action", "orphans: unknown_decision",
    },
    "shopping": {
        "with items", "held back: bought", "held back: live_cart", "held back: no_item",
        "held back: open_case", "held back: removed", "no_action: suppressed",
    },
    "leaving": {
        "evicted: inactive", "evicted: most_per_lane", "evicted: timers", "sessions: evicted",
        "intent: evicted", "churn: evicted",
    },
}  # fmt: skip
"""And in those of one."""


def missing(kind: str, found: Played) -> set[str]:
    """Return what must come about in plays of a kind, and did not."""
    return {name for name in TRIED | TRIED_BY[kind] if not found.happened[name]}


@pytest.mark.parametrize("kind", KINDS)
def test_any_interleaving_gives_the_same_bytes(kind: str) -> None:
    """Workers, batches, queues and crashes change nothing in any output."""
    found = together(played(kind, seed) for seed in QUICK)

    assert found.unlike == []
    assert sum(found.happened[one] > 0 for one in CRASHED) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_interleavings_give_the_same_bytes(kind: str, part: int) -> None:
    """The same, for many more seeds, which fail by name; and all that can happen does."""
    seeds = MANY[part::PARTS]
    found = together(played(kind, seed) for seed in seeds)

    assert found.unlike == []
    assert len(seeds) < ENOUGH or missing(kind, found) == set()


@pytest.mark.slow
def test_hundreds_of_seeds_agree_with_the_reference() -> None:
    """What no interleaving changes is what the page says; the failing seeds are named."""
    told = {}
    for seed in MANY[::5]:
        job, partitions = stream(seed)
        told[seed] = differences(of_core(job, partitions), of_reference(job, partitions), job)

    assert {seed: unlike for seed, unlike in told.items() if unlike} == {}
