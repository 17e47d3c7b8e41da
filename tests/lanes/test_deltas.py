"""What is saved of a lane, part by part, is all there is: nothing that changes is missed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from rtm_flows.lanes.decide import Decide
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.roll import Due, Roll
from rtm_flows.people.rows import Ints
from tests.lanes.shopped import shopped
from tests.lanes.streams import Stream, answered, arriving, stream

Step = Know | Decide
Parts = tuple[bytes, ...]

WORLDS: dict[str, tuple[Callable[[int], Stream], int]] = {
    "all": (lambda seed: stream(seed, 60, beyond=True), 12),
    "answered": (answered, 10),
    "shopped": (shopped, 4),
}
"""How streams are made, and how many are tried."""


class Lazy(Roll):
    """A roll that lets only those be written who changed, so that no other is by chance."""

    def take(self, lane: int, slots: Ints) -> Due:
        """Return who changed."""
        number = self._number[lane] = self._number.get(lane, -1) + 1
        self._reach(slots)
        chosen = slots[self._written[slots] < 0]
        self._written[chosen] = number
        depth = number - int(self._written[slots].min()) + 1 if len(slots) else 0
        return Due(chosen, depth)


class Saved:
    """The lanes of an engine, saved part by part as a store would keep them."""

    def __init__(self, plan: Plan, saves: int) -> None:
        self.plan, self.saves = plan, saves
        self.engine = Engine(plan)
        self.engine._know, self.engine._decide = Know(plan, saves), Decide(plan, saves=saves)
        self.parts: dict[tuple[str, int], Parts] = {}
        self.partial = 0
        """How many parts were saved that did not hold a whole lane."""

    @property
    def steps(self) -> dict[str, Step]:
        """The steps that know people."""
        return {"know": self.engine._know, "decide": self.engine._decide}

    def save(self, name: str, lanes: Sequence[int]) -> list[str]:
        """Save lanes; tell which are others than they were when their parts are read back."""
        told = zip(lanes, self.steps[name].save(lanes), strict=True)
        return [missed for lane, kept in told if (missed := self._kept(name, lane, kept))]

    def _kept(self, name: str, lane: int, kept: Kept) -> str | None:
        step = self.steps[name]
        part = (kept.people,) if kept.people else ()
        parts = (*part, *self.parts.get((name, lane), ()))[: kept.depth]
        if len(parts) != kept.depth:
            return f"{name} {lane}: {len(parts)} parts of {kept.depth}"
        self.parts[name, lane] = parts
        self.partial += len(parts) > 1
        other = self.fresh(name)
        other.load(lane, kept.head, parts)
        return None if other.whole(lane) == step.whole(lane) else f"{name} {lane} differs"

    def fresh(self, name: str) -> Step:
        """Return a step that knows nobody."""
        return (
            Know(self.plan, self.saves) if name == "know" else Decide(self.plan, None, self.saves)
        )

    def restart(self) -> None:
        """Go on in another process, that was told what was saved last."""
        steps = {name: self.fresh(name) for name in self.steps}
        for name, step in self.steps.items():
            lanes = range(self.plan.lanes)
            for lane, kept in zip(lanes, step.save(lanes), strict=True):
                part = (kept.people,) if kept.people else ()
                parts = (*part, *self.parts.get((name, lane), ()))[: kept.depth]
                self.parts[name, lane] = parts
                steps[name].load(lane, kept.head, parts)
        know, decide = steps["know"], steps["decide"]
        assert isinstance(know, Know)
        assert isinstance(decide, Decide)
        self.engine._know, self.engine._decide = know, decide


def missed(given: Stream, seed: int) -> tuple[list[str], int]:
    """Tell what is missed of a stream, and how many saves were of some people only."""
    rng = random.Random(seed)
    # The few people there are share few lanes, so that a save need not write them all.
    given.plain["lanes"] = rng.choice([1, 2])
    saved = Saved(given.plan, rng.choice([3, 64]))
    found: list[str] = []
    for batch in arriving(given.job, given.partitions):
        saved.engine.push(batch)
        for name in saved.steps:
            some = [lane for lane in range(given.plan.lanes) if rng.random() < 0.5]
            if some:
                found += [f"seed {seed}: {told}" for told in saved.save(name, some)]
        if rng.random() < 0.1:
            saved.restart()
    return found, saved.partial


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("world", WORLDS)
def test_the_parts_of_a_lane_are_all_of_it(
    world: str, lazy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens to people between saves, byte for byte as the lane would be written whole.

    Most saves are of some people only, so that what is not named would be missed.
    """
    if lazy:
        monkeypatch.setattr("rtm_flows.lanes.rolling.Roll", Lazy)
    make, seeds = WORLDS[world]
    told = [missed(make(seed), seed) for seed in range(seeds)]

    assert [one for found, _ in told for one in found] == []
    assert sum(partial for _, partial in told) > seeds
