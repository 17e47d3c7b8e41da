"""JSON Lines: from bytes to raw field columns.

In: blocks or lists of lines. Out: `Raw` columns, and dead letters for lines that are no objects
or hold values of the wrong kind. It knows nothing of what makes a good event.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtm_flows.events.decoding import Decoded, Lines, decode_block, decode_lines
from rtm_flows.events.diagnosis import Diagnosis
from rtm_flows.events.fields import Field, Raw, derived_ids, to_fields
from rtm_flows.events.framing import regular_lines
from rtm_flows.events.outcome import BadRecord
from rtm_flows.events.row_type import RowType


class LineReader:
    """Reads JSON Lines in the cheapest way that gives the same as reading line by line.

    Lines that need no cleaning are decoded at once; else all are decoded with cleaning, at once
    as far as that goes. What only a derived id needs is decoded only of records without id.

    Parameters
    ----------
    fields
        All mapped fields, of which the wanted ones are read.
    max_bytes
        The longest line, in bytes without its end.
    """

    def __init__(self, fields: Sequence[Field], max_bytes: int) -> None:
        self._has_id = any(field.name == "id" for field in fields)
        every = [field for field in fields if field.wanted or field.digested]
        read = every if not self._has_id else [field for field in fields if field.wanted]
        self._fields = fields
        self._max_bytes = max_bytes
        plain = all(field.plain for field in read)
        self._strict = RowType(read, strict=True) if plain else None
        self._loose = RowType(read, strict=False)
        self._all = RowType(every, strict=False) if self._has_id else self._loose
        self._diagnosis = Diagnosis(fields, max_bytes)

    def read_block(self, block: bytes) -> tuple[Raw, list[BadRecord]]:
        """Read a block of lines; blank lines are counted, but are no records."""
        if b"\r" in block:  # only ever part of a line's end, or of a broken line
            block = block.replace(b"\r\n", b"\n")
        if not block.endswith(b"\n"):
            block += b"\n"
        regular = regular_lines(block, self._max_bytes)
        raw = self._read_clean(block, len(regular)) if regular.all() else None
        if raw is not None:
            return raw, []
        texts = block.split(b"\n")[:-1]
        lines = Lines(list(range(len(texts))), texts, regular.tolist())
        told = [bool(text) and not text.isspace() for text in texts]
        raw, bad = self._read_loose(lines.where(told))
        return raw._replace(lines=len(texts)), bad

    def read_lines(self, lines: Sequence[bytes]) -> tuple[Raw, list[BadRecord]]:
        """Read lines without their ends, each of them a record."""
        block = b"\n".join([*lines, b""])
        regular = regular_lines(block, self._max_bytes) if lines else np.zeros(0, dtype=np.bool_)
        if len(regular) != len(lines):  # records may hold line breaks
            regular = np.zeros(len(lines), dtype=np.bool_)
        raw = self._read_clean(block, len(lines)) if regular.all() else None
        if raw is not None:
            return raw, []
        return self._read_loose(Lines(list(range(len(lines))), list(lines), regular.tolist()))

    def _read_clean(self, block: bytes, count: int) -> Raw | None:
        """Read a block of regular lines; None if any of them needs cleaning."""
        rows = None if self._strict is None else decode_block(self._strict, block, count)
        if self._strict is None or rows is None:
            return None
        columns = self._strict.columns(rows)
        fields = to_fields(self._fields, columns, clean=True)
        derived: list[str | None] | None = None
        if not self._has_id:
            derived = [*derived_ids(self._fields, columns, clean=True)]
        return Raw(np.arange(count), fields, derived, count)

    def _read_loose(self, lines: Lines) -> tuple[Raw, list[BadRecord]]:
        decoded = decode_lines(self._loose, self._diagnosis, lines)
        full = self._decode_without_id(decoded)
        if full.bad:
            dropped = {record.row for record in full.bad}
            decoded = decoded.where([number not in dropped for number in decoded.lines.numbers])
        ids = derived_ids(self._fields, self._all.columns(full.rows), clean=False)
        by_number = dict(zip(full.lines.numbers, ids, strict=True))
        numbers = decoded.lines.numbers
        derived = [by_number.get(number) for number in numbers] if ids else None
        fields = to_fields(self._fields, self._loose.columns(decoded.rows), clean=False)
        rows = np.array(numbers, dtype=np.int64)
        return Raw(rows, fields, derived, len(lines.texts)), decoded.bad + full.bad

    def _decode_without_id(self, decoded: Decoded) -> Decoded:
        """Decode what a derived id is made of, of the rows that have no id of their own."""
        if not self._has_id:
            return decoded._replace(bad=[])
        own = [field for field in self._fields if field.name == "id"]
        ids = to_fields(own, self._loose.columns(decoded.rows), clean=False)["id"]
        without = decoded.lines.where([value is None for value in ids])
        return decode_lines(self._all, self._diagnosis, without)
