"""Records to parse: good ones, broken ones, and what one does to the other.

Out: lines of JSON, and ways to compare what parsing them gives. Nothing here says what is right.
"""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from rtm_flows.events.outcome import Parsed

GOOD: dict[str, Any] = {
    "time": "2024-03-13T10:21:14.123Z",
    "id": "e1",
    "user_id": "u1",
    "type": "view_item",
}
OTHERS: tuple[dict[str, Any], ...] = (
    {"time": 1_710_325_274, "id": 5, "anonymous_id": "x", "user_id": 7, "value": "12.5"},
    {"time": 1_710_325_274.25, "id": "", "anonymous_id": "x", "user_id": None, "item_id": 33},
    {"time": "2024-03-13 10:21:14+02:00", "user_id": "ö", "received_at": "2024-03-13T00:00:00Z"},
    {"price": 9.99, "quantity": 2, "device": "mobile", "context": {"a": [1, {"b": "}"}]}},
    {"type": "custom.quiz", "price": None, "device": ""},
)
PIECES = (
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\r\n", b"\xff", b"\x00", b" "),
    *(b"null", b"true", b"1e400", b"9" * 30, b"NaN", b"[" * 40, b"\\ud800", b'""', b"}\n{"),
)


def line(**changes: Any) -> bytes:
    """Return a good record with changes, as a line without its end."""
    return msgspec.json.encode({**GOOD, **changes})


@st.composite
def torn_lines(draw: st.DrawFn) -> bytes:
    """Lines of good records, most of them cut, flipped or with something thrown in."""
    torn = bytearray(line(**draw(st.sampled_from(OTHERS))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(torn)))
        match draw(st.sampled_from(["cut", "flip", "throw", "drop"])):
            case "cut":
                del torn[at:]
            case "flip" if at < len(torn):
                torn[at] ^= 1 << draw(st.integers(0, 7))
            case "throw":
                torn[at:at] = draw(st.sampled_from(PIECES) | st.binary(max_size=4))
            case _:
                del torn[at : at + draw(st.integers(1, 5))]
    return bytes(torn)


def plain(parsed: Parsed) -> dict[str, Any]:
    """Return all that parsing gave, in a form that compares."""
    columns = {name: parsed.table[name].tolist() for name in parsed.table}
    return {**columns, **parsed._asdict(), "table": None}
