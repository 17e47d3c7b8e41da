"""Records of CSV out of lines, one or several lines each.

In: a stream of lines. Out: records with the line on which each begins, and the reason why one
cannot be read. It refuses to know what a column means.

A piece in which each line is one record is read at once. Where a quoted field holds a line end,
or something is wrong, the piece is read again, record by record.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rtm_flows.connectors.encodings import Codec
from rtm_flows.connectors.jsonl import too_large
from rtm_flows.connectors.lines import Lines, enough
from rtm_flows.connectors.streams import LineStream


class Unreadable(NamedTuple):
    """A record that could not be read: the line on which it begins, and why."""

    line: int
    reason: str
    detail: str


class Records(NamedTuple):
    """Records and the lines on which they begin; `unreadable` are not among them."""

    fields: list[list[str]]
    lines: list[int]
    unreadable: list[Unreadable]


class CsvForm(NamedTuple):
    """How records are written: the characters between and around fields, and the encoding.

    Without `quote` nothing is quoted. `limit` is the longest record in bytes.
    """

    delimiter: str
    quote: str
    codec: Codec
    limit: int

    @property
    def in_blanks(self) -> bool:
        """Whether runs of blanks stand between fields."""
        return self.delimiter == " "

    def reader(self, lines: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
        """Return what reads records from lines; only if `strict` an open quote is an error."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            skipinitialspace=self.in_blanks,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=strict,
        )


def read_records(stream: LineStream, form: CsvForm, count: int) -> Records | None:
    """Return the records of the next lines, about `count` bytes; None at the end of the stream.

    The stream is then at the beginning of a record. A record that cannot be read costs the lines
    it took, which its detail names.
    """
    first = stream.line
    lines = stream.read(count)
    if lines is None:
        return None
    return _line_by_line(lines, first, form) or _record_by_record(lines, first, stream, form)


def _line_by_line(lines: Lines, first: int, form: CsvForm) -> Records | None:
    """Read lines that are one record each; None if they are not, or one cannot be read."""
    if lines.oversized:
        return None
    try:
        fields = _one_a_line(lines.data.decode(form.codec.lines), form)
    except (UnicodeDecodeError, csv.Error):
        return None
    if fields is None:
        return None
    numbers = list(range(first, first + len(fields)))
    if not all(fields):
        numbers = [number for number, found in zip(numbers, fields, strict=True) if found]
        fields = [found for found in fields if found]
    return Records(fields, numbers, [])


def _one_a_line(text: str, form: CsvForm) -> list[list[str]] | None:
    """Return the records of these lines as `csv` reads them; None if one takes several lines.

    Where nothing is quoted, and only then, each line can be split at its delimiters, which takes
    a third of the time.
    """
    text = text.replace("\r\n", "\n")
    lines = [_trimmed(line, form) for line in text.split("\n")[:-1]]
    longest = max(map(len, lines), default=0)
    quoted = form.quote and form.quote in text
    if quoted or "\r" in text or longest > csv.field_size_limit():
        fields = list(form.reader(lines, strict=True))
        return fields if len(fields) == len(lines) else None
    if form.in_blanks:
        return [list(filter(None, line.split(" "))) for line in lines]
    return [line.split(form.delimiter) if line else [] for line in lines]


def _trimmed(line: str, form: CsvForm) -> str:
    """Return a line without blanks at its end, after which no field follows."""
    return line.rstrip(" ") if form.in_blanks else line


def _record_by_record(lines: Lines, first: int, stream: LineStream, form: CsvForm) -> Records:
    records = Records([], [], [])
    source = _RecordLines(lines, first, stream, form)
    reader = form.reader(source, strict=False)
    while source.waiting:
        source.begin_record()
        fields: list[str] = []
        try:
            fields = next(reader)
        except _TooLong:
            source.fail("too_large", too_large(form.limit))
        except csv.Error as error:
            large = "field larger" in str(error)
            source.fail("too_large" if large else "wrong_column_count", str(error))
        failure = source.failure()
        if failure is not None:
            records.unreadable.append(failure)
        elif fields:
            records.fields.append(fields)
            records.lines.append(source.record_line)
    return records


class _TooLong(Exception):
    """The record, or a line of it, is longer than allowed."""


class _RecordLines:
    """Hands lines to `csv.reader`, and remembers what the record at hand took."""

    def __init__(self, lines: Lines, first: int, stream: LineStream, form: CsvForm) -> None:
        self._stream = stream
        self._codec = form.codec
        self._blanks = form.in_blanks
        self._most = enough(form.limit)
        self._next_line = first
        self.waiting: deque[tuple[bytes, bool]] = deque()
        self._add(lines)
        self.begin_record()

    def _add(self, lines: Lines) -> None:
        oversized = set(lines.oversized)
        for index, line in enumerate(lines.data.split(b"\n")[:-1]):
            self.waiting.append((line + b"\n", index in oversized))

    def begin_record(self) -> None:
        self.record_line = self._next_line
        self._bytes = 0
        self._reason: str | None = None
        self._detail = ""

    def fail(self, reason: str, detail: str) -> None:
        self._reason = self._reason or reason
        self._detail = self._detail or detail

    def failure(self) -> Unreadable | None:
        if self._reason is None:
            return None
        last = self._next_line - 1
        taken = f" (lines {self.record_line} to {last})" if last > self.record_line else ""
        return Unreadable(self.record_line, self._reason, self._detail + taken)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self.waiting:
            self._read_on()
        line, oversized = self.waiting.popleft()
        self._next_line += 1
        self._bytes += len(line)
        if oversized or self._bytes > self._most:
            raise _TooLong
        if self._blanks:
            line = line.rstrip(b" \r\n") + b"\n"
        try:
            return line.decode(self._codec.lines)
        except UnicodeDecodeError:
            self.fail("bad_encoding", f"the record is not {self._codec.name}")
            return line.decode(self._codec.lines, "replace")  # the quotes still count

    def _read_on(self) -> None:
        lines = self._stream.read(1)
        if lines is None:
            self.fail("wrong_column_count", "a quote is opened and never closed")
            raise StopIteration
        self._add(lines)
