"""The type of each event, from the foreign names of types.

In: a mapping, and a column of foreign names. Out: event types, all equal ones the same object.
It knows nothing of what follows from a type.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping as Columns
from collections.abc import Sequence

import numpy as np

from rtm_flows.events.faults import Faults
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.numeric import Value
from rtm_flows.events.type_rules import IGNORED, TypeRules
from rtm_flows.events.types import EVENT_TYPES, custom_type, is_event_type

Fields = Columns[str, Sequence[Value]]


class TypeMap:
    """Tells the event type of each record.

    Examples
    --------
    >>> mapping = Mapping(time="t", type="e", types={"view": "view_item"}, ignore=["ping"])
    >>> TypeMap(mapping)({"type": ["view", "ping"]}, Faults(np.arange(2), {}))
    ['view_item', '']
    """

    def __init__(self, mapping: Mapping) -> None:
        known = mapping.types or {name: name for name in EVENT_TYPES}
        self._known = {foreign: sys.intern(name) for foreign, name in known.items()}
        self._known.update(dict.fromkeys(mapping.ignore, IGNORED))
        # Where all of our own names are known, custom ones are, too.
        self._canonical = known.keys() >= set(EVENT_TYPES)
        self._unmapped = mapping.unmapped
        constant = mapping.constants.get("type")
        self._constant = None if constant is None else sys.intern(constant)
        self._rules = TypeRules(mapping.type_rules) if mapping.type_rules else None

    def __call__(self, fields: Fields, faults: Faults) -> list[str | None]:
        """Return event types, `IGNORED` where they are ignored, None where there is a fault."""
        count = len(faults.mask)
        names = fields.get("type", [None] * count)
        types: list[str | None] = list(map(self._known.get, names))  # type: ignore[arg-type]
        if self._constant is not None:
            types = [self._constant] * count
        if self._rules is not None:
            types = self._rules.decide(fields, types)
        if None in types:
            self._settle(types, names, faults)
        return types

    def _settle(self, types: list[str | None], names: Sequence[Value], faults: Faults) -> None:
        """Fill in the types that no table has, and note the faults."""
        others = {name: self._other(name) for name in set(names) if name not in self._known}
        unsettled = np.array([found is None for found in types], dtype=np.bool_)
        missing = unsettled & [name is None for name in names]
        for row in np.flatnonzero(unsettled).tolist():
            types[row] = others.get(names[row])
        unknown = np.array([found is None for found in types], dtype=np.bool_)
        faults.add(missing, "missing_field", "type", "expected a type")
        faults.add(unknown, "unknown_type", "type", "neither mapped nor ignored")

    def _other(self, name: Value) -> str | None:
        if not isinstance(name, str):
            return None
        if self._canonical and is_event_type(name):
            return sys.intern(name)
        if self._unmapped == "ignore":
            return IGNORED
        return custom_type(name) if self._unmapped == "custom" else None
