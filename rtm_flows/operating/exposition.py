"""Exposition: what the processes of a run have told, as Prometheus reads it.

In: what each process has told. Out: one set of metrics, a sum or the largest over processes as each
metric declares. A metric that nobody has told is left out: 0 would say more than is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import (
    Metric as Family,
)
from prometheus_client.registry import Collector

from rtm_flows.metrics import METRICS, Metric
from rtm_flows.operating.meters import Labels, Seen
from rtm_flows.operating.sharing import together


class Exposition(Collector):
    """All metrics of a run, looked at anew each time they are asked for.

    Parameters
    ----------
    seen
        Returns what each process has told.
    """

    def __init__(self, seen: Callable[[], Sequence[Seen]]) -> None:
        self._seen = seen

    def registry(self) -> CollectorRegistry:
        """Return a registry of these metrics alone."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return registry

    def describe(self) -> Iterable[Family]:
        """Return nothing: the names are known to be free, and nothing is asked to find out."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield every metric that was told."""
        seen = self._seen()
        for metric in METRICS:
            if metric.kind == "histogram":
                rows = _rows(metric, seen)
                if rows:
                    yield _histogram(metric, rows)
            elif values := together(metric, seen):
                yield _plain(metric, values)


def _plain(metric: Metric, values: dict[Labels, float]) -> Family:
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _rows(metric: Metric, seen: Iterable[Seen]) -> dict[Labels, list[float]]:
    """Return the rows of a histogram over processes, by labels."""
    found: dict[Labels, list[float]] = {}
    for one in seen:
        for labels, row in one.histograms.get(metric.name, {}).items():
            before = found.get(labels, [0.0] * len(row))
            found[labels] = [a + b for a, b in zip(before, row, strict=True)]
    return found


def _histogram(metric: Metric, rows: dict[Labels, list[float]]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    bounds = [*map(str, metric.buckets), "+Inf"]
    for labels, (*counts, total) in sorted(rows.items()):
        family.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), total)
    return family
