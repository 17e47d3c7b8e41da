"""Headers: which of the columns that a mapping names a file has.

In: fields, and the names of a file's columns. Out: the columns to read, or an error that names
the one that is missing. It knows nothing of where the names come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import NoReturn

from rtm_flows.errors import ConfigError
from rtm_flows.events.fields import Field
from rtm_flows.events.mapping import FIELD_NAMES

_PEOPLE = ("user_id", "anonymous_id")
_NEEDED = ("time", "type")


def mapped_columns(fields: Sequence[Field], names: Collection[str]) -> list[str]:
    """Return the mapped columns that are among these names, each once, in the fields' order.

    A mapping must not name what is not there. In the canonical format, whose fields are all
    columns of the same name, only time, type and a person are asked for.

    Raises
    ------
    ConfigError
        If a column that must be there is missing, or a mapped one is there twice.
    """
    mapped = list(dict.fromkeys(column for field in fields for column in field.columns))
    for column in _wanted(fields, names, mapped):
        if column not in names:
            _refuse_missing(column, names)
    counts = Counter(names)
    for column in mapped:
        if counts[column] > 1:
            msg = f"input: the header names the column {column!r} twice (duplicate_column)"
            raise ConfigError(msg)
    return [column for column in mapped if column in counts]


def _wanted(
    fields: Sequence[Field], names: Collection[str], mapped: Sequence[str]
) -> Sequence[str]:
    if tuple(mapped) != FIELD_NAMES or any(field.columns != (field.name,) for field in fields):
        return mapped
    has_person = any(name in names for name in _PEOPLE)
    return [*_NEEDED, *(() if has_person else _PEOPLE[:1])]


def _refuse_missing(column: str, names: Collection[str]) -> NoReturn:
    near = get_close_matches(column, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    msg = f"input.mapping: the header has no column {column!r}{hint}"
    raise ConfigError(msg)
