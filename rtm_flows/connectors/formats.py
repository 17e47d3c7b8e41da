"""Formats of files, told by their names.

In: the paths of an input. Out: the one format that all of them are in, or an error that asks for
it. It refuses to look into a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rtm_flows.config.input_rule import STANDARD_INPUT
from rtm_flows.errors import ConfigError

FileFormat = Literal["jsonl", "csv", "parquet"]

_FORMATS: dict[str, FileFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}


def format_of(paths: Sequence[str]) -> FileFormat:
    """Return the format that the names of all files tell; standard input is JSON Lines.

    Raises
    ------
    ConfigError
        If a name tells none, or two names tell different ones.

    Examples
    --------
    >>> format_of(["2026/01.csv.gz", "2026/02.csv.gz"])
    'csv'
    """
    first = _told(paths[0])
    for path in paths[1:]:
        other = _told(path)
        if other != first:
            msg = (
                f"{paths[0]} looks like {first} and {path} like {other}; the files of an input are "
                "in one format: name those of one, or set input.file_format if the names mislead"
            )
            raise ConfigError(msg)
    return first


def _told(path: str) -> FileFormat:
    if path == STANDARD_INPUT:
        return "jsonl"
    for suffix in reversed(Path(path).suffixes):
        if suffix.lower() in _FORMATS:
            return _FORMATS[suffix.lower()]
    msg = (
        f"{path}: is it JSON Lines, CSV or Parquet? "
        'Set input.file_format = "jsonl", "csv" or "parquet"'
    )
    raise ConfigError(msg)
