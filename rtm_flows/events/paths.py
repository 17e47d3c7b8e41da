"""Paths: columns of JSON that lie in nested objects and lists.

In: a column's name, such as `items.0.price`. Out: the steps that lead to its values. It knows
nothing of records or of what a value is.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Every(Enum):
    """The step into every entry of a list, written `*`."""

    ENTRY = "*"


class Where(NamedTuple):
    """The step to the first entry of a list in which a name holds a text, written `name=text`."""

    name: str
    text: str


Step = str | int | Where | Every

EVERY: Final = Every.ENTRY


def steps_of(column: str) -> list[Step]:
    """Return the steps of a path: a name, the index of an entry, every entry, or a choice of one.

    Examples
    --------
    >>> steps_of("items.0.price"), steps_of("items.*.price")
    (['items', 0, 'price'], ['items', <Every.ENTRY: '*'>, 'price'])
    >>> steps_of("event_params.key=page_location.value.string_value")[1]
    Where(name='key', text='page_location')
    """
    first, *others = column.split(".")
    return [first, *map(_step, others)]


def _step(part: str) -> Step:
    if part.isdecimal():
        return int(part)
    if part == EVERY.value:
        return EVERY
    name, equals, text = part.partition("=")
    return Where(name, text) if name and equals else part


def leads_into_list(column: str) -> bool:
    """Tell whether a path has a step into a list.

    Examples
    --------
    >>> leads_into_list("items.0"), leads_into_list("0.items")
    (True, False)
    """
    return not all(isinstance(step, str) for step in steps_of(column))


def place_told(column: str) -> str:
    """Return a path as dead letters name it, which does not say which entry of a list it is.

    Examples
    --------
    >>> place_told("items.0.price"), place_told("context.page.url")
    ('items.*.price', 'context.page.url')
    """
    first, *others = steps_of(column)
    every = (f".{step if isinstance(step, str) else EVERY.value}" for step in others)
    return "".join([str(first), *every])


def lists_told(column: str) -> list[str]:
    """Return the lists that a path leads into, as dead letters name them.

    Examples
    --------
    >>> lists_told("order.items.0.codes.1")
    ['order.items', 'order.items.*.codes']
    """
    parts = place_told(column).split(f".{EVERY.value}")
    return [f".{EVERY.value}".join(parts[:count]) for count in range(1, len(parts))]
