"""`rtm export`: what a job has read from topics, as files."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtm_flows.cli.progress import Bar
from rtm_flows.config import load
from rtm_flows.connectors.kafka.exporting import Exported, export_topics
from rtm_flows.connectors.kafka.exporting_outputs import Between, ExportedOutputs, export_outputs
from rtm_flows.connectors.kafka.history import with_history
from rtm_flows.errors import OutputError, refuse

_STEPS = 1000


def export(parsed: argparse.Namespace) -> int:
    """Write the folder, and say what is in it and how to go on."""
    if not parsed.outputs and (parsed.since or parsed.until):
        refuse("--since, --until", "are for --outputs; a history is exported whole")
    job = load(parsed.job)
    if parsed.bootstrap:
        job = with_history(job, parsed.bootstrap)
    folder = Path(parsed.output)
    _make_way(folder)
    with _whole(folder) as part, Bar("exporting", _STEPS, quiet=parsed.quiet) as bar:

        def progress(at: int, all_: int) -> None:
            bar.reached(_STEPS * min(at, all_) // max(1, all_))

        if parsed.outputs:
            between = Between(parsed.since, parsed.until)
            text = _told_outputs(export_outputs(job, part, between, progress), folder)
        else:
            text = _told(export_topics(job, part, progress), folder, parsed.job)
    if not parsed.quiet:
        sys.stdout.write(text)
    return 0


def _told_outputs(done: ExportedOutputs, folder: Path) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in sorted(done.records.items()))
    text = f"{folder}: {counts}\n"
    if done.lost:
        text += f"The broker no longer has the first records of {', '.join(done.lost)}.\n"
    return text + f"Another job's beside it: rtm diff {folder} OTHER\n"


def _make_way(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(folder.iterdir(), None)
    except OSError as error:
        msg = f"{folder}: cannot be made: {error.strerror}; name another place"
        raise OutputError(msg) from None
    if taken is not None:
        msg = f"{folder}: is not empty ({taken.name} is in it); name another folder, or empty it"
        raise OutputError(msg)


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Yield a folder beside an empty one, whose place it takes if nothing fails."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        yield part
        part.replace(folder)
    except OSError as error:
        msg = f"{folder}: cannot be written: {error.strerror}; name a folder within another one"
        raise OutputError(msg) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _told(done: Exported, folder: Path, job: str) -> str:
    records = sum(done.records.values())
    text = (
        f"{folder}: {records:,} records of {len(done.records):,} partitions in {done.rounds:,} "
        "rounds"
    )
    text += f"; {done.unread:,} of them no round has read" if done.unread else ""
    text += "\n"
    if done.runs > 1:
        text += f"The topic of rounds tells of {done.runs:,} runs; these are those of the last.\n"
    if done.lost:
        text += (
            "It cannot be run again from its beginning: the broker no longer has the first records "
            f"of {', '.join(done.lost)}.\n"
        )
        return text
    return text + f"The same answer again: rtm replay {job} --input {folder} --output again\n"
