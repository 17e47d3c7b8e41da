"""Meters: the values of all metrics of one process, told by its run and read beside it.

In: counts, values and durations, told once a batch. Out: what was told so far, as plain values. One
thread tells, any other may read: telling is a few dictionary operations and takes no lock.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence

import msgspec

from rtm_flows.metrics import WATERMARK_DELAY, Metric

Labels = tuple[str, ...]


class Seen(msgspec.Struct, array_like=True):
    """What a process has told by a moment.

    Attributes
    ----------
    values
        By metric, values by labels.
    histograms
        By metric and labels, counts by bucket, then the sum of what was observed.
    turned, moved
        When the loop last turned and when the watermark last moved, in seconds of a clock that all
        processes of the machine share and that only grows; 0 for never.
    """

    values: dict[str, dict[Labels, float]]
    histograms: dict[str, dict[Labels, list[float]]]
    turned: float
    moved: float


class Meters:
    """The metrics of one process.

    Parameters
    ----------
    clock
        Seconds that only ever grow.
    wall
        Seconds since 1970.

    Examples
    --------
    >>> from rtm_flows.metrics import RECORDS, ROUND_RECORDS
    >>> meters = Meters()
    >>> meters.count(RECORDS, 3, "accepted")
    >>> meters.count(RECORDS, 4, "accepted")
    >>> meters.observe(ROUND_RECORDS, 7)
    >>> seen = meters.seen()
    >>> seen.values["rtm_records_total"], seen.histograms["rtm_round_records"][()][:4]
    ({('accepted',): 7}, [0.0, 0.0, 1.0, 0.0])
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.wall = wall
        self._clock = clock
        self._values: dict[str, dict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, list[float]]] = {}
        self._asked: dict[Metric, Callable[[], float]] = {}
        self._turned = self._moved = 0.0
        self._mark: int | None = None

    def count(self, metric: Metric, number: float, *labels: str) -> None:
        """Add to a counter."""
        try:
            self._values[metric.name][labels] += number
        except KeyError:
            self._values.setdefault(metric.name, {})[labels] = number

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        self._values.setdefault(metric.name, {})[labels] = value

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        row = self._row(metric, labels)
        row[bisect_left(metric.buckets, value)] += 1
        row[-1] += value

    def observe_all(self, metric: Metric, values: Sequence[float]) -> None:
        """Add values to a histogram without labels."""
        row, bounds = self._row(metric, ()), metric.buckets
        for value in values:
            row[bisect_left(bounds, value)] += 1
        row[-1] += sum(values)

    def ask(self, metric: Metric, value: Callable[[], float]) -> None:
        """Let a gauge without labels be asked for when somebody reads; it must not wait."""
        self._asked[metric] = value

    def turn(self) -> None:
        """Note that the loop of the run turns."""
        self._turned = self._clock()

    def mark(self, mark: int) -> None:
        """Note how far the job's time has come, in milliseconds since 1970."""
        if mark != self._mark:
            self._mark, self._moved = mark, self._clock()

    def seen(self) -> Seen:
        """Return what was told so far."""
        # Copies of whole dictionaries and lists are made in one step of the interpreter.
        values = {name: own.copy() for name, own in self._values.copy().items()}
        histograms = {
            name: {labels: row.copy() for labels, row in own.copy().items()}
            for name, own in self._histograms.copy().items()
        }
        for metric, value in self._asked.copy().items():
            values[metric.name] = {(): value()}
        if self._mark is not None:
            values[WATERMARK_DELAY.name] = {(): max(0.0, self.wall() - self._mark / 1000)}
        return Seen(values, histograms, self._turned, self._moved)

    def _row(self, metric: Metric, labels: Labels) -> list[float]:
        """Return the row of a histogram."""
        try:
            return self._histograms[metric.name][labels]
        except KeyError:
            row = [0.0] * (len(metric.buckets) + 2)
            return self._histograms.setdefault(metric.name, {}).setdefault(labels, row)
