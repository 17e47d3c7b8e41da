"""Files as they are: file order is arrival order.

In: the files of an input and a parser. Out: partitions whose batches together hold every record
once. It refuses to know order and time.

All files are cut into pieces: a plain JSON Lines file into blocks, a Parquet file into its row
groups, any other is one piece. The pieces, in order, are dealt to the partitions in turn.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Protocol

from rtm_flows.columns import Table
from rtm_flows.connectors.batches import Batch, RecordParser
from rtm_flows.connectors.blocks import BlockReader, block_count
from rtm_flows.connectors.csv_files import CsvReader
from rtm_flows.connectors.encodings import codec_of
from rtm_flows.connectors.files import (
    InputFiles,
    ListedFile,
    fingerprint,
    list_files,
)
from rtm_flows.connectors.lines import LineCounter
from rtm_flows.connectors.packed_lines import PackedLinesReader
from rtm_flows.connectors.parquet_files import Footer, RowGroupReader, read_footer
from rtm_flows.connectors.positions import Position, read_position, write_position
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.errors import RecoveryError


class ArrivalInput:
    """Files read in the order in which they are given and written.

    Parameters
    ----------
    files
        The files and how to read them.
    parser
        What makes rows of their records.

    Raises
    ------
    InputError
        If a file is missing or of a kind that is not read.
    ConfigError
        If the encoding cannot be read.
    """

    sorted = False

    def __init__(self, files: InputFiles, parser: RecordParser) -> None:
        self.files = files
        self.parser = parser
        self.partitions = files.stripes
        self.listed = list_files(files)
        self.total_bytes = sum(file.size for file in self.listed)
        codec_of(files.encoding)
        self._footers: dict[str, Footer] = {}
        counts = [self._pieces_of(file) for file in self.listed]
        self._first_pieces = list(accumulate(counts, initial=0))

    @property
    def paths(self) -> tuple[str, ...]:
        """The files, in the order in which they are read."""
        return self.files.paths

    def _pieces_of(self, file: ListedFile) -> int:
        if self.files.file_format == "parquet":
            self._footers[file.path] = read_footer(file, self.parser)
            return self._footers[file.path].groups
        if self.in_blocks(file):
            return block_count(file, self.files.block_bytes)
        return 1

    def in_blocks(self, file: ListedFile) -> bool:
        """Whether the file is cut into blocks, rather than read from front to back."""
        packed = file.packing is not None or file.from_stdin
        return self.files.file_format == "jsonl" and not packed

    def footer(self, file: ListedFile) -> Footer | None:
        """Return what the end of a Parquet file tells; None for a file in another format."""
        return self._footers.get(file.path)

    @property
    def pieces(self) -> int:
        """The number of pieces of all files."""
        return self._first_pieces[-1]

    def locate(self, piece: int) -> tuple[int, int]:
        """Return the index of the file that has this piece, and its number within the file."""
        file = bisect_right(self._first_pieces, piece) - 1
        return file, piece - self._first_pieces[file]

    @property
    def fingerprint(self) -> str:
        """A hash of all that the records depend on, apart from the parser."""
        return fingerprint(self.files, self.listed)

    def empty_table(self) -> Table:
        """Return the columns of the rows, without any."""
        if self.files.columns:
            return self.parser.parse_records(self.files.columns, []).table
        return self.parser.parse_block(b"").table

    def open(self, partition: int, position: bytes | None = None) -> ArrivalReader:
        """Read a partition from its beginning, or from a position taken earlier.

        Raises
        ------
        RecoveryError
            If the position does not belong to this partition of these files.
        """
        start = Position(partition) if position is None else read_position(position)
        if start.piece % self.partitions != partition:
            msg = (
                f"the saved position of partition {partition} of the input is at piece "
                f"{start.piece}, which belongs to another; `input.stripes` is "
                f"{self.partitions} now: set it back to what it was"
            )
            raise RecoveryError(msg)
        return ArrivalReader(self, start, self.partitions)

    def in_file_order(self) -> ArrivalReader:
        """Read everything as one partition, in the order of the files and their lines."""
        return ArrivalReader(self, Position(0), 1)


class PieceReader(Protocol):
    """Reads one piece of a file from a position on."""

    def next(self) -> Batch | None:
        """Return the next batch, None at the end of the piece."""

    def reached(self) -> tuple[int, int]:
        """Return the offset in the piece, and the line there, where reading goes on."""

    def close(self) -> None:
        """Let go of what is open."""


class ArrivalReader:
    """Reads every `step`-th piece of a source, from a position on."""

    def __init__(self, source: ArrivalInput, start: Position, step: int) -> None:
        self._source = source
        self._position = start
        self._step = step
        self._piece: PieceReader | None = None
        self._counter: tuple[int, LineCounter] | None = None

    def next(self) -> Batch | None:
        """Return the next batch, None at the end.

        Raises
        ------
        InputError
            If a file cannot be read.
        """
        while self._position.piece < self._source.pieces:
            if self._piece is None:
                self._piece = self._open_piece()
            batch = self._piece.next()
            if batch is not None:
                self._position = Position(self._position.piece, *self._piece.reached())
                return batch
            self.close()
            self._position = Position(self._position.piece + self._step)
        return None

    def _open_piece(self) -> PieceReader:
        source = self._source
        number, part = source.locate(self._position.piece)
        file = SourceFile(source.listed[number], number, source.files, source.parser)
        footer = source.footer(file.listed)
        if footer is not None:
            return RowGroupReader(file, self._position, footer=footer, group=part)
        if source.in_blocks(file.listed):
            counter = self._counter_of(file)
            return BlockReader(file, self._position, block=part, counter=counter)
        kind = CsvReader if source.files.file_format == "csv" else PackedLinesReader
        return kind(file, self._position)

    def _counter_of(self, file: SourceFile) -> LineCounter:
        if self._counter is None or self._counter[0] != file.number:
            self._counter = file.number, LineCounter(file.path)
        return self._counter[1]

    def position(self) -> bytes:
        """Return where reading goes on after what `next` has returned so far."""
        return write_position(self._position)

    def close(self) -> None:
        """Close the file that is open; the batches handed out stay good."""
        if self._piece is not None:
            self._piece.close()
            self._piece = None
