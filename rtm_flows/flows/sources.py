"""Sources: the input of a job, files or topics, as every process of a run opens it."""

from __future__ import annotations

from pathlib import Path

from rtm_flows.config import Job
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.live import LiveInput
from rtm_flows.operating.meters import Meters

ROUNDS = "rounds"
"""The file of the latest rounds in a recovery folder."""


def open_source(
    job: Job,
    work: Path | None,
    *,
    recovery: Path | None = None,
    to_end: bool = False,
    meters: Meters | None = None,
) -> Input | LiveInput:
    """Return what a job reads; topics are not connected to before they are read.

    Parameters
    ----------
    work
        Folder for what is sorted of files; None sorts in memory.
    recovery
        The recovery folder, where the latest rounds of topics are kept; None keeps none.
    to_end
        Whether topics are read only as far as they go when reading begins.
    meters
        Told how far reading topics has come.
    """
    if job.input.kind == "files":
        return open_input(job, work)
    # The client of the broker is loaded only where there is one.
    from rtm_flows.connectors.kafka.source import KafkaInput

    rounds = recovery and recovery / ROUNDS
    return KafkaInput(job, rounds, work=work, to_end=to_end, meters=meters)
