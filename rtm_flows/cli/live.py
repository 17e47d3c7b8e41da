"""`rtm run` of a job that reads topics: until it is told to stop, or to their end."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from pathlib import Path

from rtm_flows.cli.claiming import Claimed, Reads, claimed, said_complete, said_stopped
from rtm_flows.cli.console import console
from rtm_flows.cli.costs import costs
from rtm_flows.cli.operated import operated
from rtm_flows.cli.pulse import Pulse
from rtm_flows.cli.summary import summary_of
from rtm_flows.cli.ways_out import WayOut, working
from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.live import LiveInput
from rtm_flows.connectors.sweeping import state_store
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
    if not parsed.quiet:
        out.show(job)
    if parsed.profile and isinstance(out.to, Path):
        wall = time.perf_counter() - began
        console().print(costs(seconds, wall, summary_of(out.to)["input"]))
    return 0


def _lag(source: Input | LiveInput) -> int | None:
    return source.lag if isinstance(source, LiveInput) else None


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
        source = open_source(job, None, recovery=folder, to_end=parsed.to_end, meters=meters)
        pulse = open_.enter_context(Pulse(lambda: _lag(source), quiet=parsed.quiet))
        work = open_.enter_context(working(out))
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
