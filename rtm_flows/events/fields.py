"""Fields: a mapping made into a list that the readers of every format follow.

In: a mapping, and columns of raw values. Out: field columns in one form, the same for JSON and
CSV, and derived ids. It knows nothing of lines, of CSV, or of what makes a value good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Columns
from enum import Enum, auto
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.events.field_names import DIGEST_FIELDS, FIELD_NAMES, TEXT_FIELDS
from rtm_flows.events.item_sums import item_sums
from rtm_flows.events.mapping import Mapping, Several
from rtm_flows.events.numeric import Value
from rtm_flows.events.paths import leads_into_list
from rtm_flows.events.texts import digests, to_texts, without_blanks


class Role(Enum):
    """What a field may hold, in words for whoever looks at a dead letter."""

    TIME = "a time or a number"
    NAME = "text or an integer"
    NUMBER = "a number"
    TEXT = "text or a number"
    ANY = "anything"


class How(Enum):
    """How a field is made of its columns."""

    ONE = auto()
    JOINED = auto()
    FIRST = auto()
    SUM = auto()


class Field(NamedTuple):
    """One mapped field.

    Attributes
    ----------
    columns, how
        What it is read from, and how it is made of these.
    wanted
        Whether it is looked at in every record, or only for derived ids.
    missing
        Texts that stand for nothing.
    optional
        Whether a header may lack its columns.
    """

    name: str
    columns: tuple[str, ...]
    role: Role
    wanted: bool
    how: How = How.ONE
    missing: frozenset[str] = frozenset()
    optional: bool = False

    @property
    def place(self) -> str:
        """The field as dead letters name it."""
        return "+".join(self.columns)

    @property
    def digested(self) -> bool:
        """Whether a derived id is made of this field, too."""
        return self.name in DIGEST_FIELDS

    @property
    def vital(self) -> bool:
        """Whether no record could be an event without it."""
        return self.name in ("time", "type")

    @property
    def plain(self) -> bool:
        """Whether clean values can be taken as they are decoded."""
        straight = self.how in (How.ONE, How.JOINED) and not self.missing
        return straight and not any(map(leads_into_list, self.columns))


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


RULE: Final = "rule:"
"""How the names of the fields begin that type rules look at, each a column."""

_FOR_TIMES: Final = ("time_offset", "original_timestamp", "sent_at")
_ROLES: Final = {
    "time": Role.TIME,
    "received_at": Role.TIME,
    "original_timestamp": Role.TIME,
    "sent_at": Role.TIME,
    "time_offset": Role.NUMBER,
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
    missing, optional = frozenset(mapping.missing), mapping.missing_columns == "allow"
    fields = []
    for name in (*FIELD_NAMES, *_FOR_TIMES):
        columns = getattr(mapping, name)
        if columns:
            role = _ROLES.get(name, Role.NAME)
            wanted = role is not Role.TEXT or name in text
            fields.append(Field(name, *_taken(columns, role, wanted), missing, optional))
    for column in _rule_columns(mapping):
        name = RULE + column
        fields.append(Field(name, (column,), Role.ANY, True, How.ONE, missing, optional))
    return tuple(fields)


def _taken(
    columns: str | list[str] | Several, role: Role, wanted: bool
) -> tuple[tuple[str, ...], Role, bool, How]:
    if isinstance(columns, str):
        return (columns,), role, wanted, How.ONE
    if isinstance(columns, list):
        return tuple(columns), role, wanted, How.JOINED if len(columns) > 1 else How.ONE
    how = How.FIRST if columns.first_of else How.SUM
    return tuple(columns.first_of or columns.sum), role, wanted, how


def _rule_columns(mapping: Mapping) -> Iterator[str]:
    yield from dict.fromkeys(column for rule in mapping.type_rules for column in rule.columns)


def to_fields(
    fields: Sequence[Field], columns: Columns[str, Sequence[Value]], *, clean: bool
) -> dict[str, Sequence[Value]]:
    """Return the wanted fields' values in the form of `Raw.fields`.

    Where `clean`, the columns hold no empty text, and no numbers where text is expected.
    """
    return {f.name: _to_field(f, columns, clean) for f in fields if f.wanted}


def _to_field(field: Field, columns: Columns[str, Sequence[Value]], clean: bool) -> Sequence[Value]:
    if field.how is How.SUM:
        return item_sums([columns[name] for name in field.columns], field.missing)
    if field.how is How.ONE:
        return _cleaned(field, columns[field.columns[0]], clean)
    if field.how is How.FIRST:
        parts = [_cleaned(field, columns[name], clean) for name in field.columns]
        rows = zip(*parts, strict=True)
        return [next((one for one in row if one is not None), None) for row in rows]
    parts = [_without(field.missing, to_texts(columns[name])) for name in field.columns]
    return [" ".join(map(str, row)) if all(row) else None for row in zip(*parts, strict=True)]


def _cleaned(field: Field, values: Sequence[Value], clean: bool) -> Sequence[Value]:
    if field.role is Role.ANY:
        values = to_texts([_as_shown(value) for value in values])
    elif not clean:
        as_text = field.role in (Role.NAME, Role.TEXT)
        values = to_texts(values) if as_text else without_blanks(values)
    return _without(field.missing, values)


def _without(missing: frozenset[str], values: Sequence[Value]) -> Sequence[Value]:
    return [None if value in missing else value for value in values] if missing else values


def _as_shown(value: object) -> Value:
    """Return what rules compare with text: of an object or a list only that it is there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int | float):
        return value
    return "..." if value else None


def derived_ids(
    fields: Sequence[Field], columns: Columns[str, Sequence[Value]], *, clean: bool
) -> list[str]:
    """Return a derived id for each row of the columns, from the mapped fields that take part."""
    parts: list[list[str | None]] = []
    for field in fields:
        if field.digested and field.how is How.JOINED:
            parts += [to_texts(_without(field.missing, columns[name])) for name in field.columns]
        elif field.digested:
            parts.append(to_texts(_to_field(field, columns, clean)))
    return digests(parts)
