"""CSV records: from lists of text to raw field columns.

In: a header and records, split already. Out: `Raw` columns, and dead letters for records that do
not fit the header or are not text. It knows nothing of files, delimiters or quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np

from rtm_flows.errors import ConfigError
from rtm_flows.events.fields import Field, Raw, Role, derived_ids, to_fields
from rtm_flows.events.headers import mapped_columns
from rtm_flows.events.numeric import Value
from rtm_flows.events.outcome import BadRecord

Records = Sequence[Sequence[str]]
_POINTS: Final = str.maketrans(",.", ".,")


def read_records(
    fields: Sequence[Field], header: Sequence[str], records: Records, *, with_comma: bool = False
) -> tuple[Raw, list[BadRecord]]:
    """Read records whose values stand under the header; empty text is missing.

    Bytes that are not in the file's encoding are expected as lone surrogates, as decoding with
    `errors="surrogateescape"` gives them; a record that holds one is a dead letter. Where numbers
    are written `with_comma`, one with a point is none.

    Raises
    ------
    ConfigError
        If the header names a column twice, or lacks a mapped one.
    """
    places = _places(fields, header)
    bad = _misfits(records, len(header))
    rows = range(len(records))
    if bad:
        refused = {record.row for record in bad}
        rows_kept = [row for row in rows if row not in refused]
        records = [records[row] for row in rows_kept]
    else:
        rows_kept = list(rows)
    columns = _columns(places, records)
    found = to_fields(fields, columns, clean=True)
    derived = _derived(fields, columns, found.get("id"))
    values = _with_points(fields, found) if with_comma else found
    return Raw(np.array(rows_kept, dtype=np.int64), values, derived, len(rows)), bad


def _places(fields: Sequence[Field], header: Sequence[str]) -> dict[str, int | None]:
    """Return where each mapped column stands; None where the header may lack one, and does."""
    if len(set(header)) < len(header):
        twice = next(name for name in header if list(header).count(name) > 1)
        msg = f"input: the header names the column {twice!r} twice (duplicate_column)"
        raise ConfigError(msg)
    there = set(mapped_columns(fields, header))
    mapped = [column for field in fields for column in field.columns]
    return {column: header.index(column) if column in there else None for column in mapped}


def _columns(places: dict[str, int | None], records: Records) -> dict[str, Sequence[Value]]:
    return {
        name: [None] * len(records) if n is None else [record[n] or None for record in records]
        for name, n in places.items()
    }


def _with_points(
    fields: Sequence[Field], values: dict[str, Sequence[Value]]
) -> dict[str, Sequence[Value]]:
    """Return the values of fields, numbers with a point where they have a comma."""
    numbers = {field.name for field in fields if field.role is Role.NUMBER}
    return {
        name: _swapped(column) if name in numbers else column for name, column in values.items()
    }


def _swapped(column: Sequence[Value]) -> list[Value]:
    # A point becomes a comma, so that it is no number: whoever writes 1,5 means a thousand by 1.000
    return [text.translate(_POINTS) if isinstance(text, str) else text for text in column]


def _derived(
    fields: Sequence[Field], columns: dict[str, Sequence[Value]], ids: Sequence[Value] | None
) -> list[str | None] | None:
    if ids is None:
        return [*derived_ids(fields, columns, clean=True)]
    missing = [row for row, value in enumerate(ids) if value is None]
    if not missing:
        return None
    part = {name: [values[row] for row in missing] for name, values in columns.items()}
    by_row = dict(zip(missing, derived_ids(fields, part, clean=True), strict=True))
    return [by_row.get(row) for row in range(len(ids))]


def _misfits(records: Records, width: int) -> list[BadRecord]:
    if set(map(len, records)) <= {width} and _is_text("".join(chain.from_iterable(records))):
        return []
    bad = []
    for row, record in enumerate(records):
        if len(record) != width:
            detail = f"expected {width} columns, got {len(record)}"
            bad.append(BadRecord(row, "wrong_column_count", None, detail))
        elif not _is_text("".join(record)):
            bad.append(BadRecord(row, "bad_encoding", None, "not in the file's encoding"))
    return bad


def _is_text(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
