"""From a foreign record to a canonical one, as `[input.mapping]` says, without any haste.

In: an object, and the table as TOML gives it. Out: an object in the canonical format. It checks
nothing: what the canonical format would refuse stays as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from .records import FIELDS, TYPES
from .times import milliseconds, rfc3339

Record = Mapping[str, Any]
IGNORED = "(ignored)"


def canonical_record(record: Record, mapping: Record) -> dict[str, Any]:
    """Return the record under our own names; an ignored type is `IGNORED`."""
    found = {name: _field(record, mapping, name) for name in FIELDS}
    found |= mapping.get("constants", {})
    found["type"] = _type(record, mapping)
    found["time"] = _time(record, mapping)
    return {name: value for name, value in found.items() if value is not None}


def at(record: Any, path: str) -> Any:
    """Return what stands at a path, None where there is nothing.

    Examples
    --------
    >>> at({"items": [{"id": "a"}, {"id": "b"}]}, "items.1.id")
    'b'
    >>> at({"p": [{"key": "k", "v": 1}]}, "p.key=k.v"), at({"items": [{"n": 1}]}, "items.*.n")
    (1, [1])
    """
    head, _, rest = path.partition(".")
    if record is None:
        return None
    if isinstance(record, list):
        if head == "*":
            return [at(entry, rest) if rest else entry for entry in record]
        key, is_choice, text = head.partition("=")
        if is_choice:
            inner = next((e for e in record if e and e.get(key) == text), None)
        else:
            inner = record[int(head)] if int(head) < len(record) else None
    else:
        inner = record.get(head)
    return at(inner, rest) if rest else inner


def _value(record: Record, mapping: Record, path: str) -> Any:
    value = at(record, path)
    return None if value == "" or value in mapping.get("missing", ()) else value


def _field(record: Record, mapping: Record, name: str) -> Any:
    wanted = mapping.get(name)
    if wanted is None:
        return None
    if isinstance(wanted, str):
        return _value(record, mapping, wanted)
    if "sum" in wanted:
        return _sum([at(record, path) for path in wanted["sum"]])
    values = (_value(record, mapping, path) for path in wanted["first_of"])
    return next((value for value in values if value is not None), None)


def _sum(columns: list[Any]) -> Any:
    products = []
    for first, *others in zip(*columns, strict=True) if columns[0] else ():
        if first not in (None, ""):
            factors = [first, *(other for other in others if other not in (None, ""))]
            try:
                products.append(_product([Decimal(str(factor)) for factor in factors]))
            except InvalidOperation:
                return "not a number"
    return format(sum(products, Decimal(0)), "f") if products else None


def _product(factors: list[Decimal]) -> Decimal:
    product = Decimal(1)
    for factor in factors:
        product *= factor
    return product


def _type(record: Record, mapping: Record) -> Any:
    for rule in mapping.get("type_rules", ()):
        if _applies(rule, record, mapping):
            return rule.get("type", IGNORED)
    if "type" in mapping.get("constants", {}):
        return mapping["constants"]["type"]
    name = _field(record, mapping, "type")
    table = mapping.get("types") or {known: known for known in TYPES}
    if name in mapping.get("ignore", ()):
        return IGNORED
    if name is None or name in table:
        return table.get(name)
    if mapping.get("unmapped") == "ignore":
        return IGNORED
    return f"custom.{name}" if mapping.get("unmapped") == "custom" else f"unknown {name}"


def _applies(rule: Record, record: Record, mapping: Record) -> bool:
    def shown(column: str) -> Any:
        value = _value(record, mapping, column)
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else value

    def listed(key: str) -> list[str]:
        return [rule[key]] if isinstance(rule.get(key), str) else rule.get(key, [])

    empty: tuple[Any, ...] = (None, {}, [])
    return (
        all(shown(column) not in empty for column in listed("present"))
        and all(shown(column) in empty for column in listed("absent"))
        and all(
            str(shown(column)) in ([texts] if isinstance(texts, str) else texts)
            for column, texts in rule.get("equals", {}).items()
        )
    )


def _time(record: Record, mapping: Record) -> Any:
    time = _field(record, mapping, "time")
    if time is not None and ("time_format" in mapping or "time_unit" in mapping):
        time = rfc3339(_milliseconds(time, mapping))
    if time is not None and "time_offset" in mapping:
        passed = _value(record, mapping, mapping["time_offset"])
        return None if passed is None else rfc3339(milliseconds(time) + int(passed))
    told, sent, received = (
        _field(record, mapping, name) for name in ("original_timestamp", "sent_at", "received_at")
    )
    if time is not None or told is None or sent is None or received is None:
        return told if time is None else time
    return rfc3339(milliseconds(received) - (milliseconds(sent) - milliseconds(told)))


def _milliseconds(value: Any, mapping: Record) -> int:
    if "time_unit" in mapping:
        units = {"s": Decimal(1000), "ms": Decimal(1), "us": Decimal("0.001")}
        return int(Decimal(str(value)) * units[mapping["time_unit"]])
    moment = dt.datetime.strptime(str(value), mapping["time_format"])  # noqa: DTZ007
    zone = ZoneInfo(mapping.get("zone", "UTC"))
    return int(moment.replace(tzinfo=zone).timestamp()) * 1000
