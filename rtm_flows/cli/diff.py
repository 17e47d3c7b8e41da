"""`rtm diff`: two runs of one history compared; the exit status says whether they differ."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import msgspec
from rich.console import Console

from rtm_flows.cli.console import console
from rtm_flows.cli.pages import facts, grid, heading, visible
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_in
from rtm_flows.cli.two_runs import apart, reading_finished
from rtm_flows.measure.comparison import brief
from rtm_flows.measure.difference import Comparing, Differences, Example, unaccounted
from rtm_flows.measure.merging import merged
from rtm_flows.measure.scan import lines

DIFFERENT = 1
_NAMES = ("first", "second")
_ROWS = 15


def diff(parsed: argparse.Namespace) -> int:
    """Compare two runs; return 0 if every decision is the same, 1 if not."""
    runs = run_in(parsed.runs[0]), run_in(parsed.runs[1])
    found = _compare(runs, parsed.limit)
    warnings = _warnings(runs, found)
    if parsed.json:
        whole = {
            "runs": [str(run.folder) for run in runs],
            "equal": found.equal,
            "warnings": warnings,
            **msgspec.structs.asdict(found),
        }
        sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
    else:
        _show(console(), runs, found, warnings)
    return 0 if found.equal else DIFFERENT


def _compare(runs: tuple[Run, Run], limit: int) -> Differences:
    with ExitStack() as stack:
        first, second = (stack.enter_context(reading_finished(run)) for run in runs)
        bar = stack.enter_context(
            Bar("comparing", first.size + second.size, quiet=not sys.stderr.isatty())
        )
        one, two = (lines(source.file, seen=bar.seen) for source in (first, second))
        return Comparing(limit).add_all(merged(one, two, (first.path, second.path)))


def _warnings(runs: tuple[Run, Run], found: Differences) -> list[str]:
    """Return what speaks against comparing these two."""
    one, two = (run.summary() or {} for run in runs)
    warnings = apart(one, two)
    if all(found.decisions) and not found.same + found.changed:
        warnings.append(
            "no decision is in both. Ids are made from the job's name, the person and the event: "
            "do both jobs have one name, and read the same records?"
        )
    for run, side, summary in zip(runs, (0, 1), (one, two), strict=True):
        counts = summary.get("decisions", {})
        wrong = [] if run.exported else unaccounted(found.actions, side, counts)
        if wrong:
            warnings.append(
                f"{run.folder}: decisions.jsonl and summary.json do not agree "
                f"({', '.join(wrong)}): one of them was changed"
            )
    return warnings


def _show(out: Console, runs: tuple[Run, Run], found: Differences, warnings: list[str]) -> None:
    sides = zip(_NAMES, runs, found.decisions, found.configs, strict=True)
    facts(
        out,
        (
            (name, f"{run.folder}: {n:,} decisions by configuration {', '.join(configs) or '?'}")
            for name, run, n, configs in sides
        ),
    )
    for warning in warnings:
        out.print(f"  warning: {warning}", style="bold")
    heading(out, "every decision is the same" if found.equal else "decisions, by id")
    grid(out, ("", "decisions", " "), _parts(found), right=("decisions",))
    _show_kinds(out, found)
    _show_counts(out, found)
    _show_examples(out, runs, found.examples)


def _parts(found: Differences) -> list[tuple[str, str, str]]:
    whole = found.same + found.changed + sum(found.only)
    rows = [
        ("the same", found.same, ""),
        ("changed", found.changed, _of_changed(found)),
        ("only in the first", found.only[0], ""),
        ("only in the second", found.only[1], ""),
    ]
    return [
        (name, f"{n:,}", f"{100 * n / max(1, whole):.1f}%  {more if n else ''}".rstrip())
        for name, n, more in rows
    ]


def _of_changed(found: Differences) -> str:
    by_rule = f", {found.by_rule:,} only in the rule by which something fell"
    return f"{found.other_action:,} to another action{by_rule if found.by_rule else ''}"


def _show_kinds(out: Console, found: Differences) -> None:
    if found.kinds:
        heading(out, "where the changed ones first differ")
        rows = [
            (visible(k.stage), f"{k.n:,}", f"{k.other_action:,}", visible(k.what))
            for k in found.kinds[:_ROWS]
        ]
        rows += _and_more(found.kinds, 4)
        columns = ("stage", "decisions", "other_action", "what")
        grid(out, columns, rows, right=columns[1:3], wide=("what",))
    if found.moves:
        heading(out, "from which action to which")
        moves = [(visible(move), f"{n:,}") for move, n in found.moves.items()]
        grid(out, ("", "decisions"), moves[:_ROWS] + _and_more(moves, 2), right=("decisions",))


def _and_more(rows: list[Any], columns: int) -> list[Any]:
    more = len(rows) - _ROWS
    return [(f"and {more:,} more", *[""] * (columns - 1))] if more > 0 else []


def _show_counts(out: Console, found: Differences) -> None:
    columns = ("", *_NAMES, "change", "day:1st", "day:2nd", "peak:1st", "peak:2nd")
    often = sorted(found.actions.items(), key=lambda pair: (-max(pair[1]), pair[0]))
    heading(out, "by action, over all and for each day")
    grid(out, columns, _volumes(often, found.days_by_action), right=columns[1:])
    heading(out, "by channel, over all and for each day")
    grid(out, columns, _volumes(found.channels.items(), found.days), right=columns[1:])


def _row(name: str, both: list[int]) -> tuple[str, ...]:
    return visible(name), f"{both[0]:,}", f"{both[1]:,}", f"{both[1] - both[0]:+,}"


def _volumes(
    counts: Iterable[tuple[str, list[int]]], days: dict[str, dict[str, list[int]]]
) -> list[tuple[str, ...]]:
    rows = []
    for name, both in counts:
        of_days = [day.get(name, [0, 0]) for day in days.values()]
        means = (sum(day[side] for day in of_days) / len(of_days) for side in (0, 1))
        peaks = (max(day[side] for day in of_days) for side in (0, 1))
        mean = (f"{value:,.1f}" for value in means)
        rows.append((*_row(name, both), *mean, *(f"{peak:,}" for peak in peaks)))
    return rows


def _show_examples(out: Console, runs: tuple[Run, Run], examples: list[Example]) -> None:
    if examples:
        heading(out, "examples")
    for example in examples:
        raws = (example.first, example.second)
        pair = [None if raw is None else msgspec.json.decode(raw) for raw in raws]
        known = pair[0] or pair[1] or {}
        out.print(
            f"  {visible(str(known.get('decision_id')))}: {visible(example.stage)}, "
            f"{visible(example.what)}"
        )
        whose = f"{known.get('subject_type')} {known.get('subject_id')}"
        out.print(f"    {visible(whose)} at {known.get('decision_time')}")
        for name, record in zip(_NAMES, pair, strict=True):
            said = "has no such decision" if record is None else visible(brief(record))
            out.print(f"    {name:<6}  {said}")
    if examples:
        out.print()
        out.print(f"rtm explain DECISION_ID --run {runs[0].folder} (or {runs[1].folder}) says why")
