"""JSON Schemas of the tracking plan, draft 2020-12.

In: an event type. Out: the schema of its records in the canonical format, for those who write
them. It knows nothing of the parser, which accepts more: numbers as text, fields of no meaning.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rtm_flows.events.plan import PLAN
from rtm_flows.events.types import CUSTOM

Schema = dict[str, Any]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_SOMEBODY: Final[Schema] = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}


def json_schema(event_type: str) -> Schema:
    """Return the schema of one event type; `custom.*`, or any custom type, has one too.

    Raises
    ------
    KeyError
        If there is no such event type.

    Examples
    --------
    >>> schema = json_schema("search")
    >>> schema["description"], schema["required"]
    ('Something was searched for.', ['type', 'time'])
    """
    return {"$schema": _DRAFT, **_body(_listed(event_type), event_type)}


def whole_schema() -> Schema:
    """Return one schema for the whole plan: an event is of one of its types."""
    return {
        "$schema": _DRAFT,
        "title": "event",
        "description": "An event of the tracking plan, in the canonical format.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in PLAN],
        "$defs": {name: _body(name, name) for name in PLAN},
    }


def meaning(event_type: str) -> str:
    """Return what an event type means, in a sentence.

    Examples
    --------
    >>> meaning("view_item")
    'An item was looked at.'
    """
    return (PLAN[_listed(event_type)].__doc__ or "").split("\n", maxsplit=1)[0]


def _listed(event_type: str) -> str:
    custom = event_type.startswith(CUSTOM) and event_type != CUSTOM
    return CUSTOM + "*" if custom else event_type


def _body(listed: str, name: str) -> Schema:
    kind = PLAN[listed]
    body: Schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    properties = body["properties"]
    if name == CUSTOM + "*":
        properties["type"] = {"type": "string", "pattern": r"^custom\..+$"}
    else:
        properties["type"] = {"const": name}
    people = [{"required": [key], "properties": {key: _SOMEBODY}} for key in _PEOPLE]
    return {**body, "title": name, "anyOf": people}


_PEOPLE: Final = ("user_id", "anonymous_id")
