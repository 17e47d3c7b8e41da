"""`rtm run`: the job as a stream, in one process or several, with or without recovery."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from rtm_flows.cli.console import console
from rtm_flows.cli.costs import costs
from rtm_flows.cli.jobs import job_of, output_of
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.summary import show, summary_of
from rtm_flows.config import Job, with_input
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import IN_MEMORY_BYTES, arrival, open_input
from rtm_flows.connectors.output_folder import WORK, is_complete, prepare
from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.connectors.sweeping import state_store
from rtm_flows.errors import ConfigError, RtmError
from rtm_flows.flows import build
from rtm_flows.flows.cluster import Ticket, run_cluster
from rtm_flows.flows.execute import execute, make_rows
from rtm_flows.lanes.store import StateStore
from rtm_flows.operators.stages import Stages


class _Place(NamedTuple):
    """Where a run writes, and where it keeps what a resume needs."""

    output: Path
    work: Path
    recovery: RecoveryFolder | None
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
    output = output_of(parsed, job)
    files = arrival(job)
    # Patterns are looked up once, so that all processes of this run read the same files.
    job = with_input(job, files.files.paths)
    if parsed.recovery:
        _refuse_standard_input(files)
    every = timedelta(seconds=parsed.snapshot_every)
    if not parsed.recovery:
        prepare(output, overwrite=parsed.overwrite)
        return _run_in(_Place(output, output / WORK, None, every), job, files, parsed)
    recovery = RecoveryFolder(Path(parsed.recovery))
    try:
        owner = _claim(recovery, job, files, output, overwrite=parsed.overwrite)
        if owner.complete:
            sys.stdout.write(f"{output}: this run is complete; nothing is left to do\n")
            return 0
        place = _Place(output, recovery.path / "sorted", recovery, every)
        return _run_in(place, job, files, parsed)
    finally:
        recovery.release()


def _refuse_standard_input(files: ArrivalInput) -> None:
    if any(file.from_stdin for file in files.listed):
        msg = (
            "--recovery: what came from standard input cannot be read again after a crash; write "
            "it to a file and give that, or run without --recovery"
        )
        raise ConfigError(msg)


def _run_in(place: _Place, job: Job, files: ArrivalInput, parsed: argparse.Namespace) -> int:
    began = time.perf_counter()
    ran = _run(job, files, place, workers=parsed.workers, quiet=parsed.quiet)
    wall = time.perf_counter() - began
    code = _finish(job, files, place, stopped=ran.stopped, quiet=parsed.quiet)
    if parsed.profile and is_complete(place.output):
        console().print(costs(ran.seconds, wall, summary_of(place.output)["input"]))
    return code


def _claim(
    recovery: RecoveryFolder, job: Job, files: ArrivalInput, output: Path, *, overwrite: bool
) -> Identity:
    """Make the recovery folder this run's, or resume the run that it belongs to."""
    ours = _identity(job, files, output)
    is_new = recovery.owner is None
    if is_new:
        prepare(output, overwrite=overwrite)
    owner = recovery.claim(ours, StateStore.from_environment())
    output.mkdir(parents=True, exist_ok=True)
    return owner


def _identity(job: Job, files: ArrivalInput, output: Path) -> Identity:
    return Identity(
        name=job.name,
        lanes=job.lanes,
        partitions=files.partitions,
        contracts=tuple(sorted(job.contracts)),
        digest=job.digest,
        inputs=files.fingerprint,
        output=str(output.resolve()),
        format=job.outputs.format,
    )


def _run(job: Job, files: ArrivalInput, place: _Place, *, workers: int, quiet: bool) -> _Ran:
    """Run the flow."""
    rows = None
    if place.recovery is not None:
        rows = place.recovery.rows
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
                built = build(job, source, place.output, store=store, seen=bar.seen)
                stopped = execute(built, rows=rows, every=place.every if rows else None)
            return _Ran(stopped, {**opening.seconds, **built.stages.seconds})
        ticket = Ticket(
            job=job,
            output=str(place.output),
            work=str(place.work),
            rows=None if rows is None else str(rows),
            every=place.every.total_seconds() if rows else None,
        )
        return _Ran(run_cluster(ticket, workers, bar.reached), {})


def _opened(job: Job, files: ArrivalInput, work: Path | None, *, quiet: bool) -> Input:
    if not job.input.sort or work is None:
        return open_input(job, work)
    with Bar("sorting", files.total_bytes, quiet=quiet) as bar:
        return open_input(job, work, bar.seen)


def _finish(job: Job, files: ArrivalInput, place: _Place, *, stopped: bool, quiet: bool) -> int:
    output, recovery = place.output, place.recovery
    if not is_complete(output):
        if not stopped:
            msg = (
                f"{output}: the run ended before its outputs were complete; see the messages above"
            )
            raise RtmError(msg)
        if not quiet:
            resume = "; start it again to resume" if recovery is not None else ""
            sys.stderr.write(f"stopped{resume}\n")
        return 0
    shutil.rmtree(place.work, ignore_errors=True)
    if recovery is not None:
        recovery.finish(_identity(job, files, output))
    if not quiet:
        show(output, job)
    return 0
