"""Tests of the mapping and its checks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.events.fields import mapped_fields
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.mapping_checks import check_mapping

LEAST: dict[str, Any] = {"time": "t", "user_id": "u", "type": "e"}


def test_mapping_is_read_from_toml() -> None:
    """A table of TOML becomes a mapping; what it leaves out has its default."""
    text = b'time = ["day", "hour"]\nuser_id = "u"\ntypes = { a = "search" }\nignore = ["b"]'

    mapping = msgspec.toml.decode(text, type=Mapping)

    assert mapping.time == ["day", "hour"]
    assert mapping.types == {"a": "search"}
    assert (mapping.unmapped, mapping.price) == (None, None)


def test_unknown_keys_are_refused() -> None:
    """A key that no mapping has is an error, not a silence."""
    with pytest.raises(msgspec.ValidationError, match="user"):
        msgspec.convert({**LEAST, "user": "u"}, Mapping)


def test_canonical_format_names_every_field_as_itself() -> None:
    """The canonical format reads each field from the column of its name, and is sound."""
    check_mapping(CANONICAL, ())

    assert [(f.name, *f.columns) for f in mapped_fields(CANONICAL, ())] == [
        (name, name) for name in FIELD_NAMES
    ]


def test_fields_stand_in_the_order_of_the_mapping() -> None:
    """Derived ids depend on the order of fields, which is the order they are declared in."""
    declared = [name for name in Mapping.__struct_fields__ if name in FIELD_NAMES]

    assert declared == list(FIELD_NAMES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": []}, "input.mapping.time must name a column"),
        ({"time": None}, "input.mapping.time must name a column"),
        ({"time": None, "original_timestamp": "o", "time_offset": "p"}, "time_offset is added to"),
        ({"type_rules": [{"type": "serach", "present": "x"}]}, r"type_rules\[0\].type: 'serach'"),
        ({"type_rules": [{"type": "search"}]}, r"type_rules\[0\]: wants a condition"),
        ({"type_rules": [{"present": "x"}]}, r"type_rules\[0\]: wants either a type, or ignore"),
        ({"id": {}}, "input.mapping.id: wants either first_of or sum"),
        ({"id": {"sum": ["items.*.id"]}}, "id: only price, quantity, value can be a sum"),
        ({"price": {"sum": ["items.0.price"]}}, r"price.sum: wants paths into one list"),
        ({"price": {"sum": ["a.*.price", "b.*.n"]}}, r"into one list.*got a.\*.price, b.\*.n"),
        ({"user_id": None}, "user_id or anonymous_id"),
        ({"type": None}, "a column for type"),
        ({"types": {"v": "veiw_item"}}, r"types\.v: 'veiw_item'.*did you mean view_item\?"),
        ({"type": None, "constants": {"type": "serach"}}, r"constants\.type: 'serach'.*search"),
        ({"types": {"v": "search"}, "ignore": ["v"]}, "v is both in types and in ignore"),
        ({"constants": {"devise": "x"}}, r"'devise'.*did you mean device\?"),
        ({"constants": {"user_id": "x"}}, "'user_id' is not a known field that may be constant"),
        ({"device": "d", "constants": {"device": "x"}}, "device is both a column and a constant"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], message: str) -> None:
    """A mapping that cannot give events names the key at fault and the nearest right name."""
    mapping = msgspec.convert({**LEAST, **changes}, Mapping)

    with pytest.raises(ConfigError, match=message):
        check_mapping(mapping, ())


def test_unknown_text_fields_are_refused() -> None:
    """A text field that no event has is answered with the nearest one."""
    with pytest.raises(ConfigError, match=r"'chanel'.*did you mean channel\?"):
        check_mapping(Mapping(**LEAST), ("chanel",))
