"""The drift: what changed between the beginning and the end of the table.

In: a card. Out: a section with a table, in which bars tell how far each column moved. It refuses to
compute indices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rtm_flows.measure.card import Card
from rtm_flows.measure.drift import LARGE, MODERATE, Alarm, Shift
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join, name
from rtm_flows.report.tables import folded, section, table

_ALARM_HEADS = ("By row", "Of the pass", "Mean before", "Mean after")

Told = Callable[[float | None], str]

_MOST = 0.5
"""The longest bar: what moved more is told by its number."""

_SHOWN = 12
_WORDS = (0, 1, 3, 4)
_HEADS = ("", "Reading", "Index", "", "What moved", "First fifth", "Last fifth")


def drift(card: Card, rows: int) -> Markup:
    """Return how far label, chances and columns moved, and where the error changed."""
    found = card.drift
    own = [
        _row("the label", found.label, words.percent),
        _row("the chances given", found.chance, words.percent),
    ]
    columns = [_row(name(shift.column), shift, _told(shift)) for shift in found.columns]
    rest = columns[_SHOWN:]
    return section(
        "drift",
        "Did the world change?",
        element(
            "p",
            "The population stability index compares the last fifth of the rows with the first: "
            f"below {MODERATE} is read as stable, from {MODERATE} as a moderate, from {LARGE} as a "
            "large shift, unless so few rows may move as far by accident. The model goes on "
            "learning, so a shift is no fault; but figures of the old rows tell less of the next. "
            "The label is read by its rate: moderate if it moved by a quarter, large if it "
            "doubled or halved, and not by accident.",
        ),
        table("How far each column moved", _HEADS, own, columns[:_SHOWN], words=_WORDS),
        folded(f"{len(rest)} more, which moved less", table("The rest", _HEADS, rest, words=_WORDS))
        if rest
        else None,
        _alarms("the model's squared error", found.loss_alarms, rows),
        _alarms("the share of positives", found.label_alarms, rows),
    )


def _told(shift: Shift) -> Told:
    return words.amount if shift.what in ("median", "mean") else words.percent


def _row(who: str, shift: Shift, told: Told) -> list[str]:
    return [
        who,
        element("span", shift.reading, class_=f"badge {shift.reading}"),
        words.figure(shift.psi),
        _bar(shift),
        name(shift.what),
        told(shift.first),
        told(shift.last),
    ]


def _bar(shift: Shift) -> Markup:
    """Return the index as a bar with its two thresholds, which its number tells too."""
    reach = f"{100 * min(shift.psi, _MOST) / _MOST:.1f}"
    marks = [
        element("line", x1=f"{100 * at / _MOST:g}", x2=f"{100 * at / _MOST:g}", y1=0, y2=12,
                class_="threshold")
        for at in (MODERATE, LARGE)
    ]  # fmt: skip
    return element(
        "svg",
        element("rect", x=0, y=2, width=reach, height=8, class_=f"bar {shift.reading}"),
        join(*marks),
        xmlns="http://www.w3.org/2000/svg",
        viewBox="0 0 100 12",
        class_="bar",
        aria_hidden="true",
    )


def _alarms(what: str, alarms: Sequence[Alarm], rows: int) -> Markup:
    if not alarms:
        return element("p", f"ADWIN saw no change of {what} over the pass.")
    told = [
        [
            words.count(alarm.row),
            words.percent(alarm.row / rows),
            words.figure(alarm.before),
            words.figure(alarm.after),
        ]
        for alarm in alarms
    ]
    times = "once," if len(alarms) == 1 else f"{len(alarms)} times, first"
    first = alarms[0]
    return join(
        element(
            "p",
            f"ADWIN saw {what} change {times} by row {words.count(first.row)}, from "
            f"{words.figure(first.before)} to {words.figure(first.after)}.",
        ),
        folded("The numbers", table(f"Changes of {what}", _ALARM_HEADS, told)),
    )
