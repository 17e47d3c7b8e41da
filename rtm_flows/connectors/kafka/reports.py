"""Reports counted: what the broker has taken in, as metrics.

In: the records that one partition of an output topic is sent, and the reports that came. Out:
counts by output, channel and reason, and how old decisions were when they were written. The reports
of a partition come in the order of its records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from operator import add

import msgspec

from rtm_flows.connectors.kafka.producer import Log
from rtm_flows.lanes.deliveries import UNDELIVERED, is_delivery
from rtm_flows.lanes.published import DECISIONS, Record
from rtm_flows.metrics import DELIVERIES as DELIVERED
from rtm_flows.metrics import EVENT_TO_DECISION, WRITTEN_RECORDS
from rtm_flows.metrics import UNDELIVERED as NOT_DELIVERED
from rtm_flows.operating.meters import Meters


class _Delivery(msgspec.Struct):
    channel: str


class _Reason(msgspec.Struct):
    reason: str


_delivery, _reason = msgspec.json.Decoder(_Delivery), msgspec.json.Decoder(_Reason)


class Reports:
    """Follows the records of one partition of an output until they are reported.

    Parameters
    ----------
    output
        The output.
    log
        The partition; it holds what was reported.
    meters
        Told of what is written.
    """

    def __init__(self, output: str, log: Log, meters: Meters) -> None:
        self.log = log
        self._output, self._meters = output, meters
        self._delivers = is_delivery(output)
        self.follows = self._delivers or output in {DECISIONS, UNDELIVERED}
        """Whether it wants to hear what is sent."""
        self._ages: list[float] = []
        self._labels = deque[str]()

    def sent(self, records: Sequence[Record]) -> None:
        """Note records that are sent now."""
        if self._output == DECISIONS:
            now = self._meters.wall()
            times = [record.time for record in records]
            self._ages += [0.0 if time is None else max(0.0, now - time / 1000) for time in times]
        elif self._delivers:
            self._labels.extend(_delivery.decode(record.value).channel for record in records)
        elif self._output == UNDELIVERED:
            self._labels.extend(_reason.decode(record.value).reason for record in records)

    def tell(self) -> None:
        """Tell the metrics of what was reported since this was last asked."""
        took, self.log.reported = self.log.reported, []
        self._meters.count(WRITTEN_RECORDS, len(took), self._output)
        if self._output == DECISIONS:
            # A decision has waited for as long as its event is old, and then for its report.
            ages, self._ages = self._ages[: len(took)], self._ages[len(took) :]
            self._meters.observe_all(EVENT_TO_DECISION, list(map(add, ages, took)))
        elif self._labels:
            self._count([self._labels.popleft() for _ in took])

    def _count(self, labels: Iterable[str]) -> None:
        metric = DELIVERED if self._delivers else NOT_DELIVERED
        for label in labels:
            self._meters.count(metric, 1, label)
