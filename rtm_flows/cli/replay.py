"""`rtm replay`: a history played in this process, into a folder."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import polars as pl

from rtm_flows.cli.jobs import job_of, output_of
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.summary import show
from rtm_flows.config import load, reconfigured
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.errors import RtmError
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files
from rtm_flows.measure.served import Served


def replay(parsed: argparse.Namespace) -> int:
    """Play the job's files and show what came out."""
    job = job_of(parsed)
    output = output_of(parsed, job)
    if parsed.config:
        job = reconfigured(job, load(parsed.config))
        output = Path(parsed.output or Path("out") / Path(parsed.config).stem)
    if parsed.features and not Path(parsed.features).absolute().parent.is_dir():
        msg = f"{parsed.features}: there is no such folder; make it, or name another place"
        raise RtmError(msg)
    prepare(output, overwrite=parsed.overwrite)
    source = open_input(job, output / WORK)
    plan = Plan.of(job, source.partitions)
    served = Served() if parsed.features else None
    with Bar("replaying", source.total_bytes, quiet=parsed.quiet) as bar:
        to_files(source, plan, output, bar.seen, served)
    shutil.rmtree(output / WORK, ignore_errors=True)
    if served is not None:
        _write(served.frame(plan), Path(parsed.features))
    if not parsed.quiet:
        show(output, job)
    return 0


def _write(features: pl.DataFrame, path: Path) -> None:
    """Write the feature table; its name appears when it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        features.write_parquet(partial)
        partial.rename(path)
    except OSError as error:
        msg = f"{path}: the feature table cannot be written: {error.strerror}; name another place"
        raise RtmError(msg) from error
