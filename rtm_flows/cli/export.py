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
from rtm_flows.errors import OutputError

_STEPS = 1000


def export(parsed: argparse.Namespace) -> int:
    """Write the folder, and say what is in it and how to go on."""
    job = load(parsed.job)
    folder = Path(parsed.output)
    _make_way(folder)
    with _whole(folder) as part, Bar("exporting", _STEPS, quiet=parsed.quiet) as bar:
        done = export_topics(job, part, lambda at, all_: bar.reached(_STEPS * at // max(1, all_)))
    if not parsed.quiet:
        sys.stdout.write(_told(done, folder, parsed.job))
    return 0


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
