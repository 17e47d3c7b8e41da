"""The type of each event, from the foreign names of types.

In: a mapping, and a column of foreign names. Out: event types, all equal ones the same object.
It knows nothing of what follows from a type.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import numpy as np

from rtm_flows.events.faults import Faults
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.numeric import Value
from rtm_flows.events.types import EVENT_TYPES, custom_type, is_event_type

IGNORED: Final = ""
"""Stands for the type of an event that is to be ignored."""


class TypeMap:
    """Tells the event type of each foreign type.

    Examples
    --------
    >>> mapping = Mapping(time="t", type="e", types={"view": "view_item"}, ignore=["ping"])
    >>> TypeMap(mapping)(["view", "ping"], Faults(np.arange(2), {}))
    ['view_item', '']
    """

    def __init__(self, mapping: Mapping) -> None:
        known = mapping.types or {name: name for name in EVENT_TYPES}
        self._known = {foreign: sys.intern(name) for foreign, name in known.items()}
        self._known.update(dict.fromkeys(mapping.ignore, IGNORED))
        self._canonical = not mapping.types
        self._unmapped = mapping.unmapped

    def __call__(self, names: Sequence[Value], faults: Faults) -> list[str | None]:
        """Return event types, `IGNORED` where they are ignored, None where there is a fault."""
        types: list[str | None] = list(map(self._known.get, names))  # type: ignore[arg-type]
        if None in types:
            others = {name: self._other(name) for name in set(names) if name not in self._known}
            types = [others.get(name, found) for name, found in zip(names, types, strict=True)]
            missing = np.array([name is None for name in names], dtype=np.bool_)
            faults.add(missing, "missing_field", "type", "expected a type")
            unknown = np.array([found is None for found in types], dtype=np.bool_)
            faults.add(unknown, "unknown_type", "type", "neither mapped nor ignored")
        return types

    def _other(self, name: Value) -> str | None:
        if not isinstance(name, str):
            return None
        if self._canonical and is_event_type(name):
            return sys.intern(name)
        if self._unmapped == "ignore":
            return IGNORED
        return custom_type(name) if self._unmapped == "custom" else None
