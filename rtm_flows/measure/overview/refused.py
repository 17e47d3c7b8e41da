"""Refused: the records that took no part: late ones and dead letters, by why.

In: the lines of `late.jsonl` and `dead_letters.jsonl`. Out: counts, each with a place where one can
be seen. It refuses to show what the records hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

import msgspec

from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line

DELAYS = (60, 300, 900, 3_600, 21_600, 86_400)
"""Seconds up to which late records are counted together; the last part is of later ones."""

_KINDS = 500
_OTHERS = "others"


class _Place(msgspec.Struct, frozen=True, gc=False):
    file: str = ""
    line: int = 0
    topic: str | None = None
    partition: int = 0
    offset: int = 0


class _Late(msgspec.Struct, frozen=True, gc=False):
    lateness_seconds: float = 0.0
    type: str = ""


class _DeadLetter(msgspec.Struct, frozen=True, gc=False):
    reason: str
    field: str | None = None
    detail: str | None = None
    place: _Place | None = None


class Late(msgspec.Struct, frozen=True):
    """All late records.

    Attributes
    ----------
    n
        How many.
    delays
        How many by each part of `DELAYS`, and later.
    worst
        The longest delay in seconds.
    types
        By type of event, the most frequent first.
    """

    n: int
    delays: list[int]
    worst: float
    types: dict[str, int]


class DeadLetters(msgspec.Struct, frozen=True):
    """Dead letters of one reason, at one field: how many, and the first of them."""

    reason: str
    field: str | None
    n: int
    detail: str
    place: str


def late(lines: Iterable[Line], path: str) -> Late:
    """Add up late records.

    Examples
    --------
    >>> late([Line(0, b'{"lateness_seconds":75.5,"type":"search"}')], "late.jsonl")
    Late(n=1, delays=[0, 1, 0, 0, 0, 0, 0], worst=75.5, types={'search': 1})
    """
    reading = Reading(_Late, path)
    delays = [0] * (len(DELAYS) + 1)
    types: Counter[str] = Counter()
    worst = 0.0
    for line in lines:
        one = reading.of(line.data, line.offset)
        delays[sum(one.lateness_seconds > most for most in DELAYS)] += 1
        types[one.type if one.type in types or len(types) < _KINDS else _OTHERS] += 1
        worst = max(worst, one.lateness_seconds)
    ranked = sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))
    return Late(sum(delays), delays, worst, dict(ranked))


def dead_letters(lines: Iterable[Line], path: str) -> list[DeadLetters]:
    """Add up dead letters by reason and field, the most frequent first.

    Examples
    --------
    >>> line = b'{"reason":"bad_time","field":"time","place":{"file":"/in/a.csv","line":7}}'
    >>> dead_letters([Line(0, line)], "dead_letters.jsonl")
    [DeadLetters(reason='bad_time', field='time', n=1, detail='', place='a.csv, line 7')]
    >>> line = b'{"reason":"tombstone","place":{"topic":"web","partition":1,"offset":7}}'
    >>> dead_letters([Line(0, line)], "dead_letters.jsonl")[0].place
    'web, partition 1, offset 7'
    """
    reading = Reading(_DeadLetter, path)
    counts: Counter[tuple[str, str | None]] = Counter()
    firsts: dict[tuple[str, str | None], _DeadLetter] = {}
    for line in lines:
        one = reading.of(line.data, line.offset)
        key = one.reason, one.field
        if key not in firsts:
            if len(firsts) >= _KINDS:
                key = one.reason, _OTHERS
            firsts.setdefault(key, one)
        counts[key] += 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0][0], pair[0][1] or ""))
    return [
        DeadLetters(*key, n, firsts[key].detail or "", _place(firsts[key].place))
        for key, n in ranked
    ]


def _place(place: _Place | None) -> str:
    """Return where a record is, without the folders of whoever ran the job."""
    if place is None:
        return ""
    if place.topic is not None:
        return f"{place.topic}, partition {place.partition}, offset {place.offset:,}"
    return f"{PurePath(place.file).name}, line {place.line:,}"
