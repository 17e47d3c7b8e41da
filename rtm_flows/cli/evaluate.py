"""`rtm evaluate`: a model on a plain table, and how good its predictions were.

In: arguments. Out: figures on standard output, and a model card as a file if one is asked for.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import msgspec
from rich.table import Table

from rtm_flows.cli.console import console
from rtm_flows.cli.files import make_way, write_page
from rtm_flows.cli.progress import Bar
from rtm_flows.errors import ConfigError
from rtm_flows.measure.evaluate import Quality, Report
from rtm_flows.measure.evaluate import evaluate as evaluate_table
from rtm_flows.measure.figures import Figures
from rtm_flows.models.ranking import Interval
from rtm_flows.report import page

_STEPS = 1000


def evaluate(parsed: argparse.Namespace) -> int:
    """Learn the table, print the report, and write the model card."""
    if parsed.slice and not parsed.report:
        msg = "--slice chooses what a model card shows; add --report FILE.html"
        raise ConfigError(msg)
    if parsed.report:
        make_way(Path(parsed.report), "--report", overwrite=parsed.overwrite)
    with Bar("learning", _STEPS, quiet=parsed.json) as bar:
        report = evaluate_table(
            parsed.frame,
            label=parsed.label,
            model=parsed.model,
            positive=parsed.positive,
            exclude=parsed.exclude or (),
            delimiter=parsed.delimiter,
            card=bool(parsed.report),
            slices=parsed.slice or (),
            progress=lambda done, total: bar.reached(done * _STEPS // total),
        )
    if parsed.report:
        write_page(Path(parsed.report), "model card", page(report, _command(parsed)))
    if parsed.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        _show(report)
        if parsed.report:
            console().print(f"model card: {parsed.report}")
    return 0


def _command(parsed: argparse.Namespace) -> str:
    """Return the command as it could be given in the folder of the table."""
    words = ["rtm", "evaluate", "--frame", Path(parsed.frame).name, "--label", parsed.label]
    words += ["--model", parsed.model]
    for option in ("positive", "delimiter"):
        value = getattr(parsed, option)
        words += [f"--{option}", value] if value is not None else []
    for option in ("exclude", "slice"):
        for column in getattr(parsed, option) or ():
            words += [f"--{option}", column]
    return shlex.join([*words, "--report", Path(parsed.report).name])


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
