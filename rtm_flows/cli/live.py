"""`rtm run` of a job that reads topics: until it is told to stop, or to their end."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from rtm_flows.cli.console import console
from rtm_flows.cli.costs import costs
from rtm_flows.cli.pulse import Pulse
from rtm_flows.cli.summary import summary_of
from rtm_flows.cli.ways_out import WayOut, way_out
from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.kafka.begun import Begun
from rtm_flows.connectors.live import LiveInput
from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.errors import RtmError
from rtm_flows.flows import build
from rtm_flows.flows.cluster import Ticket, run_cluster
from rtm_flows.flows.execute import execute, make_rows
from rtm_flows.flows.sources import open_source
from rtm_flows.lanes.store import StateStore

EPOCH = 1.0
"""Seconds between snapshots: how much is done again after a crash, at most about twice."""


def run_live(parsed: argparse.Namespace, job: Job) -> int:
    """Run a job over its topics; where it ends, show what came out."""
    out = way_out(parsed, job)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    began = time.perf_counter()
    with _claimed(parsed, job, out) as recovery:
        if recovery is not None and recovery.owner is not None and recovery.owner.complete:
            sys.stdout.write(f"{out.name}: this run is complete; nothing is left to do\n")
            return 0
        stopped, seconds = _run(parsed, job, out, recovery)
        if out.is_complete(stopped=stopped):
            if recovery is not None:
                recovery.finish(_identity(job, out, {}))
            if not parsed.quiet:
                out.show(job)
            if parsed.profile and isinstance(out.to, Path):
                wall = time.perf_counter() - began
                console().print(costs(seconds, wall, summary_of(out.to)["input"]))
            return 0
    if not stopped:
        msg = f"{out.name}: the run ended before its outputs were complete; see the messages above"
        raise RtmError(msg)
    if not parsed.quiet:
        resume = "" if recovery is None else "; start it again to resume"
        sys.stderr.write(f"stopped{resume}\n")
    return 0


@contextmanager
def _claimed(parsed: argparse.Namespace, job: Job, out: WayOut) -> Iterator[RecoveryFolder | None]:
    """Make ready where the outputs go, and the recovery folder this run's."""
    if not parsed.recovery:
        out.begin()
        yield None
        return
    recovery = RecoveryFolder(Path(parsed.recovery))
    try:
        begun = out.begin() if recovery.owner is None else {}
        owner = recovery.claim(_identity(job, out, begun), StateStore.from_environment())
        if not owner.complete:
            out.resume(owner.begun)
        yield recovery
    finally:
        recovery.release()


def _identity(job: Job, out: WayOut, begun: Begun) -> Identity:
    """Return whose the state is: the topics count, and not where the broker is."""
    topics = () if job.kafka is None else job.kafka.topics
    return Identity(
        name=job.name,
        lanes=job.lanes,
        partitions=1,
        contracts=tuple(sorted(job.contracts)),
        digest=job.digest,
        inputs="topics " + ", ".join(sorted(topic.name for topic in topics)),
        output=out.name,
        format=job.outputs.format,
        begun=begun,
    )


def _lag(source: Input | LiveInput) -> int | None:
    return source.lag if isinstance(source, LiveInput) else None


def _run(
    parsed: argparse.Namespace, job: Job, out: WayOut, recovery: RecoveryFolder | None
) -> tuple[bool, dict[str, float]]:
    """Run the flow; return whether it was stopped, and the seconds of its stages if known."""
    every = timedelta(seconds=parsed.snapshot_every or EPOCH)
    rows = store = folder = None
    if recovery is not None:
        rows, folder = recovery.rows, recovery.path
        make_rows(rows)
        store = StateStore.from_environment()
    source = open_source(job, None, recovery=folder, to_end=parsed.to_end)
    with Pulse(lambda: _lag(source), quiet=parsed.quiet) as pulse:
        if parsed.workers == 1:
            built = build(job, source, out.to, store=store, seen=pulse.seen)
            return execute(built, rows=rows, every=every), built.stages.seconds
        ticket = Ticket(
            job=job,
            output=out.to if isinstance(out.to, dict) else str(out.to),
            work="",  # topics are not sorted
            rows=None if rows is None else str(rows),
            every=every.total_seconds(),
            recovery=None if folder is None else str(folder),
            to_end=parsed.to_end,
        )
        return run_cluster(ticket, parsed.workers, pulse.reached), {}
