"""RFC 3339 times, many at once.

In: texts. Out: milliseconds since 1970, and which texts were times and which of them named no
zone. It knows nothing of zones by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEAD: Final = 19  # YYYY-MM-DDThh:mm:ss
_DIGITS: Final = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
_MARKS: Final = np.array([4, 7, 13, 16])
_MARK_CODES: Final = np.frombuffer(b"--::", dtype=np.uint8)
_BETWEEN: Final = 10
_NO_TIME: Final = "0" * _HEAD
_TAIL = re.compile(r"(?:\.([0-9]+))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?")
_LONGEST_KEPT: Final = 40
_NAIVE: Final = 1 << 40  # far above any offset
_INVALID: Final = -_NAIVE

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Moments(NamedTuple):
    """Times as read: where not `valid`, `ms` means nothing; where `naive`, it is a wall time."""

    ms: Times
    valid: Mask
    naive: Mask


def read_rfc3339(texts: Sequence[str]) -> Moments:
    """Read times; a zone is optional, a fraction of any length is cut to milliseconds.

    A space may stand for the T, and an offset may do without its colon. Leap seconds are refused.

    Examples
    --------
    >>> moments = read_rfc3339(["1970-01-01T01:00:01.5009+01:00", "1970-01-01 00:00:02", "no"])
    >>> moments.ms.tolist()[:2], moments.valid.tolist(), moments.naive.tolist()[:2]
    ([1500, 2000], [True, True, False], [False, True])
    """
    add_ms = _read_tails([text[_HEAD:] for text in texts])
    naive = add_ms >= _NAIVE
    add_ms[naive] -= _NAIVE
    ms, dated = _read_heads([text[:_HEAD] for text in texts])
    return Moments(ms + add_ms, dated & (add_ms != _INVALID), naive)


def _read_tails(tails: list[str]) -> Times:
    # Long fractions are not kept, so that no record can fill the memory.
    short = max(map(len, tails), default=0) <= _LONGEST_KEPT
    return np.array(list(map(_kept_tail if short else _parse_tail, tails)), dtype=np.int64)


def _parse_tail(text: str) -> int:
    """Return what follows the seconds: milliseconds to add, `_NAIVE` more if there is no zone."""
    match = _TAIL.fullmatch(text)
    if match is None:
        return _INVALID
    fraction, sign, hours, minutes = match.groups()
    add_ms = int((fraction or "0")[:3].ljust(3, "0"))
    if sign is None:
        return add_ms if text[-1:] in ("Z", "z") else add_ms + _NAIVE
    offset = (int(hours) * 60 + int(minutes)) * 60_000
    return add_ms + (offset if sign == "-" else -offset)


_kept_tail = lru_cache(maxsize=4096)(_parse_tail)


def _read_heads(heads: list[str]) -> tuple[Times, Mask]:
    joined = "".join(heads)
    if len(joined) != _HEAD * len(heads) or not joined.isascii():
        heads = [h if len(h) == _HEAD and h.isascii() else _NO_TIME for h in heads]
        joined = "".join(heads)
    codes = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(len(heads), _HEAD)
    digits = codes[:, _DIGITS] - np.uint8(ord("0"))  # anything but a digit wraps to above 9
    valid = np.all(digits <= 9, axis=1)
    valid &= np.all(codes[:, _MARKS] == _MARK_CODES, axis=1)
    between = codes[:, _BETWEEN]
    valid &= (between == ord("T")) | (between == ord("t")) | (between == ord(" "))
    return _to_ms(np.where(valid[:, None], digits, 0).astype(np.int64), valid)


def _to_ms(digits: Times, valid: Mask) -> tuple[Times, Mask]:
    tens = digits[:, 0::2] * 10 + digits[:, 1::2]  # century, year, month, day, hour, minute, second
    year = tens[:, 0] * 100 + tens[:, 1]
    month, day, hour, minute, second = tens[:, 2:].T
    valid &= (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    after = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    valid &= (day >= 1) & (day <= after - first)
    seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return seconds * 1000, valid
