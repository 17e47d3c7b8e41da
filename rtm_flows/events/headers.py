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

_PEOPLE = ("user_id", "anonymous_id")


def mapped_columns(fields: Sequence[Field], names: Collection[str]) -> list[str]:
    """Return the mapped columns that are among these names, each once, in the fields' order.

    A mapping must not name what is not there. The formats that come with the package name many
    columns that a file may lack, but not time, type, and all that tell who it was.

    Raises
    ------
    ConfigError
        If a column that must be there is missing, or a mapped one is there twice.
    """
    for field in fields:
        _require(field, names)
    people = [field for field in fields if field.name in _PEOPLE]
    told = [column for field in people for column in field.columns]
    if told and not any(column in names for column in told):
        _refuse_missing(told[0], names)
    counts = Counter(names)
    mapped = list(dict.fromkeys(column for field in fields for column in field.columns))
    for column in mapped:
        if counts[column] > 1:
            msg = f"input: the header names the column {column!r} twice (duplicate_column)"
            raise ConfigError(msg)
    return [column for column in mapped if column in counts]


def _require(field: Field, names: Collection[str]) -> None:
    absent = [column for column in field.columns if column not in names]
    if not absent or (field.optional and (len(absent) < len(field.columns) or not field.vital)):
        return
    _refuse_missing(absent[0], names)


def _refuse_missing(column: str, names: Collection[str]) -> NoReturn:
    near = get_close_matches(column, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    msg = f"input.mapping: the header has no column {column!r}{hint}"
    raise ConfigError(msg)
