"""The files of a job, found and in the order in which they are read, before any is sorted.

In: a job. Out: its files as an input, and what tells that input from others.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.config import Job
from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.files import InputFiles
from rtm_flows.connectors.formats import format_of
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.paths import expanded
from rtm_flows.errors import ConfigError
from rtm_flows.events.formats import columns_of


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


def source_key(job: Job, source: ArrivalInput) -> str:
    """Return what tells inputs apart: the files as they are, and how the job reads them."""
    return f"{source.fingerprint}-{job.digest}"
