"""The summary of a run, as a table that a person can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from rtm_flows.cli.console import console
from rtm_flows.config import Job
from rtm_flows.connectors.output_files import file_name
from rtm_flows.decisions.fates import ENTERED, FATES
from rtm_flows.lanes.wiring import SUMMARY

_FATES = ("accepted", "duplicate", "late", "ignored", "dead_letter")
_MUCH_LATE = 0.01
_LABELS = {"intent": ("session", "bought"), "churn": ("horizon", "left")}
"""By model: what ends with a label, and what those of a positive label did."""


def show(output: Path, job: Job) -> None:
    """Print what became of the records, what was decided, and how well the models predicted."""
    found = summary_of(output)
    out = console()
    models = [
        line for name, own in found["models"].items() for line in (_model(name, own), *_rivals(own))
    ]
    tables = [_records(found), _decisions(found), _funnel(found)]
    if "triggers_by" in found:
        tables.insert(1, _triggers(found))
    if "responses" in found:
        tables.append(_responses(found["responses"]))
    for part in (*tables, *models, f"outputs: {output}"):
        out.print(part)
    hint = late_hint(found, job)
    if hint:
        out.print(hint, style="bold")


def summary_of(output: Path) -> dict[str, Any]:
    """Return the summary of a complete run."""
    found: dict[str, Any] = msgspec.json.decode((output / file_name(SUMMARY)).read_bytes())
    return found


def late_hint(found: dict[str, Any], job: Job) -> str | None:
    """Return what to do about late records, when they are more than one in a hundred."""
    if not found["input"] or found["late"] / found["input"] <= _MUCH_LATE:
        return None
    share = 100 * found["late"] / found["input"]
    return (
        f"{share:.1f}% of the records were late and took no part. Real files are rarely in order "
        f"of time: set input.sort = true, or raise time.lateness (now {job.time.lateness})"
    )


def _records(found: dict[str, Any]) -> Table:
    table = Table("records", "", "", title_justify="left", box=None, pad_edge=False)
    table.add_row("read", f"{found['input']:,}", "")
    for fate in _FATES:
        why = ", ".join(f"{k} {v:,}" for k, v in found["dead_letters"].items())
        table.add_row(f"  {fate}", f"{found[fate]:,}", why if fate == "dead_letter" else "")
    kinds = ", ".join(f"{k} {v:,}" for k, v in found["sessions"].items())
    table.add_row("sessions", f"{sum(found['sessions'].values()):,}", kinds)
    return table


def _triggers(found: dict[str, Any]) -> Table:
    """Return what fired, and the timers that had not fired when the input ended."""
    table = Table("triggers", "", "", box=None, pad_edge=False)
    pending = found.get("pending", {})
    by_name = dict(sorted(found["triggers_by"].items(), key=lambda kv: -kv[1]))
    for name in dict.fromkeys([*by_name, *pending]):
        waits = f"{pending[name]:,} pending" if pending.get(name) else ""
        table.add_row(f"  {name}", f"{by_name.get(name, 0):,}", waits)
    return table


def _decisions(found: dict[str, Any]) -> Table:
    table = Table("decisions", "", "", box=None, pad_edge=False)
    triggers = found["triggers"]
    table.add_row("triggers", f"{triggers:,}", "")
    for name, count in sorted(found["decisions"].items(), key=lambda kv: -kv[1]):
        why = ", ".join(f"{k} {v:,}" for k, v in found["no_action"].items())
        table.add_row(
            f"  {name}",
            f"{count:,}",
            f"{100 * count / max(1, triggers):.1f}%  {why if name == 'no_action' else ''}",
        )
    return table


def _funnel(found: dict[str, Any]) -> Table:
    """Return where the candidates of each action ended, as far as any ended there."""
    told = found["funnel"].values()
    fates = [fate for fate in (ENTERED, *FATES) if any(own[fate] for own in told)]
    names = [fate.replace("_", " ") for fate in fates]
    table = Table("candidates", box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    for action, own in found["funnel"].items():
        table.add_row(f"  {action}", *(f"{own[fate]:,}" for fate in fates))
    return table


def _responses(told: dict[str, Any]) -> Table:
    """Return what came of what was shown, by action and treatment, and the orphans."""
    table = Table("responses", "", "", "", box=None, pad_edge=False)
    for action, treatments in told["actions"].items():
        for treatment, own in treatments.items():
            name = action if treatment == action else f"{action}, {treatment}"
            loss = ""
            if own["n"]:
                prior = own["baselines"]["prior"]["log_loss"]
                loss = f"log loss {own['log_loss']:.4f} (prior {prior:.4f})"
            welcome = f"{own['positives']:,} positive, propensity {own['propensity']:.4f}"
            table.add_row(f"  {name}", f"{own['n']:,}", welcome, loss)
    why = ", ".join(f"{reason} {count:,}" for reason, count in told["orphans"].items())
    table.add_row("orphans", f"{sum(told['orphans'].values()):,}", why, "")
    return table


def _model(name: str, figures: dict[str, Any]) -> str:
    ends, positive = _LABELS[name]
    if not figures["n"]:
        return f"{name}: no {ends} has ended with a label yet"
    baselines = figures["baselines"]
    auc = "not defined" if figures["roc_auc"] is None else f"{figures['roc_auc']:.3f}"
    known = baselines["recency"]["log_loss"]
    recency = "" if known is None else f", recency {known:.4f}"
    return (
        f"{name}: {figures['n']:,} examples, {figures['positives']:,} {positive}; ROC AUC {auc}, "
        f"log loss {figures['log_loss']:.4f} (prior {baselines['prior']['log_loss']:.4f}, "
        f"last label {baselines['last_label']['log_loss']:.4f}{recency}), ECE {figures['ece']:.4f}"
        + "".join(_slice(one, own) for one, own in figures["slices"].items())
    )


def _slice(name: str, figures: dict[str, Any]) -> str:
    if figures["roc_auc"] is None:
        return f"\n  {name}: {figures['n']:,} examples, too few to rank"
    low, high = figures["roc_auc_95"] or (0.0, 1.0)
    return (
        f"\n  {name}: {figures['n']:,} examples; ROC AUC {figures['roc_auc']:.3f} "
        f"[{low:.3f}, {high:.3f}], log loss {figures['log_loss']:.4f}"
    )


def _rivals(figures: dict[str, Any]) -> list[str]:
    """Return a line for each challenger of a model, and one for each promotion."""
    lines = [
        f"  {one['from']} gave way to {one['to']} after {one['n']:,} examples compared: log loss "
        f"{one['gain']:.4f} less ({_interval(one)})"
        for one in figures.get("promotions", ())
    ]
    for name, own in figures.get("challengers", {}).items():
        compared = "nothing compared yet with"
        if own["gain_95"] is not None:
            compared = f"{own['gain']:+.4f} ({_interval(own)}) gained over"
        loss = "not defined" if own["log_loss"] is None else f"{own['log_loss']:.4f}"
        lines.append(f"  in the shadow {name}: log loss {loss}, {compared} {figures['champion']}")
    return lines


def _interval(figures: dict[str, Any]) -> str:
    low, high = figures["gain_95"]
    return f"{low:+.4f} to {high:+.4f}"
