"""Digests: the ids that records without one are given.

In: what a line says of the fields that such ids are made of. Out: the id, without the number that
tells alike records of a person apart. It refuses to know what else a record says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

FIELDS = (
    "time", "received_at", "id", "source", "user_id", "anonymous_id", "type", "price", "quantity",
    "value", "currency", "session_id", "channel", "device", "item_id", "item_category",
    "search_term", "transaction_id", "case_id", "locale", "platform", "campaign",
)  # fmt: skip
"""In their order, as `docs/semantics.md` has it in section 1."""


def digest(record: Mapping[str, object]) -> str:
    """Return the id of a record that has none, without a number.

    Examples
    --------
    >>> digest({"time": 1.5, "type": "search"}) == digest({"time": 1.5, "type": "search", "a": 1})
    True
    """
    texts = (in_decimal(record.get(field)) for field in FIELDS)
    joined = "\x1f".join(text or "\x00" for text in texts)
    return f"~{hashlib.blake2b(joined.encode(), digest_size=8).hexdigest()}"


def in_decimal(field: object) -> str:
    """Return a field as text, a number without exponent; empty where it is missing or neither.

    Examples
    --------
    >>> in_decimal(1e21), in_decimal(7), in_decimal(None), in_decimal({})
    ('1000000000000000000000', '7', '', '')
    """
    if isinstance(field, float):
        return format(Decimal(repr(field)), "f")
    if isinstance(field, str):
        return field
    return str(field) if isinstance(field, int) and not isinstance(field, bool) else ""
