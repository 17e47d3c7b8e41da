"""People leave: core and reference agree on who, when and what then.

That no machine changes it `test_simulator` proves.
"""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.endless import pass_by
from tests.lanes.answers import Answer, _answer, differences, of_reference
from tests.lanes.leaving import Leaving, leaving
from tests.lanes.streams import arriving
from tests.lanes.test_deltas import missed

pytestmark = pytest.mark.no_cover
QUICK = range(32)
FEW = range(12)
MANY = range(1000, 1120)


def of_core(given: Leaving) -> Answer:
    """Return the answer of the core to a stream as it lies there."""
    return _answer(given.plan, arriving(given.job, given.partitions))


def unlike_reference(seed: int) -> tuple[list[str], Answer]:
    """Tell where core and reference differ, and what the core says."""
    given = leaving(seed)
    found = of_core(given)
    return differences(found, of_reference(given.plain, given.partitions), given.plain), found


def test_core_and_reference_let_the_same_people_leave() -> None:
    """Every output and every count agrees; each kind of thing that can be cut off is.

    And no two decisions have one id, though numbers of events begin anew with each life.
    """
    told = {seed: unlike_reference(seed) for seed in QUICK}

    assert {seed: unlike for seed, (unlike, _) in told.items() if unlike} == {}
    counts = Counter[str]()
    for _, answer in told.values():
        ids = [one["decision_id"] for one in answer["decisions"]]
        assert len(ids) == len(set(ids))
        counts.update(answer["counts"]["evicted"])
        counts.update({"sessions": answer["counts"]["sessions"]["evicted"]})
        counts.update(answer["counts"]["unlearned"])
    assert all(counts[name] >= 10 for name in ("inactive", "most_per_lane", "timers", "sessions"))
    assert all(counts[name] >= 5 for name in ("intent", "churn"))


def test_the_parts_of_a_lane_do_not_bring_back_who_left() -> None:
    """Byte for byte the lane that is there, and most saves are of some people only."""
    told = [missed(leaving(seed, beyond=True), seed) for seed in FEW]

    assert [one for found, _ in told for one in found] == []
    assert sum(partial for _, partial in told) > len(FEW)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_many_streams_lose_the_same_people_as_the_reference(part: int) -> None:
    """The same for many more seeds; those that fail are named."""
    seeds = MANY[part::2]

    assert {seed: unlike for seed in seeds if (unlike := unlike_reference(seed)[0])} == {}


def test_what_is_held_does_not_grow_with_those_who_passed() -> None:
    """A hundred times as many people as may be held pass; slots, pools and ids are used again."""
    sizes = []
    for passed in (2_000, 20_000):
        *_, held = pass_by(passed, most=2, every=2_000, batch=200)
        sizes.append((held.know, held.decide))
        assert held.know <= 128 * 2 + 2 * 200

    assert sizes[1][0] <= 1.2 * sizes[0][0]
