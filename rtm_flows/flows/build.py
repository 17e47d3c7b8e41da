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
from rtm_flows.connectors.kafka.names import Begun
from rtm_flows.connectors.live import AfterHistory, LiveInput
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.flows.wire import Out, ToFiles, wire
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.operating.meters import Meters
from rtm_flows.operators.enter import Enter
from rtm_flows.operators.follow import Follow
from rtm_flows.operators.housekeeping import Housekeeping, unseen
from rtm_flows.operators.pace import Pace
from rtm_flows.operators.stages import Stages
from rtm_flows.operators.write import Write

FLOW_NAME = "rtm"
"""Name of the dataflow: the same for all jobs; whose state is whose, the recovery folder knows."""


class Built(NamedTuple):
    """A dataflow, its way out, and what its steps share: what stops them, failed and was spent."""

    flow: Dataflow
    out: Out
    house: Housekeeping
    is_stopped: Callable[[], bool]
    """Tells, when the flow has ended, whether that was before the end of its input."""

    def settle(self) -> None:
        """Return when all that this process has told is written: called when the flow has ended.

        Raises
        ------
        BrokerError
            If the broker has not taken it all in, or holds more than was told.
        """
        with self.house.failures.noted():
            self.out.settle(stopped=self.is_stopped())


def build(
    job: Job,
    source: Input | LiveInput,
    output: Path | Begun,
    *,
    store: StateStore | None = None,
    seen: Callable[[int], None] = unseen,
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
    house = Housekeeping(store, Stages(meters), seen=seen)
    is_stopped = _is_stopped(source, house.stopping)
    enter = _enter(source, job, house)
    out = _out(job, source, output, enter.plan, house, is_stopped)
    return Built(wire(FLOW_NAME, enter, out, house), out, house, is_stopped)


def _out(
    job: Job,
    source: Input | LiveInput,
    output: Path | Begun,
    plan: Plan,
    house: Housekeeping,
    is_stopped: Callable[[], bool],
) -> Out:
    """Return the way out of a job, into files or topics."""
    if isinstance(output, Path):
        return ToFiles(Write(output, plan, house))
    # The client of the broker is loaded only where there is one.
    from rtm_flows.flows.topics import to_topics

    told_until = source.told_until() if isinstance(source, AfterHistory) else None
    return to_topics(job, output, house, is_stopped, told_until)


def _is_stopped(source: Input | LiveInput, stopping: threading.Event) -> Callable[[], bool]:
    """Return what tells whether the input ended early.

    Who stops one process stops all, but the word reaches each in its own time: of an input that
    never ends by itself, the end of the stream is word enough.
    """
    if isinstance(source, LiveInput) and not source.ends:
        return lambda: True
    return stopping.is_set


def _enter(source: Input | LiveInput, job: Job, house: Housekeeping) -> Enter | Follow:
    """Return the way in from an input; the feed of a live one is one partition."""
    if isinstance(source, LiveInput):
        return Follow(source, Plan.of(job, 1), house)
    return Enter(source, Plan.of(job, source.partitions), house, Pace())


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
