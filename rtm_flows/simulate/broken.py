"""Damage: what a line looks like that cannot become an event.

In: a whole line and the reason for which it shall be refused. Out: the damaged line, of exactly
that fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_DEPTH = 2_000
_LONG = 1_200_000

_TIME = re.compile(rb'"time":"[^"]*"')
_TYPE = re.compile(rb'"type":"[^"]*"')
_VALUE = re.compile(rb',"value":[0-9.]+')
_IDS = re.compile(rb'"(?:user|anonymous)_id":"[^"]*",')


def _deep(line: bytes) -> bytes:
    return line[:-1] + b',"context":' + b"[" * _DEPTH + b"]" * _DEPTH + b"}"


def _long(line: bytes) -> bytes:
    return line[:-1] + b',"note":"' + b"x" * (_LONG - len(line)) + b'"}'


_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "broken_json": lambda line: line[: len(line) * 2 // 3],
    "not_an_object": lambda line: b"[" + line + b"]",
    "bad_encoding": lambda line: line.replace(b'"id":"', b'"id":"caf\xe9-', 1),
    "too_deep": _deep,
    "wrong_type": lambda line: _IDS.sub(b"", line)[:-1] + b',"user_id":["u1","u2"]}',
    "missing_field": lambda line: _IDS.sub(b"", line),
    "bad_time": lambda line: _TIME.sub(b'"time":"yesterday"', line),
    "time_out_of_range": lambda line: _TIME.sub(b'"time":"1970-01-01T00:00:00.000Z"', line),
    "bad_number": lambda line: _VALUE.sub(b"", line)[:-1] + b',"value":1e15}',
    "unknown_type": lambda line: _TYPE.sub(b'"type":"teleport"', line),
    "too_large": _long,
}

REASONS = tuple(name for name in _DAMAGE if name != "too_large")
"""Reasons for which lines are damaged at random; `too_large` is used once a shop at most."""


def damage(line: bytes, reason: str) -> bytes:
    r"""Return a line, without line end, damaged so that a reader refuses it for this reason.

    Examples
    --------
    >>> damage(b'{"time":"2026-03-02T00:00:00.000Z","type":"search"}', "unknown_type")
    b'{"time":"2026-03-02T00:00:00.000Z","type":"teleport"}'
    >>> damage(b'{"id":"1"}', "not_an_object")
    b'[{"id":"1"}]'
    """
    return _DAMAGE[reason](line)
