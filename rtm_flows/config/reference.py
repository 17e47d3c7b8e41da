"""The reference of the configuration: every table and key, written from the code.

In: the records that a job is made of. Out: Markdown. It reads and writes no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from rtm_flows.config.job import Job
from rtm_flows.config.meanings import meaning, summary
from rtm_flows.config.reference_examples import example, kind_of, toml_value
from rtm_flows.events.mapping import Mapping, Several
from rtm_flows.features.definition import Definition

_HEAD = """\
# The configuration

Every table and key of a job's TOML file. Written from the code by `make reference`: change the
docstrings, not this page. What the keys do exactly is said in the
[semantics](../semantics.md), how rules are written in [rules](../rules.md).

Durations are ISO 8601 (`PT30M`, `P1D`: days, hours, minutes, seconds). A default of
"none" is that of a key that is left out. Unknown keys are refused, with the nearest known one;
`rtm check` tells what else does not fit.
"""
_COLUMNS = "| key | values | default | meaning |\n|---|---|---|---|\n"
_KIND_ROW = "| `kind` | text | (required) | What it counts: a kind below, with keys of its own. |\n"
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true`, `false`", Any: "any"}
_WRITTEN_ELSEWHERE = {
    "features": "[the default features](../features.md)",
    "actions": "those of `rtm_flows.decisions.defaults`",
}


class _Table(NamedTuple):
    """A table of the configuration."""

    path: str
    record: type[msgspec.Struct]
    is_list: bool = False

    @property
    def heading(self) -> str:
        """The table as TOML writes it, and its kind where one of several is chosen by it."""
        if not self.path:
            return "Top level"
        if kind := kind_of(self.record):
            return f"`{kind}`"
        return f"`[[{self.path}]]`" if self.is_list else f"`[{self.path}]`"


def page() -> str:
    """Return the page.

    Raises
    ------
    LookupError
        If a key has no meaning, or a table no example.
    """
    written: dict[type, str] = {}
    return _HEAD + "".join(_section(table, written) for table in _tables(_Table("", Job)))


def _tables(table: _Table) -> Iterator[_Table]:
    """Yield a table and all those below it."""
    yield table
    for field in msgspec.structs.fields(table.record):
        path = f"{table.path}.{field.name}" if table.path else field.name
        if path == "features":
            yield _Table(path, Definition, is_list=True)
        for record, is_list in _records(field.type):
            if record is not Several:
                yield from _tables(_Table(path, record, is_list))
    if table.record is Mapping:
        yield _Table(f"{table.path}.FIELD", Several)


def _records(hint: Any, *, is_list: bool = False) -> Iterator[tuple[type[msgspec.Struct], bool]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint, is_list
    for part in get_args(hint):
        yield from _records(part, is_list=is_list or get_origin(hint) in (tuple, list))


def _section(table: _Table, written: dict[type, str]) -> str:
    depth = table.path.count(".") + (kind_of(table.record) is not None)
    level = "#" * min(4, 2 + depth)
    head = f"\n{level} {table.heading}\n\n"
    if before := written.get(table.record):
        return f"{head}The keys of {before}.\n"
    written[table.record] = table.heading
    rows = "".join(_row(table, field) for field in _own_fields(table.record))
    rows += _KIND_ROW if table.record is Definition else ""
    grid = f"{_COLUMNS}{rows}\n" if rows else ""
    toml = example(table.path, table.record)
    return f"{head}{summary(table.record)}\n\n{grid}```toml\n{toml}\n```\n"


def _own_fields(record: type[msgspec.Struct]) -> list[msgspec.structs.FieldInfo]:
    """Return the keys of a table; of a kind of feature those that not all kinds have."""
    fields = msgspec.structs.fields(record)
    if not issubclass(record, Definition) or record is Definition:
        return list(fields)
    return [field for field in fields if field.name not in Definition.__struct_fields__]


def _row(table: _Table, field: msgspec.structs.FieldInfo) -> str:
    said = meaning(table.record, field.name).replace("|", "\\|")
    return f"| `{field.name}` | {_values(field.type)} | {_default(table, field)} | {said} |\n"


def _values(hint: Any) -> str:
    """Return what may stand at a key.

    Examples
    --------
    >>> _values(Literal["a", "b"] | float), _values(tuple[str, ...] | None)
    ('`"a"`, `"b"`, number', 'list of text')
    """
    origin, parts = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is Several:
        return "[several columns](#inputmappingfield)"
    if origin is Literal:
        return ", ".join(f'`"{value}"`' for value in parts)
    if origin in (Union, UnionType):
        told = (_values(part) for part in parts if part is not NoneType)
        return ", ".join(dict.fromkeys(told))
    if origin in (tuple, list):
        inner = _values(parts[0])
        return "list of tables" if inner == "table" else f"list of {inner}"
    if origin is dict:
        return f"table of {_values(parts[1])}"
    return "table"


def _default(table: _Table, field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "the file's name" if (table.record, field.name) == (Job, "name") else "(required)"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()
    if not table.path and field.name in _WRITTEN_ELSEWHERE:
        return _WRITTEN_ELSEWHERE[field.name]
    if value is None:
        return "none"
    return "its defaults" if isinstance(value, msgspec.Struct) else f"`{toml_value(value)}`"
