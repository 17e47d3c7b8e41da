"""`rtm evaluate`: a model on a plain table, and how good its predictions were."""

from __future__ import annotations

import argparse
import sys

import msgspec
from rich.table import Table

from rtm_flows.cli.console import console
from rtm_flows.cli.progress import Bar
from rtm_flows.measure.evaluate import Quality, Report
from rtm_flows.measure.evaluate import evaluate as evaluate_table
from rtm_flows.measure.figures import Figures, Interval

_STEPS = 1000


def evaluate(parsed: argparse.Namespace) -> int:
    """Learn the table, and print the report."""
    with Bar("learning", _STEPS, quiet=parsed.json) as bar:
        report = evaluate_table(
            parsed.frame,
            label=parsed.label,
            model=parsed.model,
            positive=parsed.positive,
            exclude=parsed.exclude or (),
            delimiter=parsed.delimiter,
            progress=lambda done, total: bar.reached(done * _STEPS // total),
        )
    if parsed.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        _show(report)
    return 0


def _show(report: Report) -> None:
    out, found = console(), report.quality.all
    share = 100 * found.positives / found.n
    columns = len(report.numbers) + len(report.texts)
    left_out = f"; {report.unlabelled:,} without a label left out" if report.unlabelled else ""
    out.print(
        f"{report.model}: {found.n:,} examples, {found.positives:,} ({share:.1f}%) with "
        f"{report.label} = {report.positive}; learned from {columns} columns{left_out}"
    )
    for title, rows in (("all rows", "all"), ("last 80 percent", "last_80")):
        out.print(_table(title, rows, {report.model: report.quality, **report.baselines}))
    out.print("[low, high]: 95 percent; of ROC AUC by DeLong, of losses mean +- 1.96 errors")


def _table(title: str, rows: str, parties: dict[str, Quality]) -> Table:
    table = Table(
        title, "ROC AUC", "", "log loss", "", "Brier", "ECE", "avg. precision",
        box=None, pad_edge=False,
    )  # fmt: skip
    for name, quality in parties.items():
        found: Figures = getattr(quality, rows)
        table.add_row(
            name,
            _number(found.roc_auc),
            _interval(found.roc_auc_95),
            _number(found.log_loss),
            _interval(found.log_loss_95),
            _number(found.brier),
            _number(found.ece),
            _number(found.average_precision),
        )
    return table


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _interval(ends: Interval | None) -> str:
    return "" if ends is None else f"[{ends[0]:.3f}, {ends[1]:.3f}]"
