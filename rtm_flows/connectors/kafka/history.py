"""The history before the topics: rounds that another run has read, or files of events.

In: a job that names a folder or files. Out: its rounds with their records, and where the topics go
on behind them. It refuses to know how far the broker reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.exported import ROUNDS, ExportedTopics
from rtm_flows.connectors.past import Past
from rtm_flows.errors import refuse
from rtm_flows.events.formats import mapping_of
from rtm_flows.events.mapping import Mapping
from rtm_flows.times import parse_duration

WORK = "sorted"
"""Where the sorted files are, in a recovery folder or another one."""

History = ExportedTopics | Past
"""What comes before the topics."""


def history_of(job: Job, work: Path | None = None) -> History | None:
    """Return the history that comes before the topics of a job; None if it has none.

    Parameters
    ----------
    work
        Folder for what is sorted of it; None sorts in memory.

    Raises
    ------
    ConfigError
        If files of events come before topics that are read from their beginning, and nobody could
        tell which records are in both.
    InputError
        If one of the files cannot be read.
    """
    paths = _paths(job)
    if not paths or job.input.kind != "kafka":
        return None
    place = None if work is None else work / WORK
    if len(paths) == 1 and (Path(paths[0]) / ROUNDS).is_file():
        return ExportedTopics(job, Path(paths[0]), place)
    _check_overlap(job)
    return Past(job, paths, place)


def past_of(job: Job, work: Path | None = None) -> Past | None:
    """Return the files of events that a job's history is, or begins with; None if there are none.

    Parameters
    ----------
    work
        As for `history_of`.

    Raises
    ------
    ConfigError, InputError
        As `history_of`.
    """
    history = history_of(job, work)
    return history.past if isinstance(history, ExportedTopics) else history


def with_history(job: Job, paths: Sequence[str]) -> Job:
    """Return a job that begins with a folder of exported topics, or with files of events.

    Raises
    ------
    ConfigError
        If it does not read topics.
    """
    if job.kafka is None or job.input.kind != "kafka":
        refuse("--bootstrap", "is for a job that reads topics: a history comes before them")
    kafka = msgspec.structs.replace(job.kafka, history=tuple(paths))
    return msgspec.structs.replace(job, kafka=kafka)


def told_until(history: History | None) -> int | None:
    """Return until when nothing is delivered, in ms: it was the business of who had the history.

    It is the broker's time of the newest record of an exported history, and the time of the newest
    event of files; None where there is no history.
    """
    return None if history is None else history.newest


def _paths(job: Job) -> tuple[str, ...]:
    told = None if job.kafka is None else job.kafka.history
    return (told,) if isinstance(told, str) else told or ()


def _check_overlap(job: Job) -> None:
    """Refuse topics from their beginning if what they share with files could not be told."""
    if job.kafka is None or job.kafka.start != "earliest":
        return
    why = ""
    if parse_duration(job.dedup.window) == 0:
        why = "dedup.window is zero"
    elif any(mapping.id is None for mapping in _mappings(job)):
        why = "a mapping names no column as id"
    if why:
        text = (
            f"{why}, so a record that is in the files and in the topics would count twice; say "
            "from when on the topics are read: --from TIME, or kafka.start"
        )
        refuse("kafka.history", text)


def _mappings(job: Job) -> Iterator[Mapping]:
    yield job.mapping
    for topic in () if job.kafka is None else job.kafka.topics:
        if topic.format is not None and not topic.control:
            yield mapping_of(topic.format, topic.mapping)
