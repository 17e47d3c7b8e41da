"""The time of each event: read, held against the time of receipt, and bounded.

In: raw columns. Out: milliseconds, and which times were clamped; faults for the rest. It knows
nothing of lateness or order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from rtm_flows.events.faults import Faults, Mask
from rtm_flows.events.numeric import Value
from rtm_flows.events.rfc3339 import Times
from rtm_flows.events.times import BAD_TIME, NO_TIME, TimeReader

FIRST_TIME: Final = 631_152_000_000
"""The first time an event may have: 1990-01-01."""

END_TIME: Final = 4_102_444_800_000
"""The first time too late for an event: 2100-01-01."""

_EXPECTED: Final = "expected RFC 3339, a number since 1970, or the declared time_format"


class EventTimes:
    """Reads the times of events.

    Parameters
    ----------
    time_format, zone
        As in the mapping. `received_at` may also be written without the format.
    ahead_ms
        By how much a time may be later than `received_at`.
    """

    def __init__(self, time_format: str | None, zone: str | None, ahead_ms: int) -> None:
        self._read = TimeReader(time_format, zone)
        self._read_plain = TimeReader(None, zone)
        self._ahead_ms = ahead_ms

    def __call__(self, fields: Mapping[str, Sequence[Value]], faults: Faults) -> tuple[Times, Mask]:
        """Return the time of each record, and whether it was clamped to `received_at`."""
        times = self._read(fields["time"])
        faults.add(times == NO_TIME, "missing_field", "time", "expected a time")
        faults.add(times == BAD_TIME, "bad_time", "time", _EXPECTED)
        clamped = np.zeros(len(times), dtype=np.bool_)
        if "received_at" in fields:
            received = self._read_received(fields["received_at"])
            faults.add(received == BAD_TIME, "bad_time", "received_at", _EXPECTED)
            known = ~faults.mask & (received != NO_TIME)
            clamped = known & (np.where(known, times - received, 0) > self._ahead_ms)
            times = np.where(clamped, received, times)
        outside = (times < FIRST_TIME) | (times >= END_TIME)
        faults.add(outside, "time_out_of_range", "time", "expected a time from 1990 to 2099")
        return times, clamped

    def _read_received(self, values: Sequence[Value]) -> Times:
        times = self._read(values)
        rest = np.flatnonzero(times == BAD_TIME)
        times[rest] = self._read_plain([values[row] for row in rest.tolist()])
        return times
