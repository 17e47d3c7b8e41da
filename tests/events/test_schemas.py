"""Tests of the tracking plan's types and their JSON Schemas."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.events.mapping import CANONICAL
from rtm_flows.events.parser import Parser
from rtm_flows.events.plan import PLAN
from rtm_flows.events.schemas import json_schema, meaning, whole_schema
from rtm_flows.events.types import EVENT_TYPES, is_event_type
from tests.events.json_schema import is_valid

VALUES: dict[str, Any] = {
    **{name: f"some {name}" for name in FIELD_NAMES},
    "time": "2024-03-13T10:21:14.5Z", "received_at": 1_710_325_275, "price": 9.99, "quantity": 2,
    "value": 19.98, "delivery_from": "2024-03-14T08:00:00+01:00", "author_followers": 1200,
    "rank": 1, "currency": "EUR", "user_id": 7, "consent_status": "GRANTED",
}  # fmt: skip
parser = Parser(CANONICAL, source="shop", text=FIELD_NAMES[10:])
whole = whole_schema()


def example(listed: str) -> dict[str, Any]:
    """Return a record of a type in which every field of the type is given."""
    name = "custom.quiz_done" if listed == "custom.*" else listed
    return {"type": name, **{field: VALUES[field] for field in PLAN[listed].__struct_fields__}}


def test_the_plan_has_a_record_for_every_event_type() -> None:
    """And one for custom ones; each says what it means, and so does each of its fields."""
    assert list(PLAN) == [*EVENT_TYPES, "custom.*"]
    for name in PLAN:
        assert meaning(name).endswith((".", ").")), name
        properties = json_schema(name)["properties"]
        assert all(p.get("description") for key, p in properties.items() if key != "type"), name


def test_the_plan_carries_the_fields_of_the_canonical_format() -> None:
    """What the parser reads is carried by some type, and nothing else is."""
    carried = {field for kind in PLAN.values() for field in kind.__struct_fields__}

    assert carried | {"type"} == set(FIELD_NAMES)


@pytest.mark.parametrize("listed", PLAN)
def test_examples_of_every_type_are_valid_and_parsed(listed: str) -> None:
    """By the schema of the type, by that of the whole plan, as a record, and by the parser."""
    record = example(listed)
    parsed = parser.parse_lines([msgspec.json.encode(record)])

    assert is_valid(json_schema(listed), record)
    assert is_valid(whole, record)
    assert parsed.bad == []
    assert parsed.table["type"].tolist() == [record["type"]]
    told = msgspec.json.decode(msgspec.json.encode({**record, "type": listed}), type=PLAN[listed])
    for field in set(FIELD_NAMES[10:]) & set(record):
        assert parsed.table[field].tolist() == [str(getattr(told, field))]


@pytest.mark.parametrize("listed", PLAN)
def test_records_that_lack_what_is_required_are_refused(listed: str) -> None:
    """No time, no person, or another type: neither schema takes it."""
    record = example(listed)
    nobody = {k: v for k, v in record.items() if k not in ("user_id", "anonymous_id")}
    timeless = {k: v for k, v in record.items() if k != "time"}

    wrong: list[Any] = [nobody, timeless, {**record, "type": "other"}, {**record, "time": None}, []]
    for broken in wrong:
        assert not is_valid(json_schema(listed), broken)
        assert not is_valid(whole, broken)


FIELDS: dict[str, tuple[Any, ...]] = {
    "id": ("e1", 7, "", None, 1.5, [1]),
    "user_id": ("u", 7, "", None, True),
    "anonymous_id": ("a", "", None, {}),
    "price": (1, -0.5, 1e10, 1e11, "x", None, float("1e300")),
    "quantity": (0, 3, -1, 2.5, 10**7, None),
    "value": (5, None, -1e10, "5 euro"),
    "type": ("view_item", "purchase", "custom.", "custom.x", "buy", 5, None),
    "item_id": ("i", 5, 0.5, None, [], True),
}


@given(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in FIELDS.items()}))
def test_what_the_schema_allows_is_accepted(fields: dict[str, Any]) -> None:
    """A record that is valid by the schema is no dead letter, if its time can be read."""
    record = {"time": 1_710_325_274, **fields}
    parsed = parser.parse_lines([msgspec.json.encode(record)])

    if is_valid(whole, record):
        assert parsed.bad == []
    if not parsed.bad and not {"price", "quantity", "value"} & set(fields):
        assert is_valid(whole, record)


@given(st.text())
def test_there_is_a_schema_for_every_event_type_and_no_other(name: str) -> None:
    """Any custom type has one, that of its name."""
    if is_event_type(name) or name == "custom.*":
        assert json_schema(name)["title"] == name
    else:
        with pytest.raises(KeyError):
            json_schema(name)
