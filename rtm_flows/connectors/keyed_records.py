r"""Records of event files as they are, with whose they are and when they happened.

In: one file and the parser of its records. Out: its records, byte for byte, each with the key of
its person and its time, where it has these. It refuses to know where they go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from rtm_flows.connectors.batches import RecordParser
from rtm_flows.connectors.csv_records import CsvForm, read_records
from rtm_flows.connectors.encodings import codec_of
from rtm_flows.connectors.files import InputFiles, ListedFile
from rtm_flows.connectors.streams import LineStream


class Keyed(NamedTuple):
    """A record: its bytes, the id of its person, and its time in ms; None where it has none."""

    value: bytes
    key: bytes | None
    time: int | None


class Block(NamedTuple):
    """Some records of a file, one after the other.

    Attributes
    ----------
    records
        Those that can be handed on.
    left_out
        How many could not: they are too long, or cannot be read as CSV.
    bytes_read
        Bytes of the file, packed as it is.
    """

    records: list[Keyed]
    left_out: int
    bytes_read: int


Values = tuple[list[bytes], int]


def keyed_blocks(
    file: ListedFile,
    files: InputFiles,
    parser: RecordParser,
    change: Callable[[list[bytes]], list[bytes]] | None = None,
) -> Iterator[Block]:
    """Yield the records of a file of JSON Lines, or of CSV as JSON.

    Parameters
    ----------
    file, files
        The file, and how it is read.
    parser
        What tells whose a record is, and of when.
    change
        What is done to the records of a block first.

    Raises
    ------
    InputError
        If the file cannot be read or is damaged.
    """
    values = _of_csv(file, files) if files.file_format == "csv" else _of_lines(file, files)
    for (found, left_out), bytes_read in values:
        lines = found if change is None else change(found)
        yield Block(_keyed(lines, parser), left_out, bytes_read)


def _of_lines(file: ListedFile, files: InputFiles) -> Iterator[tuple[Values, int]]:
    stream = LineStream(file, files.max_record_bytes)
    try:
        while (lines := stream.read(files.block_bytes)) is not None:
            found = [line.rstrip(b"\r") for line in lines.data[:-1].split(b"\n")]
            kept = [line for line in found if line.strip()]
            yield (kept, len(lines.oversized)), stream.bytes_read()
    finally:
        stream.close()


def _of_csv(file: ListedFile, files: InputFiles) -> Iterator[tuple[Values, int]]:
    codec = codec_of(files.encoding)
    form = CsvForm(files.delimiter, files.quote, codec, files.max_record_bytes)
    stream = LineStream(file, files.max_record_bytes, codec.wide)
    header = list(files.columns)
    try:
        while (read := read_records(stream, form, files.block_bytes if header else 1)) is not None:
            fields = read.fields
            if not header and fields:
                header, fields = fields[0], fields[1:]
            whole = [one for one in fields if len(one) == len(header)]
            lines = [msgspec.json.encode(dict(zip(header, one, strict=True))) for one in whole]
            left_out = len(read.unreadable) + len(fields) - len(whole)
            yield (lines, left_out), stream.bytes_read()
    finally:
        stream.close()


def _keyed(lines: list[bytes], parser: RecordParser) -> list[Keyed]:
    table = parser.parse_block(b"".join(line + b"\n" for line in lines)).table
    persons, times = table["person"].tolist(), table["time"].tolist()
    known = dict(zip(table["row"].tolist(), zip(persons, times, strict=True), strict=True))
    return [
        Keyed(line, known[row][0][2:].encode(), known[row][1])
        if row in known
        else Keyed(line, None, None)
        for row, line in enumerate(lines)
    ]
