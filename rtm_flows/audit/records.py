"""Records of the input, as far as an audit looks at them.

In: lines of canonical JSON. Out: records with the instant that each has its place at. It refuses to
know what makes a record a dead letter, late or a duplicate: what is no JSON object with a person
and a time is passed over, and who calls leaves out what the run says it left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from rtm_flows.audit.record import ms

_SECONDS = 10**11
"""Numbers below this are seconds, others milliseconds."""
_HOUR = 3_600_000

Field = str | int | float | None


class Record(NamedTuple):
    """A record that may have become an event."""

    time: int
    person: str
    source: str
    id: str
    """Empty where it has none."""
    type: str
    decision_id: str
    timezone: str


class _Raw(msgspec.Struct, frozen=True, gc=False):
    time: Field = None
    received_at: Field = None
    type: Field = None
    user_id: Field = None
    anonymous_id: Field = None
    id: Field = None
    source: Field = None
    decision_id: Field = None
    timezone: Field = None


class Reading:
    """Reads records, and counts lines.

    Parameters
    ----------
    source
        Of records that name none.
    ahead
        In milliseconds, how far a record's time may lie behind `received_at`, which else is its
        time.
    """

    def __init__(self, source: str = "", ahead: int = _HOUR) -> None:
        self._source = source
        self._ahead = ahead
        self._decode = msgspec.json.Decoder(_Raw).decode
        self.lines = 0
        """Lines that are not blank, so far."""

    def read(self, lines: Iterable[bytes], without: Collection[int] = ()) -> Iterator[Record]:
        """Yield records, in the order of the lines.

        Parameters
        ----------
        lines
            Of a file.
        without
            Numbers of lines, from 1, of which no event was made.
        """
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            self.lines += 1
            if number not in without:
                record = self._record(line)
                if record is not None:
                    yield record

    def _record(self, line: bytes) -> Record | None:
        try:
            raw = self._decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        time, received = _time(raw.time), _time(raw.received_at)
        if raw.user_id not in (None, ""):
            person = f"u:{raw.user_id}"
        elif raw.anonymous_id not in (None, ""):
            person = f"a:{raw.anonymous_id}"
        else:
            return None
        if time is None:
            return None
        if received is not None and time - received > self._ahead:
            time = received
        return Record(
            time,
            person,
            _text(raw.source) or self._source,
            _text(raw.id),
            _text(raw.type),
            _text(raw.decision_id),
            _text(raw.timezone),
        )


def _text(field: Field) -> str:
    return "" if field is None else str(field)


def _time(value: Field) -> int | None:
    """Return a time in milliseconds; None if it is none."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            return ms(dt.datetime.fromisoformat(value.upper()))
        except ValueError:
            pass
    try:
        number = Decimal(str(value))
        return int(number * 1000 if abs(number) < _SECONDS else number)
    except (InvalidOperation, ValueError, OverflowError):
        return None
