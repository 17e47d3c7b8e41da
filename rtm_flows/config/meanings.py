"""What each key of the configuration means: read from the docstrings, its one source.

In: a record of the configuration. Out: the words of its docstring, key by key. It refuses to know
how they are shown.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import get_type_hints

import msgspec

from rtm_flows.events.mapping import Mapping
from rtm_flows.events.plan import PLAN

_SECTION = re.compile(r"^(\w[\w ]*)\n-+$", re.MULTILINE)


def summary(record: type[msgspec.Struct]) -> str:
    """Return the first sentence of a record, and what else stands before its sections.

    Examples
    --------
    >>> from rtm_flows.config.job import SessionRule
    >>> summary(SessionRule)
    'When a session ends.'
    """
    text = _doc(record)
    found = _SECTION.search(text)
    return (text[: found.start()] if found else text).strip()


def meaning(record: type[msgspec.Struct], key: str) -> str:
    """Return what a key means: of the record, or of the nearest one that it is made from.

    Raises
    ------
    LookupError
        If no docstring says it; the text says where to write it.

    Examples
    --------
    >>> from rtm_flows.config.job import SessionRule
    >>> meaning(SessionRule, "gap")
    'ISO 8601 duration, longer than zero: a longer pause begins a new session.'
    """
    for one in record.__mro__:
        if said := _attributes(_doc(one)).get(key):
            return said
    if record is Mapping and (said := " Or: ".join(_of_events().get(key, []))):
        return said
    msg = (
        f"{record.__module__}.{record.__name__}: no docstring says what `{key}` means; write it "
        "under Attributes in the docstring of the class"
    )
    raise LookupError(msg)


def _doc(one: type) -> str:
    # Its own only: what a class does not say, `inspect.getdoc` takes from others.
    return inspect.cleandoc(vars(one).get("__doc__") or "")


def _attributes(text: str) -> dict[str, str]:
    """Return the texts of the section Attributes, by each of the names that they stand under."""
    parts = _SECTION.split(text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    found: dict[str, str] = {}
    names: list[str] = []
    for line in sections.get("Attributes", "").splitlines():
        if line and not line.startswith(" "):
            names = line.split(", ")
        elif line:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        else:
            names = []
    return found


@cache
def _of_events() -> dict[str, list[str]]:
    """Return what the tracking plan says of each field, in every way that it does."""
    found: dict[str, list[str]] = {}
    for event in PLAN.values():
        for field, said in _described(event):
            if said not in found.setdefault(field, []):
                found[field].append(said)
    return found


def _described(event: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    for field, hint in get_type_hints(event, include_extras=True).items():
        for meta in getattr(hint, "__metadata__", ()):
            if meta.description:
                yield field, meta.description
