"""CSV files, plain or packed, one from front to back.

In: a file, its header in the first record or given. Out: batches of about a block each. It
refuses to share a file between readers: where a record begins is known only from the start.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtm_flows.connectors.batches import Batch, DeadLetter, Origins
from rtm_flows.connectors.csv_records import CsvForm, Records, read_records
from rtm_flows.connectors.encodings import codec_of
from rtm_flows.connectors.positions import Position
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.connectors.streams import LineStream
from rtm_flows.errors import InputError
from rtm_flows.events.outcome import Parsed

_MOST_BYTES = 1 << 18  # reading is half as fast when more records are alive at a time


class CsvReader:
    """Reads a file from a position on."""

    def __init__(self, source: SourceFile, position: Position) -> None:
        files = source.files
        self._source = source
        codec = codec_of(files.encoding)
        self._form = CsvForm(files.delimiter, files.quote, codec, files.max_record_bytes)
        self._stream = LineStream(source.listed, source.limit, codec.wide)
        try:
            self._header = files.columns or self._read_header()
            self._header_only = self._stream.offset > 0 and not position.offset
            if position.offset:
                self._stream.skip_to(position.offset, position.line)
        except BaseException:
            self._stream.close()
            raise

    def _read_header(self) -> Sequence[str]:
        while True:
            records = read_records(self._stream, self._form, 1)
            if records is None:
                return ()
            if records.unreadable:
                line, reason, detail = records.unreadable[0]
                msg = (
                    f"the header of {self._source.path} (line {line}) cannot be read: "
                    f"{reason}: {detail}; mend it, or check `encoding`, `delimiter` and `quote`"
                )
                raise InputError(msg)
            if records.fields:
                return records.fields[0]

    def next(self) -> Batch | None:
        """Return the next records as a batch, None at the end.

        A file of a header only gives one batch without rows, so that the parser sees the header.
        """
        count = min(self._source.files.block_bytes, _MOST_BYTES)
        records = read_records(self._stream, self._form, count)
        if records is None:
            if not self._header_only:
                return None
            records = Records([], [], [])
        self._header_only = False
        parsed = self._source.parser.parse_records(self._header, records.fields)

        def origins() -> Origins:
            lines = np.array(records.lines, dtype=np.int64)
            source = self._source
            return Origins(source.files.paths, np.full_like(lines, source.number), lines)

        return Batch(
            table=parsed.table,
            dead=self._dead_letters(parsed, records),
            records=parsed.records + len(records.unreadable),
            ignored=parsed.ignored,
            clamped=parsed.clamped,
            bytes_read=self._stream.bytes_read(),
            find_origins=origins,
        )

    def _dead_letters(self, parsed: Parsed, records: Records) -> list[DeadLetter]:
        path = self._source.path
        found = [
            DeadLetter(path, records.lines[bad.row], bad.reason, bad.field, bad.detail)
            for bad in parsed.bad
        ]
        found += [DeadLetter(path, r.line, r.reason, None, r.detail) for r in records.unreadable]
        return sorted(found, key=lambda letter: letter.line)

    def reached(self) -> tuple[int, int]:
        """Return the offset and the number of the line that comes next."""
        return self._stream.offset, self._stream.line

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
