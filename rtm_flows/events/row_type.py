"""Row types: structs made to measure, so that JSON is decoded straight into the fields needed.

In: the fields to decode. Out: a decoder of lines, and columns out of what it has decoded. It
knows nothing of broken lines: its errors are msgspec's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from rtm_flows.events.fields import Field, Role
from rtm_flows.events.numeric import Value
from rtm_flows.events.reach import collector
from rtm_flows.events.row_trees import Leaf, grow, route, struct_of

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_STRICT: Final[dict[Role, Any]] = {
    Role.TIME: int | float | _Text,
    Role.NUMBER: int | float,
    Role.NAME: _Text,
    Role.TEXT: _Text,
    Role.ANY: Any,
}
_LOOSE: Final[dict[Role, Any]] = {
    Role.TIME: int | float | str,
    Role.NUMBER: int | float | str,
    Role.NAME: int | str,
    Role.TEXT: int | float | str,
    Role.ANY: Any,
}


class RowType:
    """Decodes JSON objects into rows that hold just the columns of some fields.

    Parameters
    ----------
    fields
        The fields to decode. Dots in a column's name lead into nested objects.
    strict
        Whether to accept only rows that need no cleaning: with an id, a time, a type and a
        person, without empty text, and with text where text is expected.

    Raises
    ------
    ConfigError
        If a column cannot be both a value and an object, or cannot be a name in JSON.
    """

    def __init__(self, fields: Sequence[Field], *, strict: bool) -> None:
        leaves = _strict_leaves(fields) if strict else _loose_leaves(fields)
        tree = grow(leaves)
        self._decoder = msgspec.json.Decoder(struct_of(tree, strict))
        self._collectors = {column: collector(route(tree, column)) for column in leaves}

    def decode(self, line: bytes) -> msgspec.Struct:
        """Decode one object."""
        row: msgspec.Struct = self._decoder.decode(line)
        return row

    def decode_lines(self, block: bytes) -> list[msgspec.Struct]:
        """Decode all objects of a block."""
        rows: list[msgspec.Struct] = self._decoder.decode_lines(block)
        return rows

    def columns(self, rows: Sequence[msgspec.Struct]) -> dict[str, list[Value]]:
        """Return the values of each column, None where missing."""
        return {column: collect(rows) for column, collect in self._collectors.items()}


def _strict_leaves(fields: Sequence[Field]) -> dict[str, Leaf]:
    roles: dict[str, set[Role]] = {}
    needed = _needed(fields)
    required: set[str] = set()
    for field in fields:
        for column in field.columns:
            roles.setdefault(column, set()).add(field.role)
            required |= {column} if field.name in needed else set()
    # A column with several roles counts as clean only where it is text, which suits them all.
    return {
        column: Leaf(_STRICT[kinds.pop()] if len(kinds) == 1 else _Text, column in required)
        for column, kinds in roles.items()
    }


def _needed(fields: Sequence[Field]) -> set[str]:
    people = [field.name for field in fields if field.name in ("user_id", "anonymous_id")]
    return {"time", "id", "type", *(people if len(people) == 1 else ())}


def _loose_leaves(fields: Sequence[Field]) -> dict[str, Leaf]:
    leaves: dict[str, Leaf] = {}
    for field in fields:
        for column in field.columns:
            if column not in leaves or field.role is Role.NAME:
                leaves[column] = Leaf(_LOOSE[field.role], required=False)
    return leaves
