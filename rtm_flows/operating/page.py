"""The page of metrics: docs/reference/metrics.md, written from their declarations."""

from __future__ import annotations

from rtm_flows.metrics import METRICS, Metric

_HEAD = """# Metrics

Written from the code by `scripts/write-reference`. What to look at, what to be woken by, and where
they are served: [operating](../operating.md).

Counters begin at 0 with every start of a run, also of one that resumes; Prometheus takes that for
a reset, and `rate` and `increase` are right across it. Of several processes of a run the sum is
served, where nothing else is said. A metric that nothing was told of yet is not served.

| metric | kind | labels | unit | meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(map(_row, METRICS)) + _buckets()


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    meaning = metric.meaning
    if metric.across == "max":
        meaning = f"{meaning} Of several processes the largest."
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.unit} | {meaning} |\n"


def _buckets() -> str:
    """Return where the buckets of histograms end."""
    lines = [
        f"- `{metric.name}`: {', '.join(f'{bound:g}' for bound in metric.buckets)}"
        for metric in METRICS
        if metric.buckets
    ]
    return "\nUpper bounds of the buckets, each with one without bound behind it:\n\n" + (
        "\n".join(lines) + "\n"
    )
