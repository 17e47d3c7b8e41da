"""Trees of columns: nested objects and lists as nested structs, made to measure.

In: columns with the types of their values. Out: a struct type to decode, and the way to each column
in it. It knows nothing of roles and mappings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, Union

import msgspec

from rtm_flows.errors import ConfigError
from rtm_flows.events.paths import Step, Where, steps_of


class Leaf(NamedTuple):
    """A column's values: their type, and whether no row may lack it."""

    type: Any
    required: bool


class Entries:
    """A list, of whose entries something is read."""

    def __init__(self) -> None:
        self.node: Node | None = None


Tree = dict[str, "Node"]
Node = Union[Tree, Leaf, Entries]  # noqa: UP007 - a name in quotes cannot be joined by a bar


def grow(leaves: Mapping[str, Leaf]) -> Tree:
    """Return the tree of some columns.

    Raises
    ------
    ConfigError
        If a column cannot be both a value and an object or list, or its name is empty.
    """
    tree: Tree = {}
    for column, leaf in leaves.items():
        _plant(tree, steps_of(column), leaf, column)
    return tree


def _plant(node: Node | None, steps: Sequence[Step], leaf: Leaf, column: str) -> Node:
    """Return the node with a leaf at the end of the steps from there on."""
    if not steps:
        if node is None or (isinstance(node, Leaf) and node.type == leaf.type):
            return leaf
        if isinstance(node, Leaf):  # two ways to the same values: of any type that either has
            return Leaf(Any, required=False)
        _refuse(column, "it is empty between dots, or also read as an object")
    step, *rest = steps
    if isinstance(step, str):
        tree = {} if node is None else node
        if not isinstance(tree, dict):
            parent = steps_of(column)[-len(steps) - 1]
            _refuse(column, f"{parent} is also read as a value or a list")
        if not step:
            _refuse(column, "it is empty between dots, or also read as an object")
        tree[step] = _plant(tree.get(step), rest, leaf, column)
        return tree
    entries = Entries() if node is None else node
    if not isinstance(entries, Entries):
        _refuse(column, "what is read as a list is also read as a value or an object")
    if isinstance(step, Where):
        entries.node = _plant(entries.node, [step.name], Leaf(Any, required=False), column)
    entries.node = _plant(entries.node, rest, leaf, column)
    return entries


def struct_of(tree: Tree, strict: bool) -> Any:
    """Return a struct type with a member for each branch, in their order, called m0, m1 ...

    Raises
    ------
    ConfigError
        If a name cannot be one in JSON.
    """
    members = [_member(f"m{n}", branch, strict) for n, branch in enumerate(tree.values())]
    rename = {f"m{n}": name for n, name in enumerate(tree)}
    try:
        return msgspec.defstruct("Row", members, rename=rename, gc=False, frozen=True, kw_only=True)
    except ValueError:
        _refuse(next(iter(tree)), "quotes, backslashes and control characters are not allowed")


def _member(name: str, node: Node, strict: bool) -> Any:
    if isinstance(node, Leaf):
        return (name, node.type) if node.required else (name, node.type | None, None)
    if isinstance(node, Entries):
        return (name, _entries(node) | None, None)
    nested = struct_of(node, strict)
    if any(field.required for field in msgspec.structs.fields(nested)):
        return (name, nested)
    return (name, nested if strict else nested | None, nested())


def _entries(entries: Entries) -> Any:
    node = entries.node
    if isinstance(node, Leaf):
        inner = node.type
    elif isinstance(node, Entries):
        inner = _entries(node)
    else:
        inner = struct_of(node or {}, strict=False)
    return list.__class_getitem__(inner | None)


def route(tree: Tree, column: str) -> list[Step]:
    """Return the steps to a column, by the names of the members of the structs."""
    found: list[Step] = []
    node: Any = tree
    for step in steps_of(column):
        if isinstance(step, str):
            found.append(_member_of(node, step))
            node = node[step]
        else:
            node = node.node
            found.append(_renamed(node, step) if isinstance(step, Where) else step)
    return found


def _renamed(tree: Tree, step: Where) -> Where:
    return Where(_member_of(tree, step.name), step.text)


def _member_of(tree: Tree, name: str) -> str:
    return f"m{list(tree).index(name)}"


def _refuse(column: str, why: str) -> NoReturn:
    msg = f"input.mapping: column {column!r} cannot be read from JSON: {why}"
    raise ConfigError(msg)
