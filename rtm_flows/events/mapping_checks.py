"""What is wrong with a mapping, told before any record is read.

In: a mapping. Out: nothing, or an error that names the key at fault and the nearest right name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, NoReturn

from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import FIELD_NAMES, TEXT_FIELDS
from rtm_flows.events.mapping import Mapping, Several, TypeRule
from rtm_flows.events.paths import EVERY, steps_of
from rtm_flows.events.types import EVENT_TYPES, is_event_type

_NUMBERS: Final = ("price", "quantity", "value")
_CONSTANT: Final = ("source", "type", *_NUMBERS, *TEXT_FIELDS)


def check_mapping(mapping: Mapping, text: Sequence[str]) -> None:
    """Refuse a mapping that cannot give events, or that contradicts itself.

    Raises
    ------
    ConfigError
        Naming the key and, for a misspelled name, the nearest right one.
    """
    for name in text:
        _require_known(name, TEXT_FIELDS, "text field", "features and conditions")
    for name in mapping.constants:
        _require_known(name, _CONSTANT, "field that may be constant", "input.mapping.constants")
        if getattr(mapping, name) is not None:
            _refuse(f"input.mapping: {name} is both a column and a constant; keep one")
    if not (mapping.time or mapping.original_timestamp):
        _refuse("input.mapping.time must name a column")
    if mapping.time_offset and not mapping.time:
        _refuse("input.mapping.time_offset is added to time, which names no column")
    if not (mapping.user_id or mapping.anonymous_id):
        _refuse("input.mapping must name a column for user_id or anonymous_id")
    _check_types(mapping)
    for name in (*FIELD_NAMES, "original_timestamp", "sent_at"):
        columns = getattr(mapping, name)
        if isinstance(columns, Several):
            _check_several(name, columns)


def _check_types(mapping: Mapping) -> None:
    if not (mapping.type or mapping.type_rules or "type" in mapping.constants):
        _refuse("input.mapping must name a column for type, or type_rules, or a constant")
    named = {f"types.{foreign}": event_type for foreign, event_type in mapping.types.items()}
    if "type" in mapping.constants:
        named["constants.type"] = mapping.constants["type"]
    for number, rule in enumerate(mapping.type_rules):
        _check_rule(f"type_rules[{number}]", rule)
        named |= {} if rule.type is None else {f"type_rules[{number}].type": rule.type}
    for key, event_type in named.items():
        if not is_event_type(event_type):
            _require_known(event_type, EVENT_TYPES, "event type", f"input.mapping.{key}")
    both = sorted(set(mapping.ignore) & set(mapping.types))
    if both:
        _refuse(f"input.mapping: {both[0]} is both in types and in ignore; keep one")


def _check_rule(key: str, rule: TypeRule) -> None:
    if (rule.type is None) is not rule.ignore:
        _refuse(f"input.mapping.{key}: wants either a type, or ignore = true")
    if not rule.columns:
        _refuse(f"input.mapping.{key}: wants a condition: present, absent or equals")


def _check_several(name: str, columns: Several) -> None:
    if bool(columns.first_of) == bool(columns.sum):
        _refuse(f"input.mapping.{name}: wants either first_of or sum, with at least one column")
    if not columns.sum:
        return
    if name not in _NUMBERS:
        _refuse(f"input.mapping.{name}: only {', '.join(_NUMBERS)} can be a sum")
    lists = {path.partition(f".{EVERY.value}")[0] for path in columns.sum}
    if len(lists) > 1 or any(steps_of(path).count(EVERY) != 1 for path in columns.sum):
        _refuse(
            f"input.mapping.{name}.sum: wants paths into one list, as items.*.price and"
            f" items.*.quantity; got {', '.join(columns.sum)}"
        )


def _require_known(name: str, known: Iterable[str], kind: str, key: str) -> None:
    names = list(known)
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        _refuse(f"{key}: {name!r} is not a known {kind}{hint}")


def _refuse(msg: str) -> NoReturn:
    raise ConfigError(msg)
