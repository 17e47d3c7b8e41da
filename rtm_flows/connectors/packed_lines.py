"""Packed JSON Lines files, and standard input, one from front to back.

In: a packed file. Out: batches of about a block each. It refuses to share a file between
readers: to reach any line, all before it have to be unpacked.
"""

from __future__ import annotations

from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.jsonl import jsonl_batch
from rtm_flows.connectors.positions import Position
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.connectors.streams import LineStream


class PackedLinesReader:
    """Reads a file from a position on."""

    def __init__(self, source: SourceFile, position: Position) -> None:
        self._source = source
        self._stream = LineStream(source.listed, source.limit)
        if position.offset:
            self._stream.skip_to(position.offset, position.line)

    def next(self) -> Batch | None:
        """Return the next lines as a batch, None at the end."""
        first = self._stream.line
        lines = self._stream.read(self._source.files.block_bytes)
        if lines is None:
            return None
        bytes_read = self._stream.bytes_read()
        return jsonl_batch(lines, self._source, first_line=lambda: first, bytes_read=bytes_read)

    def reached(self) -> tuple[int, int]:
        """Return the offset and the number of the line that comes next."""
        return self._stream.offset, self._stream.line

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
