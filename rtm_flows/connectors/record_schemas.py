"""JSON Schemas of the records that leave, for registries and for whoever reads topics and files.

In: the name of a record. Out: its schema (draft 2020-12), with what each field means. It refuses to
know in which file or topic the records lie.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from rtm_flows.config.meanings import meaning, summary
from rtm_flows.decisions import record
from rtm_flows.lanes.response_lines import Orphan, Response

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
RECORDS: Final[dict[str, type[msgspec.Struct]]] = {
    "decision": record.Decision,
    "score": record.Score,
    "response": Response,
    "orphan": Orphan,
}
"""The records by name: one line each of decisions, scores, responses, orphans."""


def record_schema(name: str) -> dict[str, Any]:
    """Return the schema of a record; fields that are not known to it may come.

    Parameters
    ----------
    name
        One of `RECORDS`.

    Raises
    ------
    KeyError
        If there is no such record.

    Examples
    --------
    >>> record_schema("score")["$defs"]["Score"]["required"][:3]
    ['time', 'subject_id', 'subject_type']
    """
    found = RECORDS[name]
    schema: dict[str, Any] = msgspec.json.schema(found)
    for part in _records(found):
        of_part = schema["$defs"][part.__name__]
        of_part["description"] = summary(part)
        for field, said in of_part["properties"].items():
            said.update(_meant(part, field))
    return {"$schema": DRAFT, "title": f"rtm_flows {name}", **schema}


def _meant(part: type[msgspec.Struct], field: str) -> dict[str, str]:
    try:
        return {"description": meaning(part, field)}
    except LookupError:
        return {}


def _records(found: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return a record and all that its fields are made of."""
    _, parts = msgspec.json.schema_components([found])
    known = {one.__name__: one for one in vars(record).values() if isinstance(one, type)}
    return [{**known, found.__name__: found}[name] for name in parts]
