"""Rows of Arrow, written as lines of JSON.

In: a batch of rows of any types. Out: one JSON object a row, in which each value is what JSON
Lines of the same content would hold. So whatever reads records reads these, nested ones too. It
refuses to know which columns mean something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rtm_flows.errors import ConfigError

Tokens = Any
"""An Arrow array of bytes, each the JSON of a value; null stands for null."""

_BYTES = pa.binary()
_NO_TEXT = b"\xff"
"""Stands for text that is no UTF-8, and is none itself: its line is a dead letter."""


def json_lines(batch: pa.RecordBatch) -> bytes:
    r"""Return the rows as JSON, a line each. Dots in a column's name lead into objects.

    Integers, booleans and text are themselves; decimals and floats are numbers, of the fewest
    digits that tell a float of its width, a whole one with `.0`; NaN is null, and an infinity a
    number beyond all bounds. Times of day, dates and timestamps are text as in RFC 3339, in UTC
    where they have a zone. Binary values are text, lists are lists, and structs and maps objects.

    Raises
    ------
    ConfigError
        If a column is of a type that JSON has nothing for, or two columns have the same name.

    Examples
    --------
    >>> json_lines(pa.record_batch({"id": ["a", None], "page.depth": [1.0, 2.5]}))
    b'{"id":"a","page":{"depth":1.0}}\n{"id":null,"page":{"depth":2.5}}\n'
    """
    columns: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        _place(columns, name, _tokens(column, name))
    text = _joined(_object(columns, batch.num_rows), pa.scalar(b"\n", _BYTES))
    _, offsets, data = text.buffers()
    ends = memoryview(offsets).cast("i")
    begin, end = ends[text.offset], ends[text.offset + len(text)]
    return b"" if data is None else bytes(data[begin : end - begin])


def _place(columns: dict[str, Any], column: str, tokens: Tokens) -> None:
    *parents, name = column.split(".")
    branch = columns
    for parent in parents:
        branch = branch.setdefault(parent, {})
        if not isinstance(branch, dict):
            _refuse(column, f"{parent} is a column too, so that {column} has two meanings")
    if name in branch:
        _refuse(column, f"there are several of that name, or columns {column}.* beside it")
    branch[name] = tokens


def _refuse(column: str, why: str) -> NoReturn:
    msg = f"the column {column!r} cannot be read: {why}"
    raise ConfigError(msg)


def _joined(*parts: Any) -> Tokens:
    nothing = pa.scalar(b"", _BYTES)
    return pc.binary_join_element_wise(
        *parts, nothing, null_handling="replace", null_replacement=b"null"
    )


def _object(members: Mapping[str, Any], rows: int) -> Tokens:
    """Return an object a row out of tokens, and of objects of tokens, by name."""
    parts: list[Any] = []
    for name, member in members.items():
        before = (b"," if parts else b"{") + msgspec.json.encode(name) + b":"
        parts += [before, _object(member, rows) if isinstance(member, dict) else member]
    if not parts:
        return pa.array([b"{}"] * rows, _BYTES)
    whole = [pa.scalar(part, _BYTES) if isinstance(part, bytes) else part for part in parts]
    return _joined(*whole, pa.scalar(b"}", _BYTES))


def _tokens(array: Any, column: str) -> Tokens:
    """Return the JSON of each value of a column, or of a part of it."""
    kind = array.type
    if isinstance(kind, pa.UuidType):
        return _quoted(pa.array([_text(uuid) for uuid in array.to_pylist()], _BYTES))
    if isinstance(kind, pa.BaseExtensionType):
        return _tokens(array.storage, column)
    if pa.types.is_dictionary(kind):
        return _tokens(array.dictionary_decode(), column)
    for is_kind, write in _PLAIN.items():
        if is_kind(kind):
            return write(array)
    for is_kind, write_nested in _NESTED.items():
        if is_kind(kind):
            tokens = write_nested(array, column)
            return pc.if_else(array.is_valid(), tokens, pa.scalar(None, _BYTES))
    _refuse(column, f"it is of the type {kind}, for which there is nothing in JSON")


def _text(value: object) -> bytes | None:
    return None if value is None else str(value).encode()


def _spelled(array: Any) -> Tokens:
    return array.cast(pa.string()).cast(_BYTES)


def _quoted(array: Any) -> Tokens:
    text = array.cast(_BYTES)
    special = pc.fill_null(pc.match_substring_regex(text, r'["\\\x00-\x1f]'), False)
    if pc.any(special).as_py():
        escaped = [_escaped(value) for value in text.filter(special).to_pylist()]
        text = pc.replace_with_mask(text, special, pa.array(escaped, _BYTES))
    quote = pa.scalar(b'"', _BYTES)
    return pc.binary_join_element_wise(quote, text, quote, pa.scalar(b"", _BYTES))


def _escaped(value: bytes) -> bytes:
    try:
        return msgspec.json.encode(value.decode())[1:-1]
    except UnicodeDecodeError:
        return _NO_TEXT


def _floats(array: Any) -> Tokens:
    wide = array.cast(pa.float32()) if pa.types.is_float16(array.type) else array
    text = wide.cast(pa.string())
    whole = pc.match_substring_regex(text, "^-?[0-9]+$")
    dotted = pc.if_else(whole, pc.binary_join_element_wise(text, ".0", ""), text)
    beyond = pc.if_else(pc.greater(wide, 0), "1e999", "-1e999")
    bounded = pc.if_else(pc.is_inf(wide), beyond, dotted)
    known: Any = pc.if_else(pc.is_nan(wide), pa.scalar(None, pa.string()), bounded)
    return known.cast(_BYTES)


def _moments(array: Any) -> Tokens:
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    text = pc.replace_substring(array.cast(pa.string()), " ", "T", max_replacements=1)
    return _quoted(text)


def _struct(array: Any, column: str) -> Tokens:
    names = [field.name for field in array.type]
    members = {
        name: _tokens(member, f"{column}.{name}")
        for name, member in zip(names, array.flatten(), strict=True)
    }
    return _object(members, len(array))


def _list(array: Any, column: str) -> Tokens:
    plain = array.cast(pa.list_(array.type.value_type))
    return _enclosed(b"[", _tokens(plain.values, column), plain.offsets, b"]")


def _map(array: Any, column: str) -> Tokens:
    keys = _tokens(array.keys, column)
    if not pa.types.is_string(array.type.key_type):
        keys = _quoted(keys)
    items = _joined(keys, pa.scalar(b":", _BYTES), _tokens(array.items, column))
    return _enclosed(b"{", items, array.offsets, b"}")


def _enclosed(begin: bytes, tokens: Tokens, offsets: Any, end: bytes) -> Tokens:
    lists = pa.ListArray.from_arrays(offsets, pc.fill_null(tokens, b"null"))
    inner = pc.binary_join(lists, pa.scalar(b",", _BYTES))
    return _joined(pa.scalar(begin, _BYTES), inner, pa.scalar(end, _BYTES))


def _is_text(kind: pa.DataType) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_fixed_size_binary,
        )
    )


def _is_list(kind: pa.DataType) -> bool:
    of_lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_kind(kind) for is_kind in of_lists)


_PLAIN: dict[Callable[[pa.DataType], bool], Callable[[Any], Tokens]] = {
    pa.types.is_null: lambda array: pa.nulls(len(array), _BYTES),
    _is_text: _quoted,
    pa.types.is_boolean: _spelled,
    pa.types.is_integer: _spelled,
    pa.types.is_decimal: _spelled,
    pa.types.is_floating: _floats,
    pa.types.is_timestamp: _moments,
    pa.types.is_date: lambda array: _quoted(array.cast(pa.string())),
    pa.types.is_time: lambda array: _quoted(array.cast(pa.string())),
}
_NESTED: dict[Callable[[pa.DataType], bool], Callable[[Any, str], Tokens]] = {
    pa.types.is_struct: _struct,
    _is_list: _list,
    pa.types.is_map: _map,
}
