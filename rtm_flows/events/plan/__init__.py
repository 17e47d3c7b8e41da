"""The tracking plan: every event type, its meaning and the fields it carries, as msgspec types.

In: nothing. Out: `PLAN`, from the name of a type to its record. It is documentation that can be
checked: JSON Schemas are made of it (`rtm_flows.events.schemas`), and the parser, which reads
columns and not records, must accept what it allows.
"""

from __future__ import annotations

from typing import Final

from rtm_flows.events.plan import commerce, identity, orders, outcomes, service
from rtm_flows.events.plan.event import Event
from rtm_flows.events.types import CUSTOM, EVENT_TYPES

__all__ = ["PLAN", "Custom", "Event"]


class Custom(commerce.Commerce, frozen=True, kw_only=True, tag=CUSTOM + "*"):
    """Anything else that is worth counting, under a name of your own: `custom.quiz_done`."""


_ROOMS = (commerce, orders, service, identity, outcomes)
_BY_NAME = {
    str(kind.__struct_config__.tag): kind
    for room in _ROOMS
    for kind in vars(room).values()
    if isinstance(kind, type) and issubclass(kind, Event)
}

PLAN: Final[dict[str, type[Event]]] = {
    **{name: _BY_NAME[name] for name in EVENT_TYPES},
    CUSTOM + "*": Custom,
}
"""Event type -> its record, in the order of `EVENT_TYPES`; last, `custom.*`."""
