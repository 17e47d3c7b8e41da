"""`rtm replay`: a history played in this process, into a folder."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Set
from pathlib import Path

import msgspec
import polars as pl

from rtm_flows.cli.jobs import job_of, output_of, tell_unread
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_in
from rtm_flows.cli.summary import show
from rtm_flows.config import Job, load, reconfigured
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.errors import ConfigError, RtmError
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.response_lines import Response
from rtm_flows.measure.answered import Decided, answered, check_fields, check_names
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.replay import to_files
from rtm_flows.measure.served import Served


class _Named(msgspec.Struct, frozen=True, gc=False):
    decision_id: str


def replay(parsed: argparse.Namespace) -> int:
    """Play the job's files and show what came out."""
    job = job_of(parsed)
    output = output_of(parsed, job)
    if parsed.config:
        job = reconfigured(job, load(parsed.config))
        output = Path(parsed.output or Path("out") / Path(parsed.config).stem)
    for path in filter(None, (parsed.features, parsed.responses)):
        if not Path(path).absolute().parent.is_dir():
            msg = f"{path}: there is no such folder; make it, or name another place"
            raise RtmError(msg)
    if parsed.responses:
        _check_responses(job)
    prepare(output, overwrite=parsed.overwrite)
    source = open_input(job, output / WORK)
    tell_unread(source, quiet=parsed.quiet)
    plan = Plan.of(job, source.partitions)
    served = Served() if parsed.features else None
    with Bar("replaying", source.total_bytes, quiet=parsed.quiet) as bar:
        to_files(source, plan, output, bar.seen, served)
    shutil.rmtree(output / WORK, ignore_errors=True)
    if served is not None:
        _write(served.frame(plan), Path(parsed.features))
    if parsed.responses:
        _write(_answered(run_in(str(output)), plan), Path(parsed.responses))
    if not parsed.quiet:
        show(output, job)
    return 0


def _check_responses(job: Job) -> None:
    """Refuse a job of which no responses can be told with their features."""
    if job.responses is None:
        msg = "--responses wants a job with the table [responses]; without it nothing is answered"
        raise ConfigError(msg)
    check_names([feature.name for feature in job.features])
    if job.outputs.decisions.fields is not None:
        check_fields(job.outputs.decisions.fields)


def _answered(run: Run, plan: Plan) -> pl.DataFrame:
    """Return the responses of a run with the features of their decisions."""
    with run.reading("responses") as source:
        reading, responses, at = Reading(Response, source.path), list[Response](), 0
        for line in source.file:
            responses.append(reading.of(line, at))
            at += len(line)
    return answered(
        responses, _decisions(run, {one.decision_id for one in responses}), plan.feature_names
    )


def _decisions(run: Run, wanted: Set[str]) -> Iterator[Decided]:
    """Yield the decisions of a run that are wanted."""
    with run.reading("decisions") as source:
        named, reading, at = Reading(_Named, source.path), Reading(Decided, source.path), 0
        for line in source.file:
            if named.of(line, at).decision_id in wanted:
                yield reading.of(line, at)
            at += len(line)


def _write(features: pl.DataFrame, path: Path) -> None:
    """Write a table; its name appears when it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        features.write_parquet(partial)
        partial.rename(path)
    except OSError as error:
        msg = f"{path}: the table cannot be written: {error.strerror}; name another place"
        raise RtmError(msg) from error
