"""The course of the pass: how the figures went as the rows were learned.

In: a report with its card. Out: a section with two plots. It refuses to compute figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rtm_flows.measure.card import Card
from rtm_flows.measure.curves import Point, Stretch
from rtm_flows.measure.evaluate import Report
from rtm_flows.models.ranking import Interval
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element
from rtm_flows.report.plot import Axes, legend
from rtm_flows.report.quality import PARTIES
from rtm_flows.report.tables import figure, folded, section, table

Value = Callable[[Stretch], float | None]
Ends = Callable[[Stretch], Interval | None]

_YOUNG = 3
"""The first places of the pass are drawn, but do not stretch the axis."""


def course(report: Report, card: Card) -> Markup:
    """Return the curves of ROC AUC and log loss."""
    points = card.curves[report.model]
    others = {key: found for key, found in card.curves.items() if key != report.model}
    rivals = {key: found for key, found in others.items() if key != "prior"}
    recent = words.count(points[-1].recent.n)
    marks = [alarm.row for alarm in card.drift.loss_alarms if alarm.after > alarm.before]
    return section(
        "course",
        "Over the pass",
        element(
            "p",
            f"Figures of the latest {recent} rows at forty places of the pass, with their 95 "
            "percent band, and of all rows so far. The end of the thick line is what to expect "
            "next.",
        ),
        element(
            "div",
            _plot("auc", "ROC AUC", points, rivals, _auc, _auc_95, []),
            _plot("loss", "Log loss", points, others, _loss, _loss_95, marks),
            class_="plots",
        ),
        folded("The numbers", _numbers(report.model, card)),
    )


def _auc(stretch: Stretch) -> float | None:
    return stretch.roc_auc


def _auc_95(stretch: Stretch) -> Interval | None:
    return stretch.roc_auc_95


def _loss(stretch: Stretch) -> float | None:
    return stretch.log_loss


def _loss_95(stretch: Stretch) -> Interval | None:
    return stretch.log_loss_95


def _plot(
    key: str,
    title: str,
    points: Sequence[Point],
    others: dict[str, list[Point]],
    value: Value,
    ends: Ends,
    marks: Sequence[int],
) -> Markup:
    axes = Axes((0.0, float(points[-1].row)), _span([points, *others.values()], value, ends))
    axes.scale(_rows, lambda at: f"{at:.3g}", "rows learned")
    for row in marks:
        axes.mark(row, "alarm")
    axes.band([(point.row, ends(point.recent)) for point in points], "model")
    for name, found in others.items():
        axes.line([(point.row, value(point.recent)) for point in found], name)
    axes.line([(point.row, value(point.running)) for point in points], "running")
    axes.line([(point.row, value(point.recent)) for point in points], "model")
    last, total = value(points[-1].recent), value(points[-1].running)
    entries = [("model", "latest rows, 95 %"), ("running", "all rows so far")]
    entries += [(name, f"{PARTIES[name]}, latest rows") for name in others]
    entries += [("alarm", "squared error rose (ADWIN)")] if marks else []
    told = (
        f"Of {words.count(points[-1].row)} rows, {title} ends at {words.figure(last)} for the "
        f"latest rows and {words.figure(total)} for all."
    )
    return figure(
        title, axes.drawn(f"{key}-plot", f"{title} over the pass", told), legend(*entries)
    )


def _span(series: Sequence[Sequence[Point]], value: Value, ends: Ends) -> Interval:
    """Return what the axis must show: all but the uncertainty of the first places."""
    shown: list[float] = []
    for points in series:
        for point in points[min(_YOUNG, len(points) - 1) :]:
            shown += [v for s in (point.recent, point.running) if (v := value(s)) is not None]
    for point in series[0][min(_YOUNG, len(series[0]) - 1) :]:
        shown += ends(point.recent) or ()
    return (min(shown), max(shown)) if shown else (0.0, 1.0)


def _rows(at: float) -> str:
    return words.count(round(at))


def _numbers(model: str, card: Card) -> Markup:
    columns = [(model, card.curves[model]), *((k, v) for k, v in card.curves.items() if k != model)]
    heads = ["Rows", "Positives", "ROC AUC, all", "ROC AUC, latest", "95 %", "Log loss, all"]
    heads += ["Log loss, latest", "95 %"]
    heads += [f"Log loss, latest, {PARTIES[key]}" for key, _ in columns[1:]]
    rows = []
    for at, point in enumerate(columns[0][1]):
        late, running = point.recent, point.running
        rows.append(
            [
                words.count(point.row), words.count(running.positives),
                words.figure(running.roc_auc), words.figure(late.roc_auc),
                words.interval(late.roc_auc_95), words.figure(running.log_loss),
                words.figure(late.log_loss), words.interval(late.log_loss_95),
                *(words.figure(found[at].recent.log_loss) for _, found in columns[1:]),
            ]
        )  # fmt: skip
    return table("Figures at each place of the pass", heads, rows)
