"""How the fashion shop's events travel: delays, copies, stragglers and failed tellings.

In: rows in the order of time. Out: what is told of them in the order of arrival, and how many of
what. Each draw is a hash of the event, as everywhere in this shop. It knows nothing of lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.simulate.broken import REASONS
from rtm_flows.simulate.disorder import COPY, COPY_MS, FAILED, LATE_MS, LONGEST_DELAYS, WHOLE
from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion.draws import Bools, Floats, Ints
from rtm_flows.simulate.fashion.rows import ROW, Rows
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.truth import LATENESS_MS

TOLD = np.dtype([("row", ROW), ("arrival", "i8"), ("telling", "u1"), ("fault", "u1")])
"""A record: the event, when it arrives, what it is (`simulate.disorder`), and how it is broken."""

Records = NDArray[np.void]

_EVENTS = 1 << 43


class Transit:
    """Records under way; those that have arrived are counted.

    Attributes
    ----------
    duplicates, late, late_events
        Copies; records, and among them first tellings, that come after a record more than a minute
        later in time: late to a reader with that lateness, in one partition.
    broken
        Damaged records by the reason for which they must be refused.
    """

    def __init__(self, shop: Fashion) -> None:
        self._shop = shop
        self._waiting = np.zeros(0, dtype=TOLD)
        self._top = int(np.iinfo(np.int64).min)
        self.duplicates = self.late = self.late_events = 0
        self.broken: dict[str, int] = {}

    def arrivals(self, rows: Rows, before: int | None) -> Records:
        """Send rows on their way; return what arrives before a time (all, for None), in order."""
        records = np.concatenate([self._waiting, self._tell(rows)])
        come = np.ones(len(records), dtype=np.bool_)
        if before is not None:
            come = records["arrival"] < before
        self._waiting = records[~come]
        records = records[come]
        row = records["row"]
        keys = (records["telling"], row["seq"], row["person"], row["time"], records["arrival"])
        records = records[np.lexsort(keys)]
        self._count(records)
        return records

    def _tell(self, rows: Rows) -> Records:
        shop = self._shop
        key = d.draw_each(d.keys(shop.seed, rows["person"] + _EVENTS), rows["seq"])
        mean = float(shop.disorder_ms)
        delay = np.minimum(-np.log1p(-_uniform(key, 0)), LONGEST_DELAYS) * mean
        least, most = LATE_MS
        straggles = _uniform(key, 1) < shop.late
        delay = delay + np.where(straggles, least + _uniform(key, 2) * (most - least), 0.0)
        whole = _told(rows, rows["time"] + delay.astype(np.int64), WHOLE)
        again = whole[_uniform(key, 3) < shop.duplicates]
        later = _uniform(key, 4)[_uniform(key, 3) < shop.duplicates] * COPY_MS
        again = _told(again["row"], again["arrival"] + later.astype(np.int64), COPY)
        fails: Bools = _uniform(key, 5) < shop.broken
        failed = _told(rows[fails], whole["arrival"][fails], FAILED)
        failed["fault"] = (_uniform(key, 6)[fails] * len(REASONS)).astype(np.int64)
        return np.concatenate([whole, again, failed])

    def _count(self, records: Records) -> None:
        failed = records["telling"] == FAILED
        for fault in records["fault"][failed].tolist():
            self.broken[REASONS[fault]] = self.broken.get(REASONS[fault], 0) + 1
        valid = records[~failed]
        time, copy = valid["row"]["time"], valid["telling"] == COPY
        # A late record never raises the top. By addition: there is no top before the first.
        tops = np.maximum.accumulate(np.append(self._top, time))
        self._top = int(tops[-1])
        late = time + LATENESS_MS < tops[:-1]
        self.duplicates += int(copy.sum())
        self.late += int(late.sum())
        self.late_events += int((late & ~copy).sum())


def faults(records: Records) -> dict[int, str]:
    """Return the places of damaged records, and why each must be refused."""
    places = np.flatnonzero(records["telling"] == FAILED)
    reasons = records["fault"][places].tolist()
    return {at: REASONS[fault] for at, fault in zip(places.tolist(), reasons, strict=True)}


def _told(rows: Rows, arrival: Ints, telling: int) -> Records:
    records = np.zeros(len(rows), dtype=TOLD)
    records["row"], records["arrival"], records["telling"] = rows, arrival, telling
    return records


def _uniform(key: d.Hashes, purpose: int) -> Floats:
    return d.unit(d.draw(key, purpose))
