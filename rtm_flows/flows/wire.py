"""Wiring: the steps as one Bytewax dataflow.

In: a plan, a source and a sink. Out: a plain `bytewax.dataflow.Dataflow`. Only wiring is here;
whatever is decided is decided in `rtm_flows.lanes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol, TypeVar

import bytewax.operators as op
from bytewax.dataflow import Dataflow, Stream
from bytewax.operators import KeyedStream

from rtm_flows.lanes.decide import Decide, Decided
from rtm_flows.lanes.entry import Entered
from rtm_flows.lanes.identity import Identity
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.lane_keys import lane_key
from rtm_flows.lanes.messages import Contribution, Known, KnownRows, LaneRows, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import (
    Written,
    contribution_of,
    output_of,
    rows_of,
    written_by_decide,
    written_by_know,
)
from rtm_flows.metrics import PEOPLE
from rtm_flows.operators.arena import Arena
from rtm_flows.operators.counting import Counting
from rtm_flows.operators.enter import Enter
from rtm_flows.operators.follow import Follow
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.learn import KEY, FoldLogic
from rtm_flows.operators.pace import Pace
from rtm_flows.operators.turns import Turns
from rtm_flows.operators.write import Write

M = TypeVar("M")
ForLane = tuple[str, tuple[int, M]]
ToDecide = KnownRows | Versions


class Out(Protocol):
    """A way out of a flow."""

    def end(self, written: Stream[Written]) -> None:
        """Let what the steps tell the writers go out: the end of a flow."""

    def settle(self, *, stopped: bool) -> None:
        """Return when all that this process has told is written; the flow has ended.

        Parameters
        ----------
        stopped
            Whether that was before the end of its input, so that more may follow.
        """


class ToFiles(NamedTuple):
    """The way out into files."""

    sink: Write

    def end(self, written: Stream[Written]) -> None:
        """Let each output go to its one writer."""
        op.output("write", op.key_on("output", written, output_of), self.sink)

    def settle(self, *, stopped: bool) -> None:
        """Do nothing: a file is written when its writer is closed."""


def wire(name: str, source: Enter | Follow, out: Out, house: Housekeeping) -> Dataflow:
    """Return the dataflow of a job between a source and a way out.

    Parameters
    ----------
    name
        Name of the flow; part of what a recovery folder belongs to.
    house
        What all steps share, the source and the way out included.
    """
    flow = Dataflow(name)
    entered = op.input("enter", flow, source)
    if isinstance(source, Follow):
        written = steps(entered, source.plan, house, turns=source.turns).written
    else:
        written = steps(entered, source.plan, house, pace=source.pace).written
    out.end(written)
    return flow


class Stepped(NamedTuple):
    """What the writers hear, and the passes of decide that it comes from."""

    written: Stream[Written]
    decided: Stream[Decided]


def steps(
    entered: Stream[Entered],
    plan: Plan,
    house: Housekeeping,
    turns: Turns | None = None,
    pace: Pace | None = None,
) -> Stepped:
    """Return what comes of all that enters: every step between the two ends.

    Parameters
    ----------
    turns
        Told of every pass of decide; None where no source waits for that.
    pace
        Asks know what it has heard; None where no source is held back by that.
    """
    known = _know(entered, plan, house, pace or Pace())
    told = _learn(known, plan, house)
    decide: Arena[ToDecide, Decided] = Arena(
        "decide", lambda: Decide(plan), house, ran=None if turns is None else turns.decided
    )
    decided = _decide(known, told, plan, decide)
    counting = Counting(plan, house.stages.meters)
    written = op.merge(
        "written",
        op.flat_map("written_on_entry", entered, lambda batch: counting.of(batch.written)),
        op.flat_map(
            "written_by_know",
            known,
            lambda one: counting.of(written_by_know(counting.examples(one), plan)),
        ),
        op.flat_map(
            "written_by_fold", told, lambda one: counting.of(one) if isinstance(one, list) else []
        ),
        op.flat_map("written_by_decide", decided, lambda one: counting.of(written_by_decide(one))),
    )
    return Stepped(written, decided)


def _know(entered: Stream[Entered], plan: Plan, house: Housekeeping, pace: Pace) -> Stream[Known]:
    """Pass rows through their identity lane to the lane of their person."""
    identity: Arena[LaneRows, list[tuple[int, LaneRows]]] = Arena(
        "identity", lambda: Identity(plan.lanes, plan.partitions), house
    )

    def make_know() -> Know:
        step = Know(plan)
        house.stages.meters.ask(PEOPLE, lambda: step.people_known)
        pace.ask(lambda: step.heard)
        return step

    know: Arena[LaneRows, Known] = Arena("know", make_know, house)
    dealt = op.flat_map("to_identity", entered, lambda batch: _for_lanes(batch.rows))
    passed = op.key_rm("passed", op.stateful_batch("identity", dealt, identity.logic))
    to_know = op.flat_map("to_know", passed, _for_lanes)
    return op.key_rm("known", op.stateful_batch("know", to_know, know.logic))


def _learn(
    known: Stream[Known], plan: Plan, house: Housekeeping
) -> Stream[Versions | list[Written]]:
    """Fold what all lanes contribute."""
    contributions: KeyedStream[Contribution] = op.map(
        "to_fold", known, lambda one: (KEY, contribution_of(one))
    )
    folded = op.stateful_batch("fold", contributions, lambda state: FoldLogic(plan, house, state))
    return op.key_rm("versions", folded)


def _decide(
    known: Stream[Known],
    told: Stream[Versions | list[Written]],
    plan: Plan,
    arena: Arena[ToDecide, Decided],
) -> Stream[Decided]:
    """Bring rows and versions together in the lane of the person."""
    rows = op.flat_map("rows_to_decide", known, lambda one: _for_lanes(rows_of(one)))
    versions = op.flat_map("versions_to_decide", told, lambda one: _for_all(one, plan.lanes))
    to_decide: KeyedStream[tuple[int, ToDecide]] = op.merge("to_decide", rows, versions)
    return op.key_rm("decided", op.stateful_batch("decide", to_decide, arena.logic))


def _for_lanes(messages: Iterable[tuple[int, M]]) -> list[ForLane[M]]:
    return [(lane_key(lane), (lane, message)) for lane, message in messages]


def _for_all(told: Versions | list[Written], lanes: int) -> list[ForLane[Versions]]:
    if isinstance(told, list):
        return []
    return _for_lanes((lane, told) for lane in range(lanes))
