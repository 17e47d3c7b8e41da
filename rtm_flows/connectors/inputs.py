"""Inputs of a job: its files opened as its configuration says.

In: a job. Out: an input whose partitions can be read, sorted first where the job wants that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rtm_flows.config import Job
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.exported import ExportedTopics, exported_topics
from rtm_flows.connectors.files import InputFiles
from rtm_flows.connectors.formats import format_of
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.paths import expanded
from rtm_flows.connectors.sorted_files import SortedInput
from rtm_flows.connectors.sorting import sort_files
from rtm_flows.errors import ConfigError
from rtm_flows.events.formats import columns_of

IN_MEMORY_BYTES = 256 << 20
"""Files up to this size are sorted in memory when one process reads them."""


def arrival(job: Job, text: Sequence[str] | None = None) -> ArrivalInput:
    """Return the job's files, found and in the order in which they are read.

    `text` names other text fields to read than those that the job looks at.

    Raises
    ------
    ConfigError
        If no file is named, or the format cannot be told.
    InputError
        If a file is missing, or a pattern matches none.
    """
    rule = job.input
    if not rule.paths:
        msg = "input.paths: names no file; set it in the configuration, or give --input PATH"
        raise ConfigError(msg)
    paths = expanded(rule.paths)
    given = columns_of(rule.format, rule.csv.delimiter)
    files = InputFiles(
        paths=paths,
        file_format=rule.file_format or format_of(paths),
        delimiter=rule.csv.delimiter,
        quote="" if given else rule.csv.quote,
        columns=rule.csv.columns or given,
        encoding=rule.csv.encoding,
        stripes=rule.stripes,
        block_bytes=rule.block_bytes,
        max_record_bytes=rule.max_record_bytes,
    )
    return ArrivalInput(files, parser_of(job, text))


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
    source = found(job)
    if isinstance(source, ExportedTopics) or not job.input.sort:
        return source
    if work is None:
        return sort_in_memory(source)
    ready = SortedInput.open_existing(work, source_key(job, source))
    return ready or sort_files(source, work, progress=progress, fingerprint=source_key(job, source))


def source_key(job: Job, source: ArrivalInput) -> str:
    """Return what tells inputs apart: the files as they are, and how the job reads them."""
    return f"{source.fingerprint}-{job.digest}"
