"""What a round of a live job costs, and how long its events wait.

    python -m benchmarks.live_rounds [--job peers|shop] [--lanes 16,128]
                                     [--sizes 5,100] [--rates 1000,5000]

In: events in memory. Out: a table of the microseconds that a round of so many events takes, stage
by stage; and one of the milliseconds that events wait which come at a steady rate, from their
arrival until their decisions are ready to be sent. The job runs on the engine with the snapshots
of a live job; the broker is left out. All is processor time of one thread: nobody waits for the
processor, nor for the disk, and what others do on the machine matters little. Time in which nothing
is to be done is skipped.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import bytewax.operators as op
import numpy as np
from bytewax import _bytewax as engine
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from benchmarks.latency.load import Event, Load, events_of, line_of
from benchmarks.latency.subjects import (
    PARTITIONS,
    SUBJECTS,
    TOPIC,
    Subject,
    between_topics,
    write_lines,
)
from rtm_flows.cli.live import EPOCH
from rtm_flows.config import Job, load
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.live import Pause
from rtm_flows.connectors.rounds import Round, partition_name
from rtm_flows.connectors.sequence import Record, Sequencer
from rtm_flows.connectors.sweeping import state_store
from rtm_flows.flows.execute import make_rows
from rtm_flows.flows.publish import deal
from rtm_flows.flows.wire import steps
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.published import DECISIONS, Published
from rtm_flows.operators.follow import Follow
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.stages import Stages

START_MS = 1_700_000_000_000
STAGES = ("read", "enter", "identity", "know", "fold", "decide", "snapshot")
PERCENTILES = (50.0, 95.0, 99.0, 99.9)
EVERY = 0.005
LOOK = 0.001
MOST = 4096
"""As `kafka.round` and `kafka.most`: seconds between two looks, and where nothing came; records."""


class Events(NamedTuple):
    """Events as they are sent, how they are numbered, and how many come in a second."""

    events: list[Event]
    form: Load
    rate: int

    def lines(self, first: int, count: int) -> list[bytes]:
        """Return some events, each with its number and time."""
        some = range(first, first + count)
        known = len(self.events)
        return [
            line_of(self.events[n % known], self.form, n, START_MS + 1000 * n // self.rate)
            for n in some
        ]


class Course:
    """What has been read and what came out, in processor time without idle time."""

    def __init__(self, rate: int) -> None:
        self.read = 0
        self.waits: list[float] = []
        self.rounds = 0
        self._rate = rate
        self._began = time.thread_time()
        self._skipped = 0.0

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.thread_time() - self._began + self._skipped

    @property
    def is_idle(self) -> bool:
        """Whether all that was read has come out."""
        return len(self.waits) >= self.read

    def skip_to(self, then: float) -> None:
        """Let time pass in which nothing is to be done."""
        self._skipped += max(0.0, then - self.now)

    def came_out(self, count: int) -> None:
        """Note decisions; those of a round come out before those of the next."""
        now, first = self.now, len(self.waits)
        self.waits += [now - (first + at) / self._rate for at in range(count)]


class MemoryRounds:
    """Rounds of events in memory, as a live reader hands them out.

    Parameters
    ----------
    size
        Events of every round, each read when the one before is out; None for what has arrived.
    """

    lag = None
    ends = True

    def __init__(self, job: Job, events: Events, course: Course, total: int, size: int | None):
        self._sequencer, self._events, self._course = Sequencer(job), events, course
        self._total, self._size = total, size
        self._due = 0.0

    def next(self) -> Batch | Pause | None:
        """Return what has arrived by now, as the reader of topics does."""
        course = self._course
        if self._sequencer.ended:
            return None
        count = min(self._arrived(), self._total - course.read)
        if not count and course.read < self._total:
            return Pause(0.0)
        if not count and not course.is_idle:
            return Pause(0.0)
        values = self._events.lines(course.read, count)
        course.read += count
        course.rounds += 1
        return self._round(values)

    def _arrived(self) -> int:
        course = self._course
        if self._size is not None:
            return self._size if course.is_idle else 0
        if course.is_idle:
            course.skip_to(self._due)
        now = course.now
        if now < self._due:
            return 0
        count = min(int(now * self._events.rate) - course.read, MOST)
        self._due = now + (EVERY if count else LOOK)
        return count

    def _round(self, values: list[bytes]) -> Batch:
        number, ends = self._sequencer.number, self._sequencer.ends
        names = [partition_name(TOPIC, part) for part in range(PARTITIONS)]
        dealt: dict[str, list[Record]] = {}
        for name, value in zip(itertools.cycle(names), values, strict=False):
            own = dealt.setdefault(name, [])
            own.append(Record(ends.get(name, 0) + len(own), value))
        told = {name: own[-1].offset + 1 for name, own in dealt.items()}
        joined = {} if number else dict.fromkeys(names, 0)
        one = Round(number=number, joined=joined, ends=told, last=not values)
        return self._sequencer.take(one, dealt)

    def epoch(self) -> None:
        """Note nothing."""

    def position(self) -> bytes:
        """Return where reading goes on."""
        return self._sequencer.save()

    def close(self) -> None:
        """Hold nothing."""

    def follow(self, _position: bytes | None = None) -> MemoryRounds:
        """Read from the beginning."""
        return self


class Counting(StatelessSinkPartition[Published]):
    """Counts the decisions that come out."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def write_batch(self, items: list[Published]) -> None:
        """Count."""
        self._course.came_out(sum(len(one.records) for one in items if one.output == DECISIONS))


