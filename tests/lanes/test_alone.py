"""One person of a worker, saved apart: as much as the whole lane would say of this person."""

from __future__ import annotations

import pytest

from rtm_flows.lanes.alone import Alone, alone
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.plan import Plan
from tests.lanes.streams import arriving, stream

SEEDS = [seed for seed in range(40) if stream(seed).plan.lanes == 1][:4]


@pytest.mark.parametrize("seed", SEEDS)
def test_who_is_saved_alone_is_saved_alone_again(seed: int) -> None:
    """Read back, a person gives the same bytes, and there is nobody else in them."""
    told = stream(seed)
    job, plan = told.job, told.plan
    engine = Engine(plan)
    entered = list(arriving(job, told.partitions))
    for batch in entered[: len(entered) // 2]:
        engine.push(batch)
    engine.settle(max(int(batch.rows[0][1].progress.tops.max()) for batch in entered))
    one = alone(Plan.of(job, 1))
    chooser = Chooser(one)

    assert len(engine.persons) > 1
    for person in engine.persons:
        state = engine.save(person)
        again = Alone(one, chooser, state).save(person)
        others = [other for other in engine.persons if other != person]
        assert again == state
        assert not any(other.encode() in b"".join(state) for other in others)


def test_nobody_is_saved_of_whom_nothing_is_known() -> None:
    """The state of somebody never seen can be read back, and is empty."""
    told = stream(SEEDS[0])
    one = alone(Plan.of(told.job, 1))
    state = Engine(told.plan).save("u:eve")

    assert Alone(one, Chooser(one), state).save("u:eve") == state
    assert b"u:eve" not in state.know
