"""The slices: for whom the model works, and for whom less.

In: a report with its card. Out: a section with one plot a column. It refuses to compute figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.measure.card import Card
from rtm_flows.measure.evaluate import Report
from rtm_flows.measure.findings import FEW, astray, small
from rtm_flows.measure.slices import Slice, Sliced
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.plot import Span, legend, picture, ticks
from rtm_flows.report.tables import figure, folded, section, table

PLACE = "place in the file"

_WIDTH, _ROW, _TOP, _BOTTOM = 330.0, 24.0, 6.0, 26.0
_LEFT, _RIGHT = 132.0, 40.0
_LETTERS = 20
_AXIS = (0.3, 1.0)


def slices(report: Report, card: Card) -> Markup:
    """Return the figures of each slice, column by column."""
    overall = report.quality.all.roc_auc
    span = _span(card.slices)
    plots = [_plot(at, of, overall, span) for at, of in enumerate(card.slices)]
    return section(
        "slices",
        "For whom does it work?",
        element(
            "p",
            "ROC AUC within each group of rows, with its 95 percent interval; the upright line is "
            "that of all rows. Within a group of a telling column it is lower by nature: what the "
            "column tells has been used up. "
            f"Hollow dots have fewer than {FEW} rows of one kind, and prove nothing.",
        ),
        element("div", *plots, class_="plots"),
    )


def _span(slices: Sequence[Sliced]) -> Span:
    """Return the axis of all plots, so that they can be compared."""
    ends = [
        part.figures.roc_auc_95
        for of in slices
        for part in of.slices
        if part.figures.roc_auc_95 is not None and not small(part)
    ]
    low = min([0.5, *(pair[0] for pair in ends)])
    high = max([0.8, *(pair[1] for pair in ends)])
    return max(_AXIS[0], low - 0.02), min(_AXIS[1], high + 0.02)


def _plot(at: int, of: Sliced, overall: float | None, span: Span) -> Markup:
    title = of.column if of.column is not None else PLACE
    height = _TOP + _ROW * len(of.slices) + _BOTTOM
    parts = [*_axis(span, height, overall)]
    for row, part in enumerate(of.slices):
        parts += _row(part, _TOP + _ROW * (row + 0.5), span)
    told = "; ".join(f"{part.name} {words.figure(part.figures.roc_auc)}" for part in of.slices)
    drawing = picture(f"slice-{at}", f"ROC AUC by {title}", f"{told}.", (_WIDTH, height), *parts)
    return figure(
        name(title),
        drawing,
        legend(("model dot", "ROC AUC, 95 %"), ("all", "all rows")) if at == 0 else None,
        folded("The numbers", _numbers(of, title)),
    )


def _axis(span: Span, height: float, overall: float | None) -> list[Markup]:
    bottom = height - _BOTTOM
    parts = []
    for tick in ticks(*span, 4):
        x = _place(tick, span)
        parts.append(_line(x, _TOP, x, bottom, "grid"))
        parts.append(_text(x, bottom + 16, f"{tick:.2g}", "middle", "dim"))
    if overall is not None:
        x = _place(overall, span)
        parts.append(_line(x, _TOP, x, bottom, "line all"))
    return parts


def _row(part: Slice, y: float, span: Span) -> list[Markup]:
    rank, ends = part.figures.roc_auc, part.figures.roc_auc_95
    told = words.shortened(part.name, _LETTERS)
    parts = [
        _text(0, y + 4, told, "start", None),
        _text(_WIDTH, y + 4, words.figure(rank, 2), "end", "dim" if small(part) else None),
    ]
    if rank is None:
        return parts
    if ends is not None:
        low, high = (_place(end, span) for end in ends)
        parts.append(_line(low, y, high, y, "reach few" if small(part) else "reach model"))
    style = "dot few" if small(part) else "dot model"
    place = {"cx": f"{_place(rank, span):.1f}", "cy": f"{y:.1f}"}
    parts.append(element("circle", r=4, class_=style, **place))
    return parts


def _place(value: float, span: Span) -> float:
    inside = min(max(value, span[0]), span[1])
    return _LEFT + (inside - span[0]) / (span[1] - span[0]) * (_WIDTH - _LEFT - _RIGHT)


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    return element("line", class_=style, **ends)


def _text(x: float, y: float, told: str, anchor: str, style: str | None) -> Markup:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text_anchor": anchor}
    return element("text", told, class_=style, **place)


def _numbers(of: Sliced, title: str) -> Markup:
    heads = ["Group", "Rows", "Positives", "Came true", "95 %", "Mean chance", "ROC AUC", "95 %"]
    heads += ["Log loss", "Calibration error"]
    rows = [
        [
            name(part.name),
            words.count(part.figures.n),
            words.count(part.figures.positives),
            words.percent(part.observed),
            words.percents(part.observed_95),
            _chance(part),
            words.figure(part.figures.roc_auc),
            words.interval(part.figures.roc_auc_95),
            words.figure(part.figures.log_loss),
            words.figure(part.figures.ece),
        ]
        for part in of.slices
    ]
    return table(f"Figures by {title}", heads, rows)


def _chance(part: Slice) -> str:
    told = words.percent(part.predicted)
    return element("strong", f"{told} (off)") if astray(part) else told
