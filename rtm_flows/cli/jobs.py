"""What all commands do with a job before they begin."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.exported import ExportedTopics


def job_of(parsed: argparse.Namespace) -> Job:
    """Read the job that the arguments name, with the inputs that they give instead of its own."""
    job = load(parsed.job)
    return with_input(job, tuple(parsed.input)) if parsed.input else job


def output_of(parsed: argparse.Namespace, job: Job) -> Path:
    """Return the output folder."""
    return Path(parsed.output) if parsed.output else Path("out") / job.name


def tell_unread(source: Input, *, quiet: bool) -> None:
    """Say what of exported topics no round has read: it is there, and does not count."""
    if isinstance(source, ExportedTopics) and source.unread and not quiet:
        sys.stderr.write(
            f"{source.folder}: {source.unread:,} records lie behind the last round; they are not "
            "read, since no round tells when they were\n"
        )
