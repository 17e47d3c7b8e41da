"""Schemas of the records that leave: every line of a run is as its schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.connectors.record_schemas import RECORDS, record_schema
from tests.lanes.answers import of_core
from tests.lanes.streams import answered

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None),
    "array": list, "object": dict,
}  # fmt: skip


def faults(value: Any, schema: Any, whole: dict[str, Any], at: str = "") -> Iterator[str]:
    """Yield where a value is not as a schema says: the few words that these schemas use."""
    if "$ref" in schema:
        yield from faults(value, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, at)
        return
    if "anyOf" in schema:
        each = [list(faults(value, one, whole, at)) for one in schema["anyOf"]]
        if all(each):
            yield f"{at}: none of {schema['anyOf']}"
        return
    if not isinstance(value, TYPES[schema["type"]]):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict):
        named, needed = schema.get("properties", {}), schema.get("required", ())
        yield from (f"{at}: lacks {name}" for name in needed if name not in value)
        for name, inner in value.items():
            part = named.get(name, schema.get("additionalProperties", {}))
            yield from faults(inner, part, whole, f"{at}.{name}") if part else [f"{at}: {name}?"]
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from faults(inner, schema["items"], whole, f"{at}[{number}]")


@pytest.mark.parametrize(
    ("name", "output"), [("decision", "decisions"), ("score", "scores"), ("response", "responses"),
                         ("orphan", "orphans")],
)  # fmt: skip
def test_every_line_is_as_its_schema_says(name: str, output: str) -> None:
    """Of jobs with all that a record can tell; no field is missing in the schema."""
    schema = record_schema(name)
    lines = [line for seed in range(6) for line in of_core(*answered(seed))[output]]

    # Of decisions, what is not compared with the reference has been taken out.
    if name == "decision":
        lines = [whole(line) for line in lines]
    assert lines
    assert [fault for line in lines for fault in faults(line, schema, schema)] == []


def whole(decision: dict[str, Any]) -> dict[str, Any]:
    """Return a decision with what has been taken out of it."""
    taken = {"config": "00", "code_version": "0.1.0", "contributions": None}
    return {**decision, **taken, "model": {**decision["model"], "snapshot_hash": None}}


def test_a_line_that_is_not_so_is_seen() -> None:
    """A field too few, of another type, or one that is not known."""
    schema = record_schema("score")
    line = {"time": "t", "subject_id": "7", "subject_type": "user", "event_id": "e",
            "model": "intent", "version": 3, "score": 0.5}  # fmt: skip

    assert list(faults(line, schema, schema)) == []
    assert list(faults({**line, "score": "0.5"}, schema, schema))
    assert list(faults({**line, "more": 1}, schema, schema))
    assert list(faults({key: line[key] for key in [*line][1:]}, schema, schema))


def test_every_field_of_a_decision_has_its_meaning() -> None:
    """From the docstring of the record, its one source."""
    fields = record_schema("decision")["$defs"]["Decision"]["properties"]

    assert [name for name, one in fields.items() if "description" not in one] == []
    assert json.dumps([record_schema(name) for name in RECORDS])


def test_the_published_schema_is_that_of_the_code() -> None:
    """Whoever changes a record writes it anew."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "decision.schema.json"

    assert json.loads(page.read_text()) == record_schema("decision"), "stale: run `make reference`"
