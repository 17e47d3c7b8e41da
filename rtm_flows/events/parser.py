"""The parser: records of an input become canonical events or dead letters.

In: JSON Lines as bytes, or CSV records as text. Out: one `Parsed` a batch. It knows nothing of
where records come from, nor of what other batches held.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Literal

from rtm_flows.events.canonical import Canonical
from rtm_flows.events.csv_records import Records, read_records
from rtm_flows.events.fields import mapped_fields
from rtm_flows.events.headers import mapped_columns
from rtm_flows.events.lines import LineReader
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.mapping_checks import check_mapping
from rtm_flows.events.outcome import Gathered, Parsed

_PIECE = 1 << 18
"""Bytes parsed at once: with all that is made of them, about what a processor's cache holds."""
_LINES = _PIECE >> 8
"""About so many lines are as much."""
_SHORT = 64


class Parser:
    """Parses batches of records by a mapping.

    How records are cut into batches changes nothing but their `row`. What a parser keeps of what
    it has parsed makes it faster, and changes nothing.

    Parameters
    ----------
    mapping
        Which column holds which field.
    source
        The source of records that name none.
    text
        The text fields wanted as columns; other text fields are not even decoded, except for the
        derived id of a record without id. A wanted field that is not mapped is None everywhere.
    ahead_ms
        By how many milliseconds a time may be later than `received_at` before it is clamped.
    max_bytes
        The longest JSON line, without its end.
    decimal
        What stands before the decimals in the numbers of CSV, a point or a comma.

    Raises
    ------
    ConfigError
        If the mapping or a name in `text` is wrong.

    Examples
    --------
    >>> from rtm_flows.events.mapping import CANONICAL
    >>> parsed = Parser(CANONICAL, source="shop").parse_lines(
    ...     [b'{"time": "2024-03-13T10:21:14Z", "id": "e1", "user_id": 7, "type": "search"}', b"{"]
    ... )
    >>> parsed.table["person"].tolist(), parsed.table["time"].tolist()
    (['u:7'], [1710325274000])
    >>> parsed.bad
    [BadRecord(row=1, reason='broken_json', field=None, detail='not JSON')]
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        source: str,
        text: Sequence[str] = (),
        ahead_ms: int = 3_600_000,
        max_bytes: int = 1_048_576,
        decimal: Literal[".", ","] = ".",
    ) -> None:
        check_mapping(mapping, text)
        self._fields = mapped_fields(mapping, text)
        self._max_bytes = max_bytes
        self._with_comma = decimal == ","
        self._canonical = Canonical(
            mapping, self._fields, source=source, text=text, ahead_ms=ahead_ms
        )

    @cached_property
    def _reader(self) -> LineReader:
        # Made when first needed: CSV may have column names that JSON could not be read by.
        return LineReader(self._fields, self._max_bytes)

    @property
    def columns(self) -> tuple[str, ...]:
        """All mapped columns, each once."""
        return tuple(dict.fromkeys(column for field in self._fields for column in field.columns))

    def columns_in(self, names: Collection[str]) -> list[str]:
        """Return the mapped columns that are among these names, each once.

        Raises
        ------
        ConfigError
            If one that must be there is missing.
        """
        return mapped_columns(self._fields, names)

    def parse_lines(self, lines: Sequence[bytes]) -> Parsed:
        """Parse lines of JSON without their ends, each of them one record."""
        if len(lines) <= _LINES:
            return self._canonical.parse(*self._reader.read_lines(lines))
        gathered = Gathered(len(lines))
        for start in range(0, len(lines), _LINES):
            found = self._reader.read_lines(lines[start : start + _LINES])
            gathered.add(self._canonical.parse(*found), start)
        return gathered.parsed

    def parse_block(self, block: bytes) -> Parsed:
        """Parse a block of JSON Lines; `row` counts its lines, blank ones are no records."""
        if len(block) <= _PIECE:
            return self._canonical.parse(*self._reader.read_block(block))
        # About so many rows, if the first line is as long as others.
        gathered = Gathered(len(block) * 9 // (8 * max(block.find(b"\n"), _SHORT)))
        start = line = 0
        while start < len(block):
            stop = block.find(b"\n", min(start + _PIECE, len(block) - 1)) + 1 or len(block)
            raw, bad = self._reader.read_block(block[start:stop])
            gathered.add(self._canonical.parse(raw, bad), line)
            start, line = stop, line + raw.lines
        return gathered.parsed

    def parse_records(self, header: Sequence[str], records: Records) -> Parsed:
        """Parse CSV records, the values of each in the header's order.

        Raises
        ------
        ConfigError
            If the header names a column twice, or lacks a mapped one.
        """
        found = read_records(self._fields, header, records, with_comma=self._with_comma)
        return self._canonical.parse(*found)
