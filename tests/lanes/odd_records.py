"""Records that are spelled oddly: right, lenient and wrong values in every field, in any order.

Out: lines of JSON, and jobs that ignore some types. Nothing here says what becomes of a line.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

DAY = "2024-01-01"
WRONG: tuple[Any, ...] = (True, [1], {"a": 1})
TIMES: tuple[Any, ...] = (
    f"{DAY}T00:00:01Z", f"{DAY} 00:00:01", f"{DAY}t00:00:01.9999+0130", 1704067201, 1704067201.5,
    1704067201000, "1704067201", "1.704067201e9", ".5e3", f"{DAY}", f"{DAY}T24:00:00Z",
    f"{DAY}T00:00:60Z", f"{DAY}T00:00:01+24:00", "1989-12-31T23:59:59.999Z", -1, 0, 4102444800,
    4102444799.999, 1e11, 99999999999, "1e400", 10**30, "soon", " 1", "", None,
)  # fmt: skip
NAMES: tuple[Any, ...] = ("a", "é\x1f", 7, -1, "7", 1.0, "", None)
TYPES: tuple[Any, ...] = (
    "search", "purchase", "custom.x", "custom.", "Search", "ping", 5, 1.5, "", None
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, 2, -1, 0.285, 1.005, -0.005, 1e10, 10_000_000_000.01, -1e10, 1e6, 1_000_001, 2.0,
    "2", "+.5", "1.", "1e2", "1e400", 10**30, "nan", "1_0", " 1", "", None,
)  # fmt: skip
TEXTS: tuple[Any, ...] = ("web", 7, 0.5, 1e-7, 1e22, "", None)
FIELDS = {
    "time": TIMES, "received_at": TIMES, "id": NAMES, "source": NAMES, "user_id": NAMES,
    "anonymous_id": NAMES, "type": TYPES, "price": NUMBERS, "quantity": NUMBERS,
    "value": NUMBERS, "channel": TEXTS, "device": TEXTS, "other": (1, None),
    "url": TEXTS, "item_brand": TEXTS,
}  # fmt: skip
SOUND: dict[str, Any] = {"time": f"{DAY}T00:00:01Z", "type": "search", "user_id": "a", "id": "1"}
BRACKETS = (
    b"[" * 31 + b"]" * 31, b"[" * 32 + b"]" * 32, b'"' + b"[" * 40 + b'"', b'"\\"[' + b"[" * 40,
    b"[" * 33, b'{"b":' * 31 + b"1" + b"}" * 31,
)  # fmt: skip
LINES = (
    b"", b"  ", b"\t", b"{}", b"{}{}", b"nul", b"[{}]", b'"\xff', b'{"a": 01}', b'{"a": NaN}',
    b'{"time": "\\ud800"}', b'{"time": true, "type": "\\ud800"}', b'{"a": 1,}',
    b'{"other": "\\udc00", "id": "1", "time": 1704067200, "type": "search", "user_id": "a"}',
    b'{"\\udc00": 1, "id": "1", "time": 1704067200, "type": "search", "user_id": "a"}',
    b'{"channel": []}', b'{"id": "1", "channel": [], "device": []}',
)  # fmt: skip


@st.composite
def odd_lines(draw: st.DrawFn) -> bytes:
    """Return a line: a sound record with some fields changed, or one of a few broken ones."""
    kind = draw(st.sampled_from(["record"] * 8 + ["brackets", "line"]))
    if kind == "line":
        return draw(st.sampled_from(LINES))
    if kind == "brackets":
        return b'{"a": ' + draw(st.sampled_from(BRACKETS)) + b"}"
    changed = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=5, unique=True))
    values = {name: draw(st.sampled_from(FIELDS[name] + WRONG)) for name in changed}
    names = draw(st.permutations([*values, *(name for name in SOUND if name not in values)]))
    # ASCII or not, the text is the same.
    record = {name: values.get(name, SOUND.get(name)) for name in names}
    return json.dumps(record, ensure_ascii=draw(st.booleans())).encode()


def odd_jobs() -> st.SearchStrategy[dict[str, Any]]:
    """Return a job that looks at a text field, and perhaps ignores some types."""
    mapping = st.sampled_from(
        [None, {"ignore": ["search", "ping"]}, {"unmapped": "ignore"}, {"ignore": ["5"]}]
    )
    return mapping.map(
        lambda one: {
            "name": "odd",
            "lanes": 2,
            "input": {"sort": False} | ({} if one is None else {"mapping": one}),
            "time": {"ahead": "PT1S", "lateness": "P9999D"},
            "features": [
                {"name": "web", "kind": "indicator", "field": "channel", "values": ["web", "0.5"]},
                {"name": "own", "kind": "indicator", "field": "item_brand", "values": ["7"]},
                {"name": "price", "kind": "property", "field": "price"},
                {"name": "amount", "kind": "property", "field": "amount"},
                {"name": "quantity", "kind": "property", "field": "quantity"},
            ],
            "actions": [],
        }
    )
