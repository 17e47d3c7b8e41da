"""The time of each event: read, held against the time of receipt, and bounded.

In: raw columns. Out: milliseconds, and which times were clamped; faults for the rest. It knows
nothing of lateness or order.
"""

from __future__ import annotations

from collections.abc import Mapping as Columns
from collections.abc import Sequence
from typing import Final

import numpy as np

from rtm_flows.events.faults import Faults, Mask
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.numeric import Value
from rtm_flows.events.rfc3339 import Times
from rtm_flows.events.times import BAD_TIME, NO_TIME, TimeReader, read_counts

FIRST_TIME: Final = 631_152_000_000
"""The first time an event may have: 1990-01-01."""

END_TIME: Final = 4_102_444_800_000
"""The first time too late for an event: 2100-01-01."""

_EXPECTED: Final = "expected RFC 3339, a number since 1970, or the declared time_format"


Fields = Columns[str, Sequence[Value]]


class EventTimes:
    """Reads the times of events.

    Parameters
    ----------
    mapping
        How times are written. `received_at`, `original_timestamp` and `sent_at` may also be
        written without the format.
    ahead_ms
        By how much a time may be later than `received_at`.
    """

    def __init__(self, mapping: Mapping, ahead_ms: int) -> None:
        self._read = TimeReader(mapping.time_format, mapping.zone, mapping.time_unit)
        self._read_plain = TimeReader(None, mapping.zone)
        self._offset_unit = mapping.time_offset_unit
        self._own_clock = mapping.original_timestamp is not None
        self._ahead_ms = ahead_ms

    def __call__(self, fields: Fields, faults: Faults) -> tuple[Times, Mask]:
        """Return the time of each record, and whether it was clamped to `received_at`."""
        count = len(faults.mask)
        times = self._read(fields["time"]) if "time" in fields else np.full(count, NO_TIME)
        if "time_offset" in fields:
            times = self._moved(times, fields["time_offset"])
        received = self._received(fields, count)
        if self._own_clock:
            times = self._corrected(times, received, fields, faults)
        faults.add(times == NO_TIME, "missing_field", "time", "expected a time")
        faults.add(times == BAD_TIME, "bad_time", "time", _EXPECTED)
        faults.add(received == BAD_TIME, "bad_time", "received_at", _EXPECTED)
        known = ~faults.mask & (received != NO_TIME)
        clamped = known & (np.where(known, times - received, 0) > self._ahead_ms)
        times = np.where(clamped, received, times)
        outside = (times < FIRST_TIME) | (times >= END_TIME)
        faults.add(outside, "time_out_of_range", "time", "expected a time from 1990 to 2099")
        return times, clamped

    def _moved(self, times: Times, offsets: Sequence[Value]) -> Times:
        """Return the times with what has passed since; either may be missing, or unreadable."""
        passed = read_counts(offsets, self._offset_unit)
        moved = np.where(_known(times) & _known(passed), times, 0) + np.where(
            _known(passed), passed, 0
        )
        moved[(times == NO_TIME) | (passed == NO_TIME)] = NO_TIME
        moved[(times == BAD_TIME) | (passed == BAD_TIME)] = BAD_TIME
        return moved

    def _received(self, fields: Fields, count: int) -> Times:
        if "received_at" not in fields:
            return np.full(count, NO_TIME)
        return self._read_either(fields["received_at"])

    def _corrected(self, times: Times, received: Times, fields: Fields, faults: Faults) -> Times:
        """Return the times, where missing by the sender's clock held against the receiver's."""
        lacking = times == NO_TIME
        nothing = np.full(len(times), NO_TIME)
        told = self._read_either(fields["original_timestamp"])
        sent = self._read_either(fields["sent_at"]) if "sent_at" in fields else nothing
        faults.add(lacking & (told == BAD_TIME), "bad_time", "original_timestamp", _EXPECTED)
        faults.add(
            lacking & (told != NO_TIME) & (sent == BAD_TIME), "bad_time", "sent_at", _EXPECTED
        )
        both = _known(told) & _known(sent) & _known(received)
        behind = np.where(both, received, 0) - np.where(both, sent, 0)
        own = np.where(_known(told), told, NO_TIME) + behind
        return np.where(lacking, own, times)

    def _read_either(self, values: Sequence[Value]) -> Times:
        times = self._read(values)
        rest = np.flatnonzero(times == BAD_TIME)
        if len(rest):
            times[rest] = self._read_plain([values[row] for row in rest.tolist()])
        return times


def _known(times: Times) -> Mask:
    known: Mask = times > BAD_TIME
    return known
