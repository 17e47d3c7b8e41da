"""Building: from a job to a dataflow with its source and its sink."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bytewax.dataflow import Dataflow

from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.kafka.begun import Begun
from rtm_flows.connectors.kafka.headers import source_of
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.recent import Recent
from rtm_flows.connectors.kafka.topics import delivers, written
from rtm_flows.connectors.kafka.written import ONCE, Outputs
from rtm_flows.connectors.live import AfterHistory, LiveInput
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.flows.publish import ToTopics
from rtm_flows.flows.wire import Kept, Wired, wire
from rtm_flows.lanes.deliveries import is_delivery
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.operating.meters import Meters
from rtm_flows.operators.deliver import Delivering, Guard
from rtm_flows.operators.enter import Enter
from rtm_flows.operators.failures import Failures
from rtm_flows.operators.follow import Follow
from rtm_flows.operators.publish import Publish
from rtm_flows.operators.stages import Stages
from rtm_flows.operators.write import Write

FLOW_NAME = "rtm"
"""Name of the dataflow: the same for all jobs; whose state is whose, the recovery folder knows."""


class Built(NamedTuple):
    """A dataflow, what makes all its sources stop, what went wrong in it, and what it cost."""

    flow: Dataflow
    stopping: threading.Event
    failures: Failures
    stages: Stages
    sink: Write | Publish
    is_stopped: Callable[[], bool]
    """Tells, when the flow has ended, whether that was before the end of its input."""

    def settle(self) -> None:
        """Return when all that this process has told is written: called when the flow has ended.

        Raises
        ------
        BrokerError
            If the broker has not taken it all in, or holds more than was told.
        """
        if isinstance(self.sink, Publish):
            with self.failures.noted():
                self.sink.settle(stopped=self.is_stopped())


def build(
    job: Job,
    source: Input | LiveInput,
    output: Path | Begun,
    *,
    store: StateStore | None = None,
    seen: Callable[[int], None] | None = None,
    meters: Meters | None = None,
) -> Built:
    """Return the dataflow of a job over an input that is open.

    Parameters
    ----------
    output
        Folder of the outputs, which must be ready; or, of a job that writes to topics, where these
        ended when it began to write.
    store
        Seals the state; None where nothing is to be recovered.
    seen
        Told the bytes of every batch, for a progress bar; the records, where the input is live.
    meters
        Told of the run in this process; None where nobody looks at metrics.
    """
    stopping, failures, stages = threading.Event(), Failures(), Stages(meters)
    is_stopped = _is_stopped(source, stopping)
    kept = Kept(store, stages, failures)
    enter = _enter(source, job, kept, stopping, seen)
    plan = enter.plan
    if isinstance(output, Path):
        write = Write(output, plan, store, failures, stages)
        flow = wire(FLOW_NAME, plan, Wired(enter, write), kept)
        return Built(flow, stopping, failures, stages, write, is_stopped)
    told_until = source.told_until() if isinstance(source, AfterHistory) else None
    out = _to_topics(job, output, kept, is_stopped, told_until)
    flow = wire(FLOW_NAME, plan, Wired(enter, out), kept)
    return Built(flow, stopping, failures, stages, out.sink, is_stopped)


def _is_stopped(source: Input | LiveInput, stopping: threading.Event) -> Callable[[], bool]:
    """Return what tells whether the input ended early.

    Who stops one process stops all, but the word reaches each in its own time: of an input that
    never ends by itself, the end of the stream is word enough.
    """
    if isinstance(source, LiveInput) and not source.ends:
        return lambda: True
    return stopping.is_set


def _enter(
    source: Input | LiveInput,
    job: Job,
    kept: Kept,
    stopping: threading.Event,
    seen: Callable[[int], None] | None,
) -> Enter | Follow:
    """Return the way in from an input; the feed of a live one is one partition."""
    told = {**kept._asdict(), "stopping": stopping, "seen": seen}
    if isinstance(source, LiveInput):
        return Follow(source, Plan.of(job, 1), **told)
    return Enter(source, Plan.of(job, source.partitions), **told)


def _to_topics(
    job: Job,
    begun: Begun,
    kept: Kept,
    is_stopped: Callable[[], bool],
    told_until: int | None,
) -> ToTopics:
    """Return the way out into the topics of a job."""
    topics, rule = written(job), broker_of(job)
    named = job.outputs.decisions.fields
    once = ONCE if named is None or "decision_id" in named else frozenset()
    outputs = Outputs(source_of(job.name), topics, begun, once)
    sink = Publish(rule, job.name, outputs, kept.store, kept.failures, kept.stages)
    if not delivers(job):
        return ToTopics(sink, None)
    goes_on = is_stopped if kept.store is not None else lambda: False
    shared = Delivering(rule.written.channels, kept.store, goes_on, kept.failures)
    guard = _guard(job, begun, kept.stages.meters)
    return ToTopics(sink, shared._replace(guard=guard, told_until=told_until))


def _guard(job: Job, begun: Begun, meters: Meters) -> Guard | None:
    """Return how many deliveries of a job may go out."""
    rule = broker_of(job)
    breaker = rule.written.breaker
    if not breaker.active:
        return None
    delivered = {
        topic: begun[topic] for output, topic in written(job).items() if is_delivery(output)
    }
    least = 2 * (sum(breaker.most.values()) + (breaker.others or 0))
    recent = Recent(rule, job.name, delivered, least)
    return Guard(breaker, rule.written.partitions, recent, meters)


def next_best_action(job: Job, output: str | Path = "out", *, overwrite: bool = False) -> Dataflow:
    """Return the dataflow of a job from its files to an output folder.

    Parameters
    ----------
    job
        The job; its `input.paths` are read.
    output
        Folder of the outputs, made if it is missing.
    overwrite
        Replace the run that is in it.

    Raises
    ------
    OutputError
        If the folder is not empty and `overwrite` is not given.
    """
    folder = Path(output)
    prepare(folder, overwrite=overwrite)
    return build(job, open_input(job, folder / WORK), folder).flow
