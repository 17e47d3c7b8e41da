"""The core against the reference: what came of decisions, what is served from it, what rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from rtm_flows.people.answers import ORPHANS
from tests.lanes.answers import differences, of_core, of_reference
from tests.lanes.streams import RESTING, answered

pytestmark = pytest.mark.no_cover
SEEDS = range(48)


def test_responses_agree() -> None:
    """Labels, orphans and their reasons, statistics, what rests, and the decisions by all that."""
    heard, labels, learned, drawn = Counter[str](), Counter[bool](), 0, 0
    for seed in SEEDS:
        job, partitions = answered(seed)
        found = of_core(job, partitions)

        assert (seed, differences(found, of_reference(job, partitions), job)) == (seed, [])
        heard.update(orphan["reason"] for orphan in found["orphans"])
        labels.update(one["label"] for one in found["responses"])
        fired = {one["decision_id"]: one["trigger"]["type"] for one in found["decisions"]}
        heard.update(fired.get(one["decision_id"], "possible") for one in found["responses"])
        slates = [one["candidates"] for one in found["decisions"]]
        heard.update(one["reason"] for slate in slates for one in slate)
        drawn += sum(map(is_drawn, found["decisions"]))
        learned += len({one["propensity"] for one in found["decisions"] if one["name"] == "ask"})
    # Else the streams would not try what they are for. Of a score that did not rise an outcome is
    # believed all the same, so some decisions that were answered are only possible ones.
    pauses = {pause["name"] for pauses in RESTING for pause in pauses}
    assert {*ORPHANS, *pauses, "quiet", "busy", "possible"} <= set(heard)
    assert min(labels[True], labels[False]) > len(SEEDS)
    assert learned > 2 * len(SEEDS)
    assert drawn > 10 * len(SEEDS)


def is_drawn(decision: Mapping[str, Any]) -> bool:
    """Tell whether offers had some chance by what has been learned of them."""
    chances = [one["action_prob"] for one in decision["candidates"] if one.get("evidence", 0)]
    return any(0.0 < chance < 1.0 for chance in chances)
