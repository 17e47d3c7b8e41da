"""`rtm run`: the job as a stream, in one process or several, with or without recovery."""

from __future__ import annotations

import argparse
import shutil
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from rtm_flows.cli.claiming import Claimed, Reads, claimed, said_complete, said_stopped
from rtm_flows.cli.console import console
from rtm_flows.cli.costs import costs
from rtm_flows.cli.hosts import run_over_hosts, seat_of
from rtm_flows.cli.jobs import job_of, tell_unread
from rtm_flows.cli.live import beginning, run_live
from rtm_flows.cli.operated import Operated, operated
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.summary import summary_of
from rtm_flows.cli.ways_out import WayOut, way_out, working
from rtm_flows.config import Job, with_input
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.exported import ExportedTopics
from rtm_flows.connectors.inputs import IN_MEMORY_BYTES, found, open_input
from rtm_flows.connectors.output_folder import is_complete
from rtm_flows.connectors.sweeping import state_store
from rtm_flows.errors import ConfigError, RtmError, refuse
from rtm_flows.flows import build
from rtm_flows.flows.cluster import Ticket, run_cluster
from rtm_flows.flows.execute import SNAPSHOT, execute, make_rows
from rtm_flows.operators.stages import Stages

Files = ArrivalInput | ExportedTopics


class _Place(NamedTuple):
    """Where a run writes, and where it keeps what a resume needs."""

    out: WayOut
    work: Path
    claim: Claimed
    every: timedelta


class _Ran(NamedTuple):
    """Whether a run was stopped early, and the seconds of its stages where one process ran."""

    stopped: bool
    seconds: dict[str, float]


def run(parsed: argparse.Namespace) -> int:
    """Run the job; on success show what came out."""
    if parsed.profile and parsed.workers > 1:
        msg = "--profile measures one process; leave out --workers"
        raise RtmError(msg)
    job = job_of(parsed)
    job = beginning(parsed, job)
    out, seat = way_out(parsed, job), seat_of(parsed, job)
    if seat is not None:
        return run_over_hosts(parsed, job, out, seat)
    if job.input.kind == "kafka":
        return run_live(parsed, job, out)
    if parsed.to_end:
        refuse("--to-end", "is for a job that reads topics; files are always read to their end")
    files = found(job)
    # Patterns are looked up once, so that all processes of this run read the same files.
    job = with_input(job, files.paths)
    if parsed.recovery:
        _refuse_standard_input(files)
    every = SNAPSHOT if parsed.snapshot_every is None else timedelta(seconds=parsed.snapshot_every)
    with claimed(parsed, job, Reads(files.partitions, files.fingerprint), out) as claim:
        if claim.complete:
            return said_complete(out)
        if claim.recovery is not None:
            place = _Place(out, claim.recovery.path / "sorted", claim, every)
            return _run_in(place, job, files, parsed)
        with working(out) as work:
            return _run_in(_Place(out, work, claim, every), job, files, parsed)


def _refuse_standard_input(files: Files) -> None:
    if any(file.from_stdin for file in files.listed):
        msg = (
            "--recovery: what came from standard input cannot be read again after a crash; write "
            "it to a file and give that, or run without --recovery"
        )
        raise ConfigError(msg)


def _run_in(place: _Place, job: Job, files: Files, parsed: argparse.Namespace) -> int:
    began = time.perf_counter()
    recovery = place.claim.recovery
    with operated(parsed, job, None if recovery is None else recovery.path) as watched:
        ran = _run(job, files, place, watched, workers=parsed.workers, quiet=parsed.quiet)
    wall = time.perf_counter() - began
    code = _finish(place, job, stopped=ran.stopped, quiet=parsed.quiet)
    folder = place.out.to
    if parsed.profile and isinstance(folder, Path) and is_complete(folder):
        console().print(costs(ran.seconds, wall, summary_of(folder)["input"]))
    return code


def _run(
    job: Job, files: Files, place: _Place, watched: Operated, *, workers: int, quiet: bool
) -> _Ran:
    """Run the flow."""
    rows = None
    if place.claim.recovery is not None:
        rows = place.claim.recovery.rows
        make_rows(rows)
    known = all(not file.from_stdin for file in files.listed)
    small = known and files.total_bytes <= IN_MEMORY_BYTES
    in_memory = workers == 1 and rows is None and small
    opening = Stages()
    with opening.timed("open"):
        source = _opened(job, files, None if in_memory else place.work, quiet=quiet)
    with Bar("running", source.total_bytes, quiet=quiet) as bar:
        if workers == 1:
            keeping = nullcontext() if rows is None else state_store(rows.parent)
            with keeping as store:
                built = build(
                    job, source, place.out.to, store=store, seen=bar.seen, meters=watched.meters
                )
                stopped = execute(built, rows=rows, every=place.every if rows else None)
            return _Ran(stopped, {**opening.seconds, **built.house.stages.seconds})
        ticket = Ticket(
            job=job,
            output=place.out.to if isinstance(place.out.to, dict) else str(place.out.to),
            work=str(place.work),
            rows=None if rows is None else str(rows),
            every=place.every.total_seconds() if rows else None,
            metrics=None if watched.folder is None else str(watched.folder),
        )
        return _Ran(run_cluster(ticket, workers, bar.reached), {})


def _opened(job: Job, files: Files, work: Path | None, *, quiet: bool) -> Input:
    if isinstance(files, ExportedTopics):
        tell_unread(files, quiet=quiet)
        return open_input(job, work)
    if not job.input.sort or work is None:
        return open_input(job, work)
    with Bar("sorting", files.total_bytes, quiet=quiet) as bar:
        return open_input(job, work, bar.seen)


def _finish(place: _Place, job: Job, *, stopped: bool, quiet: bool) -> int:
    if not place.out.is_complete(stopped=stopped):
        return said_stopped(place.out, place.claim, stopped=stopped, quiet=quiet)
    shutil.rmtree(place.work, ignore_errors=True)
    place.claim.finish()
    if not quiet:
        place.out.show(job)
    return 0
