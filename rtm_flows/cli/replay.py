"""`rtm replay`: a history played in this process, into a folder."""

from __future__ import annotations

import argparse
import shutil

from rtm_flows.cli.jobs import job_of, output_of
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.summary import show
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.output_folder import WORK, prepare
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files


def replay(parsed: argparse.Namespace) -> int:
    """Play the job's files and show what came out."""
    job = job_of(parsed)
    output = output_of(parsed, job)
    prepare(output, overwrite=parsed.overwrite)
    source = open_input(job, output / WORK)
    with Bar("replaying", source.total_bytes, quiet=parsed.quiet) as bar:
        to_files(source, Plan.of(job, source.partitions), output, bar.seen)
    shutil.rmtree(output / WORK, ignore_errors=True)
    if not parsed.quiet:
        show(output, job)
    return 0
