"""What an object holds: bytes by place, each thing counted once.

In: any object. Out: bytes by the path to where they are held, three steps deep. It knows no class
of this package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

DEEP = 3
_SHARED = (type, ModuleType, FunctionType, MethodType, np.dtype)


def held(root: object, without: tuple[str, ...] = ()) -> dict[str, int]:
    """Return the bytes that an object holds, by place.

    Parameters
    ----------
    root
        An object, or a mapping.
    without
        Names of attributes of the root that are not its own.

    Notes
    -----
    An array counts with its memory, whatever part of it is looked at; what is shared counts where
    it is met first. Classes, functions and modules are nobody's.

    Examples
    --------
    >>> found = held({"times": np.zeros(4), "again": [np.zeros(2)]})
    >>> sorted(found), found["times"] >= 32
    (['again', 'times'], True)
    """
    seen = {id(root)}
    sizes: dict[str, int] = {}
    stack: list[tuple[tuple[str, ...], object]] = [
        ((name,), value) for name, value in _named(root) if name not in without
    ]
    while stack:
        path, thing = stack.pop()
        if isinstance(thing, np.ndarray):
            thing = _owner(thing)
        if thing is None or id(thing) in seen or isinstance(thing, _SHARED):
            continue
        seen.add(id(thing))
        place = "/".join(path)
        sizes[place] = sizes.get(place, 0) + _size(thing)
        stack += [((*path, name)[:DEEP], value) for name, value in _named(thing)]
        stack += [(path, value) for value in _unnamed(thing)]
    return sizes


def _owner(array: np.ndarray[Any, Any]) -> object:
    base: object = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return base


def _size(thing: object) -> int:
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    return sys.getsizeof(thing)


def _named(thing: object) -> Iterator[tuple[str, object]]:
    """Yield what stands under a name: attributes, and values of dicts by text."""
    if isinstance(thing, dict):
        if len(thing) < 1000 and all(isinstance(key, str) for key in thing):
            yield from thing.items()
        return
    yield from getattr(thing, "__dict__", {}).items()
    for base in type(thing).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield name, getattr(thing, name)


def _unnamed(thing: object) -> Iterator[object]:
    if isinstance(thing, dict):
        yield from thing.keys()
        if len(thing) >= 1000 or not all(isinstance(key, str) for key in thing):
            yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
