"""A live source reads on when what it read before is decided, and never waits for ever."""

from __future__ import annotations

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, run_main

from rtm_flows.config import load
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.live import Pause
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Record, Sequencer
from rtm_flows.flows.wire import steps
from rtm_flows.lanes.decide import Decided
from rtm_flows.lanes.plan import Plan
from rtm_flows.operators.follow import Follow
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.turns import PATIENCE, Turns

JOB = load(
    {
        "name": "shop",
        "lanes": 4,
        "input": {"kind": "kafka"},
        "kafka": {"topics": [{"name": "events"}]},
        "actions": [{"name": "mail", "propensity": 1.0, "value": 1.0}],
    }
)
ROUNDS = 30


class Reader:
    """Has a round of one event whenever it is asked."""

    lag = None
    ends = True

    def __init__(self) -> None:
        self.sequencer = Sequencer(JOB)
        self.out: list[Decided] = []
        self.unfinished: list[int] = []

    def next(self) -> Batch | Pause | None:
        """Return the next round, and note how many are on their way."""
        number = self.sequencer.number
        decided = sum(len(one.scored) for one in self.out if one.scored is not None)
        if number > ROUNDS:
            return None
        self.unfinished.append(number - decided)
        event = b'{"id": "%d", "time": %d, "type": "search", "user_id": "u%d"}'
        value = event % (number, 1_700_000_000_000 + 1000 * number, number % 7)
        if number == ROUNDS:
            return self.sequencer.take(Round(number=number, last=True), {})
        told = Round(
            number=number,
            joined={} if number else {"events/0": 0},
            ends={"events/0": number + 1},
        )
        return self.sequencer.take(told, {"events/0": [Record(number, value)]})

    def epoch(self) -> None:
        """Note nothing."""

    def position(self) -> bytes:
        """Return nothing: nothing is resumed."""
        return b""

    def close(self) -> None:
        """Hold nothing."""

    def follow(self, _position: bytes | None = None) -> Reader:
        """Read from the beginning."""
        return self


def run(turns: Turns, *, told: bool) -> Reader:
    """Run the job; say whether the source hears what is decided."""
    reader, plan = Reader(), Plan.of(JOB, 1)
    house = Housekeeping()
    source = Follow(reader, plan, house)
    source.turns = turns
    flow = Dataflow("turns")
    entered = op.input("enter", flow, source)
    stepped = steps(entered, plan, house, turns if told else None)
    op.output("out", stepped.decided, TestingSink(reader.out))
    run_main(flow)  # type: ignore[no-untyped-call]
    return reader


def test_a_round_is_read_when_the_one_before_is_decided() -> None:
    """Nothing is on its way when the source reads."""
    reader = run(Turns(clock=lambda: 0.0), told=True)
    assert reader.unfinished == [0] * (ROUNDS + 1)


def test_rounds_are_read_though_nobody_tells_that_they_are_decided() -> None:
    """What is decided elsewhere is waited for a moment only."""
    ticks = iter(range(1_000_000))
    reader = run(Turns(clock=lambda: next(ticks) * PATIENCE / 3), told=False)
    assert len(reader.unfinished) == ROUNDS + 1
    assert sum(len(one.scored) for one in reader.out if one.scored is not None) == ROUNDS
