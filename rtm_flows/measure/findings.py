"""Findings: what an analyst should hear first, in a sentence each.

In: the parts of a model card. Out: sentences, each with how it should be taken. The rules are few
and fixed (docs/semantics.md, section 9), so that two tables can be compared. It refuses to know
how a sentence is shown.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from rtm_flows.measure.calibration import Bin
from rtm_flows.measure.contents import Column
from rtm_flows.measure.drift import Alarm, Drift
from rtm_flows.measure.figures import Figures
from rtm_flows.measure.slices import Slice, Sliced
from rtm_flows.models.ranking import Interval

Level = Literal["good", "caution", "warning"]
Topic = Literal["baselines", "calibration", "slices", "drift", "data"]

FEW = 20
"""A slice with fewer positives, or fewer negatives, is small."""

TELLING = 0.8
"""From this ROC AUC on a column by itself makes one ask when it was known."""

MISCALIBRATED = 0.03
"""A calibration error above it is worth a word."""

ASTRAY = 0.05
"""So far from what came true the mean chance of a slice is worth a word."""

GUESSING = 0.5
"""ROC AUC of no knowledge."""

_BINS_OUTSIDE = 3
_SHOWN = 3


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence; `good` speaks for the model, `warning` against it."""

    level: Level
    topic: Topic
    text: str


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the model's log loss is below a baseline's, row by row, with its interval."""

    log_loss: float | None
    log_loss_95: Interval | None


def baselines(margins: Mapping[str, Margin]) -> Iterator[Finding]:
    """Tell whether the model is surely better than each baseline."""
    better = []
    for name, margin in margins.items():
        low, high = margin.log_loss_95 or (-math.inf, math.inf)
        if low > 0:
            better.append(f"{NAMES[name]} by {margin.log_loss:.3f} ({low:.3f} to {high:.3f})")
        elif high < 0:
            worse = f"{-(margin.log_loss or 0.0):.3f} ({-high:.3f} to {-low:.3f})"
            text = f"Worse than {NAMES[name]}: its log loss is higher by {worse}."
            yield _warning("baselines", text)
        else:
            # Plain River is a model too: being level with it is no reason for distrust.
            add = _caution if name == "river" else _warning
            yield add("baselines", f"Not shown to be better than {NAMES[name]}.")
    if better:
        every = "every baseline: than " if len(better) == len(margins) else ""
        yield _good("baselines", f"A lower log loss than {every}{', '.join(better)}.")


NAMES = {
    "prior": "the running rate of positives",
    "last_label": "repeating the last label",
    "river": "plain River (a scaled logistic regression)",
}
"""Baselines, in words."""


def calibrated(figures: Figures, bins: Collection[Bin]) -> Iterator[Finding]:
    """Tell whether the chances can be taken at their word."""
    wrong = [part for part in bins if not _holds(part.observed_95, part.predicted)]
    error = figures.ece or 0.0
    if error <= MISCALIBRATED and len(wrong) < _BINS_OUTSIDE:
        yield _good(
            "calibration",
            f"Chances can be taken at their word: on average {100 * error:.1f} points from what "
            f"came true; {len(bins) - len(wrong)} of {len(bins)} bins within their intervals.",
        )
        return
    worst = max(wrong or bins, key=lambda part: abs(part.predicted - part.observed))
    add = _warning if error > MISCALIBRATED else _caution
    yield add(
        "calibration",
        f"Chances are off in {len(wrong)} of {len(bins)} bins, on average by {100 * error:.1f} "
        f"points; at worst {_percent(worst.predicted)} was said and {_percent(worst.observed)} "
        "came true.",
    )


def sliced(figures: Figures, slices: Collection[Sliced]) -> Iterator[Finding]:
    """Name the slices that are ordered by luck, miscalibrated, or too small to tell."""
    named = [(_name(of, part), of, part) for of in slices for part in of.slices]
    blind, late, off = [], [], []
    low = (figures.roc_auc_95 or (0.0, 1.0))[0]
    for name, of, part in named:
        ends = part.figures.roc_auc_95
        if ends is not None and not small(part):
            if ends[0] <= GUESSING:
                blind.append(f"{name} ({ends[0]:.2f} to {ends[1]:.2f})")
            elif of.column is None and ends[1] < low:
                late.append(f"{name} ({part.figures.roc_auc:.2f})")
        if astray(part):
            off.append(f"{name} (said {_percent(part.predicted)}, came {_percent(part.observed)})")
    if blind:
        text = f"Not shown to order rows better than guessing where {_list(blind)}."
        yield _caution("slices", text)
    if late:
        overall = f"{figures.roc_auc or 0.0:.2f} over all"
        yield _caution("slices", f"Orders rows less well in {_list(late)}, against {overall}.")
    if off:
        yield _caution("slices", f"Chances are off where {_list(off)}.")
    if not (blind or late or off):
        yield _good("slices", "In no slice that is large enough to tell does it fail.")
    few = sum(small(part) for _, _, part in named)
    if few:
        text = (
            f"{few} of {len(named)} slices hold fewer than {FEW} rows of one kind: too few to tell."
        )
        yield _caution("slices", text)


def small(part: Slice) -> bool:
    """Tell whether a slice has too few rows of either kind to judge."""
    return min(part.figures.positives, part.figures.n - part.figures.positives) < FEW


def astray(part: Slice) -> bool:
    """Tell whether the chances of a slice are off: by five points, and beyond chance."""
    return abs(part.predicted - part.observed) > ASTRAY and not _holds(
        part.observed_95, part.predicted
    )


def drifting(drift: Drift, rows: int) -> Iterator[Finding]:
    """Tell what moved between the beginning and the end."""
    if drift.label.reading != "stable":
        add = _warning if drift.label.reading == "large" else _caution
        yield add(
            "drift",
            f"The rate of positives moved from {_percent(drift.label.first)} in the first fifth of "
            f"the rows to {_percent(drift.label.last)} in the last.",
        )
    for reading, add in (("large", _warning), ("moderate", _caution)):
        moved = [shift.column for shift in drift.columns if shift.reading == reading]
        if moved:
            yield add(
                "drift",
                f"{_counted(len(moved), 'column')} moved from the first to the last fifth of the "
                f"rows, a {reading} shift: {_list(moved)}.",
            )
    if all(shift.reading == "stable" for shift in drift.columns):
        yield _good("drift", "No column moved much from the first to the last fifth of the rows.")
    rose = [alarm for alarm in drift.loss_alarms if alarm.after > alarm.before]
    if rose:
        more = [alarm for alarm in drift.label_alarms if alarm.after > alarm.before]
        near = any(abs(a.row - b.row) <= rows / 10 for a in rose for b in more)
        why = "; so did the rate of positives, which alone raises it" if near else ""
        yield _caution("drift", f"The model's squared error rose near {_rows(rose, rows)}{why}.")


def contents(columns: Collection[Column]) -> Iterator[Finding]:
    """Name columns that may tell the label, or nothing at all."""
    learned = [column for column in columns if column.role == "learned"]
    for column in learned:
        if column.alone is not None and column.alone >= TELLING:
            yield _warning(
                "data",
                f"{column.name} alone reaches a ROC AUC of {column.alone:.2f}. If it was not known "
                "before the label was, all figures here are too good: leave it out.",
            )
    ids = [column.name for column in learned if column.id_like]
    if ids:
        yield _caution("data", f"Nearly every row has its own value: {_list(ids)}; leave out ids.")
    empty = [column.name for column in learned if column.distinct < 2 and column.kind != "other"]
    if empty:
        yield _caution("data", f"Never more than one value, so nothing to learn: {_list(empty)}.")


def _good(topic: Topic, text: str) -> Finding:
    return Finding(level="good", topic=topic, text=text)


def _caution(topic: Topic, text: str) -> Finding:
    return Finding(level="caution", topic=topic, text=text)


def _warning(topic: Topic, text: str) -> Finding:
    return Finding(level="warning", topic=topic, text=text)


def _holds(ends: Interval, value: float) -> bool:
    return ends[0] <= value <= ends[1]


def _name(of: Sliced, part: Slice) -> str:
    return f"{of.column} is {part.name}" if of.column is not None else f"rows of the {part.name}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f}%"


def _list(names: Collection[str]) -> str:
    shown = list(names)[:_SHOWN]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown) + more


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _rows(alarms: Collection[Alarm], rows: int) -> str:
    word = "row" if len(alarms) == 1 else "rows"
    told = [f"{alarm.row:,} ({_percent(alarm.row / rows)} of the pass)" for alarm in alarms]
    return f"{word} {_list(told)}"
