"""Records that somebody else has read: made into batches as those of files are.

In: records of one partition, as bytes of JSON or as mappings. Out: batches whose rows know which
record they are. It refuses to know where the records came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rtm_flows.connectors.batches import Batch, RecordParser
from rtm_flows.connectors.files import InputFiles, ListedFile
from rtm_flows.connectors.jsonl import jsonl_batch
from rtm_flows.connectors.lines import whole_lines
from rtm_flows.connectors.source_files import SourceFile

Record = bytes | Mapping[str, Any]
"""A record of the job's input format: one JSON object as bytes, or what it decodes to."""


class RecordBatches:
    """Makes batches of the records of one partition.

    Parameters
    ----------
    name
        Name of the partition; what late records and dead letters call their file.
    parser
        What makes events of records.
    max_record_bytes
        Longer records become dead letters.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> from rtm_flows.connectors.parsers import parser_of
    >>> batches = RecordBatches("web", parser_of(load({"name": "shop"})), 1 << 20)
    >>> batch = batches.take([b"broken", {"time": 0, "type": "search", "user_id": 7}])
    >>> batch.records, batch.dead[0].reason, batch.dead[0].line
    (2, 'broken_json', 1)
    """

    def __init__(self, name: str, parser: RecordParser, max_record_bytes: int) -> None:
        self.taken = 0
        files = InputFiles(paths=(name,), file_format="jsonl", max_record_bytes=max_record_bytes)
        self._file = SourceFile(ListedFile(name, 0, 0), 0, files, parser)

    def take(self, records: Sequence[Record]) -> Batch:
        """Return the next records as a batch; they are numbered from 1 through all batches.

        Raises
        ------
        TypeError
            If a mapping holds what JSON has nothing for.
        """
        data = b"".join(_line(record) for record in records)
        first = self.taken + 1
        self.taken += len(records)
        return jsonl_batch(
            whole_lines(data, self._file.limit),
            self._file,
            first_line=lambda: first,
            bytes_read=len(data),
        )


def _line(record: Record) -> bytes:
    if not isinstance(record, bytes):
        return msgspec.json.encode(record) + b"\n"
    # A line end within JSON is a blank or a mistake, and so is what takes its place.
    return record.rstrip(b"\r\n").replace(b"\n", b"\r") + b"\n"
