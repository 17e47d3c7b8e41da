"""`rtm run` of a job that reads topics: until it is told to stop, or to their end."""

from __future__ import annotations

import argparse
import shutil
import time
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from rtm_flows.cli.claiming import Claimed, Reads, claimed, said_complete, said_stopped
from rtm_flows.cli.console import console
from rtm_flows.cli.costs import costs
from rtm_flows.cli.operated import operated
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.pulse import Pulse, Standing
from rtm_flows.cli.summary import summary_of
from rtm_flows.cli.ways_out import WayOut, working
from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.kafka.history import WORK, past_of, with_history
from rtm_flows.connectors.live import AfterHistory, LiveInput
from rtm_flows.connectors.sweeping import state_store
from rtm_flows.errors import refuse
from rtm_flows.flows import build
from rtm_flows.flows.cluster import Ticket, run_cluster
from rtm_flows.flows.execute import execute, make_rows
from rtm_flows.flows.sources import open_source

EPOCH = 5.0
"""Seconds between snapshots: how much is done again after a crash, at most about twice. While one
is written nothing is decided (docs/decisions/0033)."""


def run_live(parsed: argparse.Namespace, job: Job, out: WayOut) -> int:
    """Run a job over its topics; where it ends, show what came out."""
    began = time.perf_counter()
    with claimed(parsed, job, Reads.topics(job), out) as claim:
        if claim.complete:
            return said_complete(out)
        stopped, seconds = _run(parsed, job, out, claim)
        if not out.is_complete(stopped=stopped):
            return said_stopped(out, claim, stopped=stopped, quiet=parsed.quiet)
        claim.finish()
        if claim.recovery is not None:
            shutil.rmtree(claim.recovery.path / WORK, ignore_errors=True)
    if not parsed.quiet:
        out.show(job)
    if parsed.profile and isinstance(out.to, Path):
        wall = time.perf_counter() - began
        console().print(costs(seconds, wall, summary_of(out.to)["input"]))
    return 0


def beginning(parsed: argparse.Namespace, job: Job) -> Job:
    """Return the job as the command line lets it begin: with a history, or from a time on.

    Raises
    ------
    ConfigError
        If it does not read topics.
    """
    if parsed.start is not None:
        if job.kafka is None or job.input.kind != "kafka":
            refuse("--from", "is for a job that reads topics")
        kafka = msgspec.structs.replace(job.kafka, start=parsed.start)
        job = msgspec.structs.replace(job, kafka=kafka)
    return with_history(job, parsed.bootstrap) if parsed.bootstrap else job


def sort_history(job: Job, work: Path, *, quiet: bool) -> None:
    """Sort the files that come before the topics of a job, if they are not yet, and show it."""
    past = past_of(job, work)
    if past is not None:
        with Bar("sorting the history", past.total_bytes, quiet=quiet) as bar:
            past.sort(bar.seen)


def _standing(source: Input | LiveInput) -> Standing:
    lag = source.lag if isinstance(source, LiveInput) else None
    return Standing(lag, source.history_read if isinstance(source, AfterHistory) else None)


def _run(
    parsed: argparse.Namespace, job: Job, out: WayOut, claim: Claimed
) -> tuple[bool, dict[str, float]]:
    """Run the flow; return whether it was stopped, and the seconds of its stages if known."""
    every = timedelta(seconds=parsed.snapshot_every or EPOCH)
    rows = folder = None
    if claim.recovery is not None:
        rows, folder = claim.recovery.rows, claim.recovery.path
        make_rows(rows)
    with ExitStack() as open_:
        meters, shared = open_.enter_context(operated(parsed, job, folder))
        work = folder or open_.enter_context(working(out))
        if folder is None:
            open_.callback(shutil.rmtree, work, ignore_errors=True)
        sort_history(job, work, quiet=parsed.quiet)
        source = open_source(job, work, recovery=folder, to_end=parsed.to_end, meters=meters)
        pulse = open_.enter_context(Pulse(partial(_standing, source), quiet=parsed.quiet))
        if parsed.workers == 1:
            keeping = nullcontext() if folder is None else state_store(folder)
            with keeping as store:
                built = build(job, source, out.to, store=store, seen=pulse.seen, meters=meters)
                return execute(built, rows=rows, every=every), built.house.stages.seconds
        ticket = Ticket(
            job=job,
            output=out.to if isinstance(out.to, dict) else str(out.to),
            work=str(work),
            rows=None if rows is None else str(rows),
            every=every.total_seconds(),
            recovery=None if folder is None else str(folder),
            to_end=parsed.to_end,
            metrics=None if shared is None else str(shared),
        )
        stopped = run_cluster(ticket, parsed.workers, pulse.reached)
        return stopped or not parsed.to_end, {}
