"""The figures of the model and its baselines, its gains, and its calibration.

In: a report with its card. Out: sections of the page. It refuses to compute figures.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.measure.card import Card
from rtm_flows.measure.evaluate import Report
from rtm_flows.measure.figures import Figures
from rtm_flows.models.ranking import Interval
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.plot import Axes, legend
from rtm_flows.report.tables import figure, folded, section, table

PARTIES = {
    "prior": "running rate",
    "last_label": "last label again",
    "river": "plain River",
}
"""Baselines, shortly."""

_HEADS = (
    "", "ROC AUC", "95 %", "Log loss", "95 %", "Brier score", "Calibration error",
    "Average precision",
)  # fmt: skip


def quality(report: Report, card: Card) -> Markup:
    """Return the figures beside those of simpler ways, and what is gained by the order."""
    parties = {report.model: report.quality, **report.baselines}
    return section(
        "quality",
        "Compared with simpler ways",
        element(
            "p",
            "The running rate knows only how many came true so far; plain River is the logistic "
            "regression one would write first, learned in the same pass. Lower losses are better.",
        ),
        table(
            "All rows, and the last 80 percent, when the model was past its beginning",
            _HEADS,
            [_figures(name(_party(key)), found.all) for key, found in parties.items()],
            [_figures(_late(key), found.last_80) for key, found in parties.items()],
        ),
        element("div", _gains(card), _margins(card), class_="plots"),
    )


def calibration(card: Card) -> Markup:
    """Return chances beside what came true, bin by bin."""
    parts = [(part.predicted, part.observed, part.observed_95) for part in card.calibration]
    return section(
        "calibration",
        "Can its chances be taken at their word?",
        element(
            "div",
            reliability("calibration-plot", "Chance given, and share that came true", parts),
            element("div", _reading(), class_="beside"),
            class_="plots",
        ),
        folded("The numbers", _bins(card)),
    )


def reliability(
    key: str, title: str, parts: Sequence[tuple[float, float, Interval]], *below: str | None
) -> Markup:
    """Return chances and what came true as dots beside the line on which they would be the same.

    Parameters
    ----------
    key
        Of the picture, unlike any other on the page.
    title
        Above it.
    parts
        Tenths of the examples: mean chance, share that came true, and its interval.
    below
        What stands below the legend.
    """
    shown = [value for said, came, ends in parts for value in (said, came, ends[1])]
    top = min(1.0, 1.05 * max([0.05, *shown]))
    axes = Axes((0.0, top), (0.0, top))
    axes.scale(_round, _round, "chance given")
    axes.line([(0.0, 0.0), (top, top)], "prior")
    for said, came, ends in parts:
        axes.dot(said, came, "model", ends)
    told = "; ".join(
        f"{words.percent(said)} said, {words.percent(came)} came true" for said, came, _ in parts
    )
    return figure(
        title,
        axes.drawn(key, title, f"Ten bins of equal size: {told}."),
        legend(("model dot", "a tenth of the rows, 95 %"), ("prior", "said = came true")),
        *below,
    )


def _party(key: str) -> str:
    return PARTIES.get(key, key)


def _late(key: str) -> Markup:
    return element("span", name(_party(key)), ", last 80 %")


def _figures(who: str, found: Figures) -> list[str]:
    return [
        who,
        words.figure(found.roc_auc),
        words.interval(found.roc_auc_95),
        words.figure(found.log_loss),
        words.interval(found.log_loss_95),
        words.figure(found.brier),
        words.figure(found.ece),
        words.figure(found.average_precision),
    ]


def _gains(card: Card) -> Markup | None:
    if not card.gains:
        return None
    axes = Axes((0.0, 1.0), (0.0, 1.0))
    axes.scale(_round, _round, "share of rows taken, the highest chances first")
    axes.line([(0.0, 0.0), (1.0, 1.0)], "prior")
    axes.line([(0.0, 0.0), *((gain.share, gain.captured) for gain in card.gains)], "model")
    for gain in card.gains:
        axes.dot(gain.share, gain.captured, "model")
    told = "; ".join(
        f"the first {words.percent(gain.share, 0)} hold {words.percent(gain.captured)}"
        for gain in card.gains
    )
    title = "Share of all positives that is found"
    rows = [
        [
            words.percent(gain.share, 0), words.count(gain.n), words.count(gain.positives),
            words.percent(gain.captured), f"{gain.lift:.2f}",
        ]
        for gain in card.gains
    ]  # fmt: skip
    heads = ["Rows taken", "Rows", "Positives", "Of all positives", "Times the average"]
    return figure(
        title,
        axes.drawn("gains-plot", title, f"By falling chance {told}."),
        legend(("model", "by the model"), ("prior", "at random")),
        folded("The numbers", table(title, heads, rows)),
    )


def _margins(card: Card) -> Markup:
    rows = [
        [name(_party(key)), words.figure(margin.log_loss), words.interval(margin.log_loss_95)]
        for key, margin in card.margins.items()
    ]
    heads = ["Baseline", "Log loss saved", "95 %"]
    return element(
        "div",
        element("h3", "Row by row against each baseline"),
        table("Mean difference of log losses", heads, rows),
        element(
            "p",
            "An interval above 0 says that the model is surely better on these rows, one that "
            "holds 0 that it may not be.",
            class_="dim",
        ),
        class_="beside",
    )


def _reading() -> Markup:
    return element(
        "p",
        "Rows are sorted by chance and parted into ten bins of equal size. A dot on the dashed "
        "line: of rows given 20 percent, 20 percent came true. Above it, chances were too low; "
        "below it, too high. Bars show where the true share lies, by 95 percent.",
    )


def _bins(card: Card) -> Markup:
    rows = [
        [
            str(at), words.count(part.n), words.count(part.positives),
            f"{words.percent(part.low)} to {words.percent(part.high)}",
            words.percent(part.predicted), words.percent(part.observed),
            words.percents(part.observed_95),
        ]
        for at, part in enumerate(card.calibration, start=1)
    ]  # fmt: skip
    heads = ["Bin", "Rows", "Positives", "Chances", "Mean chance", "Came true", "95 %"]
    return table("Chances and what came true, by tenth of the rows", heads, rows)


def _round(share: float) -> str:
    return words.percent(share, 0 if abs(100 * share - round(100 * share)) < 1e-6 else 1)
