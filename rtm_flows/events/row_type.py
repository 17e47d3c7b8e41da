"""Row types: structs made to measure, so that JSON is decoded straight into the fields needed.

In: the fields to decode. Out: a decoder of lines, and columns out of what it has decoded. It
knows nothing of broken lines: its errors are msgspec's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, NamedTuple, NoReturn

import msgspec

from rtm_flows.errors import ConfigError
from rtm_flows.events.fields import Field, Role
from rtm_flows.events.numeric import Value

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_STRICT: Final[dict[Role, Any]] = {
    Role.TIME: int | float | _Text,
    Role.NUMBER: int | float,
    Role.NAME: _Text,
    Role.TEXT: _Text,
}
_LOOSE: Final[dict[Role, Any]] = {
    Role.TIME: int | float | str,
    Role.NUMBER: int | float | str,
    Role.NAME: int | str,
    Role.TEXT: int | float | str,
}


Collector = Callable[[Sequence[msgspec.Struct]], list[Value]]


class _Leaf(NamedTuple):
    type: Any
    required: bool


_Tree = dict[str, "_Tree | _Leaf"]


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
        tree = _grow(leaves)
        self._decoder = msgspec.json.Decoder(_struct(tree, strict))
        paths = {column: _path(tree, column) for column in leaves}
        self._collectors = {column: _collector(path) for column, path in paths.items()}

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


def _collector(path: str) -> Collector:
    """Return what collects an attribute, perhaps of an attribute, of rows.

    Written out, as here, attributes are reached in a third of the time that `attrgetter` takes.
    The names in the path are our own: see `_struct`.
    """
    quick: Collector = eval(f"lambda rows: [row.{path} for row in rows]", {})

    def collect(rows: Sequence[msgspec.Struct]) -> list[Value]:
        try:
            return quick(rows)
        except AttributeError:  # null stands where an object is expected
            return [_reach(row, path.split(".")) for row in rows]

    return collect


def _reach(value: Any, names: Sequence[str]) -> Value:
    for name in names:
        value = None if value is None else getattr(value, name)
    found: Value = value
    return found


def _strict_leaves(fields: Sequence[Field]) -> dict[str, _Leaf]:
    roles: dict[str, set[Role]] = {}
    needed = _needed(fields)
    required: set[str] = set()
    for field in fields:
        for column in field.columns:
            roles.setdefault(column, set()).add(field.role)
            required |= {column} if field.name in needed else set()
    # A column with several roles counts as clean only where it is text, which suits them all.
    return {
        column: _Leaf(_STRICT[kinds.pop()] if len(kinds) == 1 else _Text, column in required)
        for column, kinds in roles.items()
    }


def _needed(fields: Sequence[Field]) -> set[str]:
    people = [field.name for field in fields if field.name in ("user_id", "anonymous_id")]
    return {"time", "id", "type", *(people if len(people) == 1 else ())}


def _loose_leaves(fields: Sequence[Field]) -> dict[str, _Leaf]:
    leaves: dict[str, _Leaf] = {}
    for field in fields:
        for column in field.columns:
            if column not in leaves or field.role is Role.NAME:
                leaves[column] = _Leaf(_LOOSE[field.role], required=False)
    return leaves


def _grow(leaves: dict[str, _Leaf]) -> _Tree:
    tree: _Tree = {}
    for column, leaf in leaves.items():
        *parents, name = column.split(".")
        branch = tree
        for parent in parents:
            inner: _Tree | _Leaf = branch.setdefault(parent, {})
            if isinstance(inner, _Leaf):
                _refuse(column, f"{parent} is also read as a value")
            branch = inner
        if not all(column.split(".")) or name in branch:
            _refuse(column, "it is empty between dots, or also read as an object")
        branch[name] = leaf
    return tree


def _refuse(column: str, why: str) -> NoReturn:
    msg = f"input.mapping: column {column!r} cannot be read from JSON: {why}"
    raise ConfigError(msg)


def _struct(tree: _Tree, strict: bool) -> Any:
    members = [_member(f"m{n}", branch, strict) for n, branch in enumerate(tree.values())]
    rename = {f"m{n}": name for n, name in enumerate(tree)}
    try:
        return msgspec.defstruct("Row", members, rename=rename, gc=False, frozen=True, kw_only=True)
    except ValueError:
        _refuse(next(iter(tree)), "quotes, backslashes and control characters are not allowed")


def _member(name: str, branch: _Tree | _Leaf, strict: bool) -> Any:
    if isinstance(branch, _Leaf):
        return (name, branch.type) if branch.required else (name, branch.type | None, None)
    nested = _struct(branch, strict)
    if any(field.required for field in msgspec.structs.fields(nested)):
        return (name, nested)
    return (name, nested if strict else nested | None, nested())


def _path(tree: _Tree, column: str) -> str:
    names = []
    branch: Any = tree
    for part in column.split("."):
        names.append(f"m{list(branch).index(part)}")
        branch = branch[part]
    return ".".join(names)
