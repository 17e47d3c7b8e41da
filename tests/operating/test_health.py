"""Health and readiness: every reason against, in its order, and nothing against a run at work."""

from __future__ import annotations

import pytest

from rtm_flows.metrics import LAG_RECORDS, LAST_ROUND, PARTITIONS_ASSIGNED
from rtm_flows.operating.health import alive, ready
from rtm_flows.operating.meters import Meters, Seen

STUCK = 120.0


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def meters(clock: Clock) -> Meters:
    """Meters by that clock."""
    return Meters(clock, lambda: 2000.0)


def why(meters: Meters, clock: Clock, *, answers: bool = True) -> str | None:
    """Return the reason why a run between topics is not ready."""
    return ready([Seen({}, {}, 0.0, 0.0), meters.seen()], clock(), STUCK, lambda: answers).reason


def test_a_run_becomes_ready_and_is_no_longer(meters: Meters, clock: Clock) -> None:
    """Each condition by itself, one after the other."""
    assert why(meters, clock) == "no partition is assigned yet"
    meters.set(PARTITIONS_ASSIGNED, 2)
    meters.turn()
    assert why(meters, clock) == "it is not known yet how much waits in the topics"
    meters.set(LAG_RECORDS, 7, "web", "0")
    meters.set(LAG_RECORDS, 5, "web", "1")
    assert why(meters, clock) == "12 records wait, and no round was read yet"
    meters.set(LAST_ROUND, 2000.0)
    meters.mark(1)
    assert why(meters, clock) is None
    assert why(meters, clock, answers=False) == "the broker does not answer"


def test_a_watermark_that_stands_still_is_told_while_records_wait(
    meters: Meters, clock: Clock
) -> None:
    """A job that catches up is ready for as long as its time moves; one at the end always is."""
    meters.set(PARTITIONS_ASSIGNED, 1)
    meters.set(LAST_ROUND, 2000.0)
    meters.set(LAG_RECORDS, 900_000, "web", "0")
    for mark in range(5):
        clock.now += STUCK - 1
        meters.turn()
        meters.mark(mark)
        assert why(meters, clock) is None
    for _ in range(2):
        clock.now += STUCK - 1
        meters.turn()
        meters.mark(4)
    assert why(meters, clock) == "900000 records wait, and the watermark has not moved in 238 s"
    meters.set(LAG_RECORDS, 0, "web", "0")
    assert why(meters, clock) is None


def test_a_loop_that_does_not_turn_is_neither_healthy_nor_ready(
    meters: Meters, clock: Clock
) -> None:
    """Before its first turn a run is loading its state: healthy, for as long as that takes."""
    meters.set(PARTITIONS_ASSIGNED, 1)
    meters.set(LAG_RECORDS, 0, "web", "0")
    clock.now += 10 * STUCK
    assert alive([meters.seen()], clock(), STUCK).well
    meters.turn()
    clock.now += STUCK
    assert alive([meters.seen()], clock(), STUCK).well
    clock.now += 1
    assert not alive([meters.seen()], clock(), STUCK).well
    assert why(meters, clock) == "the run has read nothing and looked for nothing in 121 s"


def test_files_are_ready_when_something_was_read(meters: Meters, clock: Clock) -> None:
    """They have no broker, no lag and no watermark to wait for."""
    meters.set(PARTITIONS_ASSIGNED, 4)
    assert ready([meters.seen()], clock(), STUCK).reason == "nothing was read yet"
    meters.set(LAST_ROUND, 2000.0)
    assert ready([meters.seen()], clock(), STUCK).well
