"""Outcomes: what the input told of deliveries, and of the zones that people are in.

In: records in the canonical format, line by line. Out: of each decision when its delivery was told,
or that it failed; of each person the zones, with the time from which on. It refuses to know how the
decider reads records: what is no JSON object with a person and a time is passed over here.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Collection, Iterable

import msgspec

from rtm_flows.audit.record import ms

SETTLES = frozenset({"delivered", "email_delivered", "impression"})
"""Types of events by which a decision has reached somebody."""
RELEASES = frozenset({"failed"})
"""And by which it did not."""

_SECONDS = 10**11
"""Numbers below this are seconds, others milliseconds."""


class _Record(msgspec.Struct, frozen=True, gc=False):
    time: str | int | float | None = None
    type: str | int | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    id: str | int | None = None
    source: str | int | None = None
    decision_id: str | int | None = None
    timezone: str | int | None = None


class Outcomes:
    """What is known of deliveries and zones.

    Parameters
    ----------
    late
        Ids of records that came too late: the decider has never seen them.
    """

    def __init__(self, late: Collection[str] = ()) -> None:
        self._late = late
        self._settled: dict[tuple[str, str], int] = {}
        self._failed: dict[tuple[str, str], int] = {}
        self._zones: dict[str, list[tuple[int, str]]] = {}

    def read(self, lines: Iterable[bytes]) -> int:
        """Take in records, in any order; return how many lines are not blank."""
        number = 0
        for line in lines:
            if not line.strip():
                continue
            number += 1
            if b'"decision_id"' in line or b'"timezone"' in line:
                self._enter(line)
        for zones in self._zones.values():
            zones.sort()
        return number

    def settled(self, person: str, decision_id: str) -> int | None:
        """Return when its delivery was told first; None if never."""
        return self._settled.get((person, decision_id))

    def failed(self, person: str, decision_id: str) -> int | None:
        """Return when it was told first that it failed; None if never."""
        return self._failed.get((person, decision_id))

    def zone(self, person: str, now: int) -> str | None:
        """Return the zone that a person has told last; None if none."""
        zones = self._zones.get(person, [])
        at = bisect.bisect_right(zones, (now, "\U0010ffff"))
        return zones[at - 1][1] if at else None

    def _enter(self, line: bytes) -> None:
        try:
            record = msgspec.json.decode(line, type=_Record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        time, person = _time(record.time), _person(record)
        if time is None or person is None or str(record.id) in self._late:
            return
        if record.timezone:
            self._zones.setdefault(person, []).append((time, str(record.timezone)))
        if record.decision_id:
            told = {
                **dict.fromkeys(SETTLES, self._settled),
                **dict.fromkeys(RELEASES, self._failed),
            }
            of_kind = told.get(str(record.type))
            if of_kind is not None:
                key = person, str(record.decision_id)
                of_kind[key] = min(time, of_kind.get(key, time))


def _person(record: _Record) -> str | None:
    if record.user_id not in (None, ""):
        return f"u:{record.user_id}"
    return None if record.anonymous_id in (None, "") else f"a:{record.anonymous_id}"


def _time(value: str | float | None) -> int | None:
    """Return a record's time in milliseconds; None if it is none."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return ms(dt.datetime.fromisoformat(value))
        except ValueError:
            return None
    return int(value * 1000) if abs(value) < _SECONDS else int(value)
