"""Moments in the core against the reference.

The same triggers fire, at the same time, by the same events, whatever the stream and its cutting.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.job_strategies import moments, type_lists
from tests.lanes.answers import differences, of_core, of_reference
from tests.strategies import World, partitioned, worlds

pytestmark = pytest.mark.no_cover
quick = settings(max_examples=40)


def with_moments(data: st.DataObject, world: World) -> dict[str, Any]:
    """Return the job of a world with moments drawn for it."""
    gap = int(world.job["sessions"]["gap"][2:-1])
    drawn = data.draw(moments(gap))
    types = data.draw(st.one_of(st.just([]), type_lists()))
    return {**world.job, "triggers": {"types": types, "moments": drawn}}


@pytest.mark.parametrize("way", ["sorted", "event", "log"])
@quick
@given(st.data())
def test_moments_agree(way: str, data: st.DataObject) -> None:
    """All outputs are the same: decisions with their evidence, counts, and all that is learned."""
    world = data.draw(worlds(order=None if way == "sorted" else way, sort=way == "sorted"))
    job = with_moments(data, world)
    rounds = data.draw(partitioned(world.lines))

    assert differences(of_core(job, rounds), of_reference(job, rounds), job) == []