class Counted(DynamicSink[Published]):
    """The way out."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def build(self, _step_id: str, _worker_index: int, _worker_count: int) -> Counting:
        """Open it."""
        return Counting(self._course)


def job_of(subject: Subject, lanes: int) -> Job:
    """Return the job between topics, with so many lanes."""
    return load({**tomllib.loads(between_topics(subject, "nowhere:1")), "lanes": lanes})


def measure(job: Job, events: Events, total: int, size: int | None) -> tuple[Course, Stages]:
    """Run a job over so many events; the stages tell `all` of the time too."""
    course, stages = Course(events.rate), Stages(clock=time.thread_time)
    with tempfile.TemporaryDirectory(prefix="rounds-") as folder:
        place = Path(folder)
        make_rows(place / "rows")
        with state_store(place) as store:
            house, plan = Housekeeping(store, stages), Plan.of(job, 1)
            source = Follow(MemoryRounds(job, events, course, total, size), plan, house)
            flow = Dataflow("rounds")
            entered = op.input("enter", flow, source)
            written = steps(entered, plan, house, source.turns).written
            dealt = op.flat_map("dealt", written, deal(PARTITIONS))
            op.output("out", op.map("records", dealt, lambda pair: pair[1]), Counted(course))
            recovery = engine.RecoveryConfig(place / "rows")  # type: ignore[no-untyped-call]
            with stages.timed("all"):
                engine.run_main(  # type: ignore[no-untyped-call]
                    flow, epoch_interval=timedelta(seconds=EPOCH), recovery_config=recovery
                )
    return course, stages


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the tables as they come."""
    parsed = _parser().parse_args(arguments)
    subject = SUBJECTS[parsed.job]
    with tempfile.TemporaryDirectory(prefix="rounds-") as folder:
        form = Load(bootstrap="", topic="", partitions=1, rate=1, seconds=0.0,
                    lines=str(write_lines(subject, Path(folder))),
                    id=subject.id, time=subject.time, person=subject.person)  # fmt: skip
        known = events_of(form)
    lanes = [int(one) for one in parsed.lanes.split(",")]
    print(f"| lanes | events a round | {' | '.join((*STAGES, 'engine', 'all'))} | us")
    for count, size in itertools.product(lanes, _numbers(parsed.sizes)):
        events = Events(known, form, 1000)
        course, stages = measure(job_of(subject, count), events, size * parsed.rounds, size)
        _show_price(count, size, stages, course.rounds)
    print(
        f"| lanes | events/s | rounds/s | busy | {' | '.join(f'p{p:g}' for p in PERCENTILES)} | ms"
    )
    for count, rate in itertools.product(lanes, _numbers(parsed.rates)):
        events = Events(known, form, rate)
        course, stages = measure(job_of(subject, count), events, int(rate * parsed.seconds), None)
        _show_waits(count, rate, course, stages.seconds["all"])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_rounds", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--job", choices=sorted(SUBJECTS), default="peers")
    parser.add_argument("--lanes", default="16")
    parser.add_argument("--sizes", default="5,100", help="events of a round")
    parser.add_argument("--rounds", type=int, default=500, help="of each size")
    parser.add_argument("--rates", default="1000,5000", help="events a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each rate")
    return parser


def _numbers(text: str) -> Iterator[int]:
    return (int(one) for one in text.split(",") if one)


def _show_price(lanes: int, size: int, stages: Stages, rounds: int) -> None:
    each = {name: 1e6 * seconds / rounds for name, seconds in stages.seconds.items()}
    told = [each.get(name, 0.0) for name in STAGES]
    cells = [*told, each["all"] - sum(told), each["all"]]
    print(f"| {lanes} | {size} | {' | '.join(f'{cell:.0f}' for cell in cells)} |", flush=True)


def _show_waits(lanes: int, rate: int, course: Course, busy: float) -> None:
    spent = course.now
    cells = np.percentile(np.array(course.waits[len(course.waits) // 5 :]) * 1e3, PERCENTILES)
    told = " | ".join(f"{cell:.1f}" for cell in cells)
    share = f"{100 * busy / spent:.0f}%"
    print(f"| {lanes} | {rate} | {course.rounds / spent:.0f} | {share} | {told} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
