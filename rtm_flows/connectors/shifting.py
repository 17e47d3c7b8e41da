"""Times of records moved, so that a history can be played as if it were happening now.

In: records of JSON as they are, and what their columns mean. Out: the same records with all their
times moved by one span. It refuses to know what time it is now.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from rtm_flows.errors import ConfigError
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.times import BAD_TIME, NO_TIME, TimeReader
from rtm_flows.times import format_time

_TIMES = (
    *("time", "received_at", "original_timestamp", "sent_at"),
    *("delivery_from", "delivery_to", "revoke_date"),
)
_SECOND = 1000
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SECONDS_BELOW = 1e11

Record = dict[str, msgspec.Raw]


class Shift:
    """Moves the times of records by whole seconds, the same for all.

    Parameters
    ----------
    mapping
        Which columns hold times.
    now
        Tells the time that the first record shall have, in ms; asked once.

    Raises
    ------
    ConfigError
        If times stand where they cannot be changed: within other columns, in parts, in words.

    Examples
    --------
    >>> from rtm_flows.events.mapping import CANONICAL
    >>> shift = Shift(CANONICAL, lambda: 86_400_000)
    >>> shift([b'{"time":"1970-01-01T00:00:01.5Z","a":1.50}', b'{"time":2}', b'broken'])
    [b'{"time":"1970-01-01T23:59:59.500Z","a":1.50}', b'{"time":86400}', b'broken']
    """

    def __init__(self, mapping: Mapping, now: Callable[[], int]) -> None:
        columns = {name: getattr(mapping, name) for name in _TIMES}
        time = columns["time"]
        plain = [one for one in columns.values() if isinstance(one, str) and "." not in one]
        if time not in plain or mapping.time_format is not None or mapping.time_offset is not None:
            msg = (
                "--from-now wants times in one column of the record itself, as RFC 3339 or numbers "
                "since 1970; this format has them elsewhere; leave --from-now out"
            )
            raise ConfigError(msg)
        self._time = str(time)
        self._columns = plain
        self._unit = mapping.time_unit
        self._read = TimeReader(None, mapping.zone, mapping.time_unit)
        self._now = now
        self._by: int | None = None

    def __call__(self, lines: list[bytes]) -> list[bytes]:
        """Return the records with their times moved; what is no object stays as it is."""
        records = [_record(line) for line in lines]
        for column in self._columns:
            self._move([one for one in records if one is not None and column in one], column)
        return [
            line if record is None else msgspec.json.encode(record)
            for line, record in zip(lines, records, strict=True)
        ]

    def _move(self, records: list[Record], column: str) -> None:
        values = [msgspec.json.decode(record[column]) for record in records]
        scalar = [one if type(one) in (str, int, float) else None for one in values]
        times = self._read(scalar)
        good = (times != NO_TIME) & (times != BAD_TIME)
        for row in np.flatnonzero(good).tolist():
            moved = self._moved(values[row], int(times[row]), first=column == self._time)
            records[row][column] = msgspec.Raw(msgspec.json.encode(moved))

    def _moved(self, value: str | int | float, time: int, *, first: bool) -> str | int | float:
        if self._by is None and first:
            # Down to whole seconds: so the steps between times stay what they were, in any unit.
            self._by = (self._now() - time) // _SECOND
        by = self._by or 0
        if isinstance(value, str) and "-" in value[1:]:
            return format_time(time + by * _SECOND)
        number = float(value) if isinstance(value, str) else value
        unit = self._unit or ("s" if abs(number) < _SECONDS_BELOW else "ms")
        return number + by * _PER_SECOND[unit]


def _record(line: bytes) -> Record | None:
    try:
        return msgspec.json.decode(line, type=Record)
    except msgspec.DecodeError:
        return None
