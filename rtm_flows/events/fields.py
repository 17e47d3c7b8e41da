"""Fields: a mapping made into a list that the readers of every format follow.

In: a mapping, and columns of raw values. Out: field columns in one form, the same for JSON and
CSV, and derived ids. It knows nothing of lines, of CSV, or of what makes a value good.
"""

from __future__ import annotations

from collections.abc import Mapping as Columns
from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.events.field_names import DIGEST_FIELDS, FIELD_NAMES, TEXT_FIELDS
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.numeric import Value
from rtm_flows.events.texts import digests, to_texts, without_blanks


class Role(Enum):
    """What a field may hold, in words for whoever looks at a dead letter."""

    TIME = "a time or a number"
    NAME = "text or an integer"
    NUMBER = "a number"
    TEXT = "text or a number"


class Field(NamedTuple):
    """One mapped field: the columns it is read from, and whether its column is wanted."""

    name: str
    columns: tuple[str, ...]
    role: Role
    wanted: bool

    @property
    def place(self) -> str:
        """The field as dead letters name it."""
        return "+".join(self.columns)

    @property
    def digested(self) -> bool:
        """Whether a derived id is made of this field, too."""
        return self.name in DIGEST_FIELDS


class Raw(NamedTuple):
    """Records as read, before it is known whether they are events.

    Attributes
    ----------
    rows
        The index of each record in its batch.
    fields
        Field -> values: numbers, text or None for times and numbers; else text or None.
    derived
        The derived id where the record has no id of its own; None if all have one.
    lines
        How many lines were read, blank and bad ones among them.
    """

    rows: NDArray[np.int64]
    fields: dict[str, Sequence[Value]]
    derived: list[str | None] | None
    lines: int


_ROLES: Final = {
    "time": Role.TIME,
    "received_at": Role.TIME,
    "price": Role.NUMBER,
    "quantity": Role.NUMBER,
    "value": Role.NUMBER,
    **dict.fromkeys(TEXT_FIELDS, Role.TEXT),
}


def mapped_fields(mapping: Mapping, text: Sequence[str]) -> tuple[Field, ...]:
    """List the fields read from columns, in declared order; text fields are wanted if named.

    Examples
    --------
    >>> from rtm_flows.events.mapping import CANONICAL
    >>> [f.name for f in mapped_fields(CANONICAL, ["device"]) if f.wanted][-2:]
    ['value', 'device']
    """
    fields = []
    for name in FIELD_NAMES:
        columns = getattr(mapping, name)
        if columns is not None:
            several = (columns,) if isinstance(columns, str) else tuple(columns)
            role = _ROLES.get(name, Role.NAME)
            fields.append(Field(name, several, role, role is not Role.TEXT or name in text))
    return tuple(fields)


def to_fields(
    fields: Sequence[Field], columns: Columns[str, Sequence[Value]], *, clean: bool
) -> dict[str, Sequence[Value]]:
    """Return the wanted fields' values in the form of `Raw.fields`.

    Where `clean`, the columns hold no empty text, and no numbers where text is expected.
    """
    return {f.name: _to_field(f, columns, clean) for f in fields if f.wanted}


def _to_field(field: Field, columns: Columns[str, Sequence[Value]], clean: bool) -> Sequence[Value]:
    if len(field.columns) > 1:
        parts = zip(*(to_texts(columns[name]) for name in field.columns), strict=True)
        return [" ".join(part for part in row if part) if all(row) else None for row in parts]
    values = columns[field.columns[0]]
    if clean:
        return values
    return to_texts(values) if field.role in (Role.NAME, Role.TEXT) else without_blanks(values)


def derived_ids(fields: Sequence[Field], columns: Columns[str, Sequence[Value]]) -> list[str]:
    """Return a derived id for each row of the columns, from the mapped fields that take part."""
    return digests([to_texts(columns[name]) for f in fields if f.digested for name in f.columns])
