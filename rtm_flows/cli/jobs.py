"""What all commands do with a job before they begin."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtm_flows.config import Job, load, with_input


def job_of(parsed: argparse.Namespace) -> Job:
    """Read the job that the arguments name, with the inputs that they give instead of its own."""
    job = load(parsed.job)
    return with_input(job, tuple(parsed.input)) if parsed.input else job


def output_of(parsed: argparse.Namespace, job: Job) -> Path:
    """Return the output folder."""
    return Path(parsed.output) if parsed.output else Path("out") / job.name
