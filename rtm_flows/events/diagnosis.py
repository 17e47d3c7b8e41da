"""Diagnosis: why a line is no record, in the words of a dead letter.

In: a line that a decoder has refused. Out: reason, field and detail, none of which holds a value
of the record. It knows nothing of what comes after decoding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from rtm_flows.events.fields import Field, Role
from rtm_flows.events.framing import MAX_DEPTH, is_too_deep
from rtm_flows.events.outcome import BadRecord
from rtm_flows.events.paths import lists_told, place_told
from rtm_flows.events.row_type import RowType

_SYNTAX: Final = msgspec.json.Decoder(msgspec.Raw)
_AT = re.compile(r" - at `\$\.(?P<column>.*)`$", re.DOTALL)
_INDEX = re.compile(r"\[(?:\d+|\.\.\.)\]")
_GOT = re.compile(r"got `(?P<kind>\w+)`")
_OUT_OF_RANGE: Final = {
    Role.TIME: "bad_time",
    Role.NAME: "wrong_type",
    Role.NUMBER: "bad_number",
    Role.TEXT: "bad_number",
    Role.ANY: "bad_number",
}


class Diagnosis:
    """Decodes single lines, and says what is wrong with those that cannot be decoded.

    Parameters
    ----------
    fields
        All mapped fields, to name the one at fault.
    max_bytes
        The longest line, in bytes without its end.
    """

    def __init__(self, fields: Sequence[Field], max_bytes: int) -> None:
        self._roles = {place_told(c): f.role for f in reversed(fields) for c in f.columns}
        columns = [column for field in fields for column in field.columns]
        self._lists = {place for column in columns for place in lists_told(column)}
        self._max_bytes = max_bytes

    def decode(self, row_type: RowType, row: int, line: bytes) -> msgspec.Struct | BadRecord:
        """Return the decoded line, or the reason why it is a dead letter."""
        if len(line) > self._max_bytes:
            return BadRecord(row, "too_large", None, f"more than {self._max_bytes} bytes")
        try:
            line.decode()
        except UnicodeDecodeError:
            return BadRecord(row, "bad_encoding", None, "not UTF-8")
        if is_too_deep(line):
            return BadRecord(row, "too_deep", None, f"nested deeper than {MAX_DEPTH}")
        try:
            return self._decode_text(row_type, row, line)
        except msgspec.DecodeError:
            return BadRecord(row, "broken_json", None, "not JSON")

    def _decode_text(self, row_type: RowType, row: int, line: bytes) -> msgspec.Struct | BadRecord:
        try:
            return row_type.decode(line)
        except msgspec.ValidationError as error:
            _SYNTAX.decode(line)  # whatever else is wrong, a broken line is a broken line
            return self._explain(row, str(error))

    def _explain(self, row: int, error: str) -> BadRecord:
        place, got = _AT.search(error), _GOT.search(error)
        kind = got["kind"] if got else "a number out of range"
        if place is None:
            return BadRecord(row, "not_an_object", None, f"expected an object, got {kind}")
        column = _INDEX.sub(".*", place["column"])
        role = self._roles.get(column)
        reason = "wrong_type" if got or role is None else _OUT_OF_RANGE[role]
        within = "a list" if column in self._lists else "an object"
        expected = within if role is None else role.value
        return BadRecord(row, reason, column, f"expected {expected}, got {kind}")
