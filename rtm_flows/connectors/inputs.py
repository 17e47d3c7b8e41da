"""Inputs of a job: its files opened as its configuration says.

In: a job. Out: an input whose partitions can be read, sorted first where the job wants that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rtm_flows.config import Job
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.arriving import arrival, source_key
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.exported import ExportedTopics, exported_topics
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.connectors.sorted_files import SortedInput
from rtm_flows.connectors.sorting import sort_files

IN_MEMORY_BYTES = 256 << 20
"""Files up to this size are sorted in memory when one process reads them."""


def found(job: Job) -> ArrivalInput | ExportedTopics:
    """Return what the job reads, looked at but not sorted.

    Raises
    ------
    ConfigError
        If no file is named, or the format cannot be told.
    InputError
        If a file is missing, or a pattern matches none.
    """
    return exported_topics(job) or arrival(job)


def open_input(job: Job, work: Path | None, progress: Callable[[int], None] | None = None) -> Input:
    """Return the job's input, sorted where the job wants that; exported topics in their rounds.

    Parameters
    ----------
    work
        Folder for the sorted input, where an earlier run's is used again; None sorts in memory.
    progress
        Told the bytes of the input that sorting has consumed.
    """
    source = exported_topics(job, work) or arrival(job)
    if isinstance(source, ExportedTopics) or not job.input.sort:
        return source
    if work is None:
        return sort_in_memory(source)
    ready = SortedInput.open_existing(work, source_key(job, source))
    return ready or sort_files(source, work, progress=progress, fingerprint=source_key(job, source))
