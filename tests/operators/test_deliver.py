"""Delivering in a flow: what waits goes out by itself, and is neither lost nor forgotten."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import pytest
from bytewax import _bytewax as engine
from bytewax.dataflow import Dataflow
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from bytewax.testing import TestingSink

from rtm_flows.lanes.published import Published, Record
from rtm_flows.lanes.store import StateStore
from rtm_flows.operators.deliver import Delivering, DeliverLogic, wall_clock
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.times import format_time

SECOND = 1_000


def decision(number: int, not_before: int, lifetime: int = 60 * SECOND) -> Published:
    """Return a decision that may go out from a time on."""
    line = {
        "decision_id": f"{number:032x}",
        "name": "mail",
        "held_out": False,
        "channel": "email",
        "not_before": format_time(not_before),
        "expires_at": format_time(not_before + lifetime),
        "supersedes": None,
    }
    record = Record("u:ann", f"{number:032x}", not_before, json.dumps(line).encode())
    return Published("decisions", [record])


def logic(
    store: StateStore | None, now: int, *, goes_on: bool = False, state: bytes | None = None
) -> DeliverLogic:
    """Return a partition whose clock stands still."""
    shared = Delivering(False, Housekeeping(store), lambda: goes_on, lambda: now)
    return DeliverLogic(shared, state)


class _Slow(StatefulSourcePartition[tuple[str, tuple[int, Published]], int]):
    """Tells one decision at once, and nothing more for a second."""

    def __init__(self, told: Published) -> None:
        self._told: Published | None = told
        self._end = time.monotonic() + 1.0

    def next_batch(self) -> Iterable[tuple[str, tuple[int, Published]]]:
        told, self._told = self._told, None
        if told is None and time.monotonic() > self._end:
            raise StopIteration
        return [] if told is None else [("0003", (3, told))]

    def next_awake(self) -> datetime | None:
        return datetime.now(UTC) + timedelta(milliseconds=20)

    def snapshot(self) -> int:
        return 0


class Slow(FixedPartitionedSource[tuple[str, tuple[int, Published]], int]):
    """One slow partition."""

    def __init__(self, told: Published) -> None:
        self._told = told

    def list_parts(self) -> list[str]:
        """Return the one."""
        return ["0"]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _Slow:
        """Open it."""
        return _Slow(self._told)


def test_what_waits_goes_out_when_its_time_comes_and_nothing_else_does() -> None:
    """The engine wakes the step by the clock; it needs no record for that."""
    due = wall_clock() + 300
    shared = Delivering(False, Housekeeping(), lambda: False)
    told: list[tuple[str, tuple[Published, int]]] = []
    flow = Dataflow("slow")
    records = op.input("in", flow, Slow(decision(1, due)))
    out = op.stateful_batch("deliver", records, lambda state: DeliverLogic(shared, state))
    op.output("out", op.map_value("at", out, lambda one: (one, wall_clock())), TestingSink(told))

    engine.run_main(flow)  # type: ignore[no-untyped-call]

    ((key, (part, at)),) = told
    assert (key, part.output, [one.id for one in part.records]) == (
        "0003",
        "deliveries",
        [f"{1:032x}"],
    )
    assert due <= at < due + 650  # long before the end of the stream


def test_a_job_that_goes_on_keeps_what_waits() -> None:
    """A stop tells nothing; the resume goes on from the state, though its time has passed."""
    store, now = StateStore(), 1_000_000 * SECOND
    stopped = logic(store, now, goes_on=True)

    assert stopped.on_batch([(3, decision(1, now + SECOND))]) == ([], False)
    assert stopped.on_eof() == ([], False)
    resumed = logic(store, now + 2 * SECOND, state=stopped.snapshot())
    assert resumed.notify_at() == datetime.fromtimestamp((now + SECOND) / 1000, UTC)
    ((part,), _) = resumed.on_notify()
    assert (part.output, part.records[0].id) == ("deliveries", f"{1:032x}")
    assert resumed.notify_at() is None


@pytest.mark.parametrize("later", [0, 90 * SECOND])
def test_at_the_end_what_waits_is_handed_over(later: int) -> None:
    """Nobody will be here when its time comes; what is too late by then is told so."""
    now = 1_000_000 * SECOND
    last = logic(None, now)
    last.on_batch([(0, decision(1, now + SECOND))])
    last._shared = last._shared._replace(clock=lambda: now + later)

    ((part,), _) = last.on_eof()

    assert part.output == ("undelivered" if later else "deliveries")
