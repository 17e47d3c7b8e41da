"""How events travel: delays, copies, stragglers and failed tellings.

In: event rows in any order. Out: record rows in the order of arrival. Knows nothing of the
contents of a record.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.simulate.broken import REASONS
from rtm_flows.simulate.shop import Shop

WHOLE, COPY, FAILED = range(3)
"""What a record is: an event, an event told again, or a damaged telling."""

LONGEST_DELAYS = 15
"""No delay, but a straggler's, is longer than this many mean delays."""

COPY_MS = 5_000
LATE_MS = (300_000, 3_600_000)


def send(shop: Shop, rng: np.random.Generator, events: Table) -> Table:
    """Return the records that tell of the events.

    Adds `arrival` (ms), `telling` (`WHOLE`, `COPY`, `FAILED`), `delayed` (a straggler) and
    `fault` (place in `broken.REASONS` of a failed telling).
    """
    n = len(events)
    mean = float(shop.disorder_ms)
    delay = np.minimum(rng.exponential(mean, n), LONGEST_DELAYS * mean).astype(np.int64)
    delayed = rng.random(n) < shop.late
    delay[delayed] += rng.integers(*LATE_MS, int(delayed.sum()))
    whole = _told(events, events["time"] + delay, WHOLE).with_columns({"delayed": delayed})
    copies = whole.take(rng.random(n) < shop.duplicates)
    later = copies["arrival"] + rng.integers(0, COPY_MS, len(copies))
    failed = whole.take(rng.random(n) < shop.broken)
    faults = rng.integers(0, len(REASONS), len(failed)).astype(np.int8)
    again = _told(copies, later, COPY)
    return concat(
        [whole, again, _told(failed, failed["arrival"], FAILED).with_columns({"fault": faults})]
    )


def _told(rows: Table, arrival: NDArray[np.int64], telling: int) -> Table:
    n = len(rows)
    return Table(
        {
            "delayed": np.zeros(n, dtype=bool),
            **rows.columns,
            "arrival": arrival,
            "telling": np.full(n, telling, dtype=np.int8),
            "fault": np.zeros(n, dtype=np.int8),
        }
    )


class Transit:
    """Records sent and not yet arrived."""

    def __init__(self) -> None:
        self._waiting: list[Table] = []

    def send(self, records: Table) -> None:
        """Take records on their way."""
        self._waiting.append(records)

    def arrivals(self, before: int | None) -> Table | None:
        """Return what arrives before a time (all, for None) in the order of arrival."""
        if not self._waiting:
            return None
        records = concat(self._waiting)
        # Stable, so that equal arrivals keep the order in which they were sent.
        order = np.argsort(records["arrival"], kind="stable")
        split = len(order)
        if before is not None:
            split = int(np.searchsorted(records["arrival"][order], before))
        self._waiting = [records.take(order[split:])] if split < len(order) else []
        return records.take(order[:split])
