"""One file of an input, with all that it takes to read it."""

from __future__ import annotations

from typing import NamedTuple

from rtm_flows.connectors.batches import RecordParser
from rtm_flows.connectors.files import InputFiles, ListedFile


class SourceFile(NamedTuple):
    """A file, its number among the paths of the input (from 0), and how it is read."""

    listed: ListedFile
    number: int
    files: InputFiles
    parser: RecordParser

    @property
    def path(self) -> str:
        """The path, as places show it."""
        return self.listed.path

    @property
    def limit(self) -> int:
        """The longest record, in bytes."""
        return self.files.max_record_bytes
