"""Records of the input, as far as an audit looks at them.

In: lines of canonical JSON. Out: records with the instant that each has its place at. It refuses to
know what makes a record a dead letter, late or a duplicate: what is no JSON object with a person
and a time is passed over, and who calls leaves out what the run says it left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import msgspec

from rtm_flows.audit.digests import digest, in_decimal
from rtm_flows.audit.record import ms

_SECONDS = 10**11
"""Numbers below this are seconds, others milliseconds."""
_HOUR = 3_600_000


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
    given: str = ""
    """The id that one without an id is given: a digest, and how many records of it came before."""

    item: str = ""
    order: str = ""
    """Its `transaction_id`."""
    case: str = ""
    action: str = ""
    treatment: str = ""
    quantity: int = 1

    @property
    def event_id(self) -> str:
        """The id of the event that was made of it."""
        return self.id or self.given


class _Raw(msgspec.Struct, frozen=True, gc=False):
    time: object = None
    received_at: object = None
    type: object = None
    user_id: object = None
    anonymous_id: object = None
    id: object = None
    source: object = None
    decision_id: object = None
    timezone: object = None
    item_id: object = None
    transaction_id: object = None
    case_id: object = None
    action: object = None
    treatment: object = None
    quantity: object = None


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
        self._given: Counter[str] = Counter()
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
        user, anonymous = in_decimal(raw.user_id), in_decimal(raw.anonymous_id)
        if time is None or not (user or anonymous):
            return None
        if received is not None and time - received > self._ahead:
            time = received
        own = in_decimal(raw.id)
        return Record(
            time,
            f"u:{user}" if user else f"a:{anonymous}",
            in_decimal(raw.source) or self._source,
            own,
            in_decimal(raw.type),
            in_decimal(raw.decision_id),
            in_decimal(raw.timezone),
            "" if own else self._number(digest(msgspec.json.decode(line))),
            in_decimal(raw.item_id),
            in_decimal(raw.transaction_id),
            in_decimal(raw.case_id),
            in_decimal(raw.action),
            in_decimal(raw.treatment),
            _whole(raw.quantity),
        )

    def _number(self, derived: str) -> str:
        """Return a derived id with the number of records before that have the same."""
        self._given[derived] += 1
        return f"{derived}-{self._given[derived] - 1}"


def _time(value: object) -> int | None:
    """Return a time in milliseconds; None if it is none."""
    if isinstance(value, bool) or value == "" or not isinstance(value, str | int | float):
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


def _whole(value: object) -> int:
    """Return a number of pieces; 1 where none is told."""
    try:
        return int(Decimal(in_decimal(value) or 1))
    except (InvalidOperation, ValueError, OverflowError):
        return 1
