"""Compare what the parties said: medians, ratios within each round, a table.

In: the results of all rounds. Out: text, or plain values for JSON. Refuses to know how the
parties were run.
"""

from __future__ import annotations

from statistics import median

import msgspec

from benchmarks.parties import FLOOR, OURS

HEAD = ("party", "events/s", "least to most", "rtm_flows", "log loss")


class Row(msgspec.Struct):
    """One party over all rounds."""

    name: str
    label: str
    rates: list[float]
    """Events a second, one a round."""
    log_loss: float | None = None
    ratios: list[float] = []
    """How many times as fast as this party ours was, one a round."""


class Report(msgspec.Struct):
    """One run of the benchmark."""

    events: int
    rounds: int
    rows: list[Row]
    skipped: dict[str, str] = {}
    failed: dict[str, str] = {}


def add_ratios(rows: list[Row]) -> None:
    """Fill in each row's ratios, if ours is among the rows."""
    ours = next((row.rates for row in rows if row.name == OURS), [])
    for row in rows:
        if row.name != OURS:
            row.ratios = [mine / theirs for mine, theirs in zip(ours, row.rates, strict=False)]


def table(report: Report) -> str:
    """Return the report as a table in Markdown, which also reads well as plain text."""
    lines = [HEAD, *(_cells(row) for row in report.rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    ruler = tuple("-" * width for width in widths)
    text = [_line(cells, widths) for cells in (HEAD, ruler, *lines[1:])]
    text += [f"skipped {name}: {why}" for name, why in report.skipped.items()]
    text += [f"failed {why}" for why in report.failed.values()]
    return "\n".join(text)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (cell for cell in cells)
    padded = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
    return "| " + " | ".join([first.ljust(widths[0]), *padded]) + " |"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.label,
        f"{median(row.rates):,.0f}",
        f"{min(row.rates):,.0f} to {max(row.rates):,.0f}",
        _ratio(row),
        "" if row.log_loss is None else f"{row.log_loss:.4f}",
    )


def _ratio(row: Row) -> str:
    if not row.ratios:
        return ""
    if row.name == FLOOR:
        return f"{1 / median(row.ratios):.2f} x the time"
    return f"{median(row.ratios):.2f} x as fast"
