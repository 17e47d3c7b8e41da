"""The history before the topics: rounds that another run has read, exported as files.

In: a job that names a folder. Out: its rounds with their records, and where the topics go on behind
them. It refuses to know how far the broker reaches.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.exported import ROUNDS, ExportedTopics
from rtm_flows.errors import refuse


def history_of(job: Job) -> ExportedTopics | None:
    """Return the history that comes before the topics of a job; None if it has none.

    Raises
    ------
    ConfigError
        If the folder is not what `rtm export` writes.
    InputError
        If one of its files cannot be read.
    """
    folder = None if job.kafka is None else job.kafka.history
    if folder is None or job.input.kind != "kafka":
        return None
    if not (Path(folder) / ROUNDS).is_file():
        text = (
            f"{folder} holds no {ROUNDS}, so it is not what `rtm export` writes, and nobody can "
            "tell where the topics go on. Plain files of events: `rtm produce` puts them into a "
            "topic, before the job begins"
        )
        refuse("kafka.history", text)
    return ExportedTopics(job, Path(folder))


def with_history(job: Job, folder: str) -> Job:
    """Return a job that begins with a folder of exported topics.

    Raises
    ------
    ConfigError
        If it does not read topics.
    """
    if job.kafka is None or job.input.kind != "kafka":
        refuse("--bootstrap", "is for a job that reads topics: a history comes before them")
    kafka = msgspec.structs.replace(job.kafka, history=folder)
    return msgspec.structs.replace(job, kafka=kafka)


def told_until(job: Job) -> int | None:
    """Return until when deliveries are the business of whoever wrote the history, in ms.

    It is the broker's time of the newest record of the history; None where there is no history.
    """
    history = history_of(job)
    return None if history is None else history.newest
