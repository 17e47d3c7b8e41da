"""The top of the page: what is predicted, how well, and what to know before it is trusted.

In: a report with its card. Out: the header, five figures, and the findings in words. It refuses to
find anything itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.measure.calibration import Gain
from rtm_flows.measure.card import Card
from rtm_flows.measure.evaluate import Report
from rtm_flows.measure.findings import NAMES as BASELINES
from rtm_flows.measure.findings import Finding
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join, name
from rtm_flows.report.tables import section

LEVELS = {"warning": ("✕", "Warning"), "caution": ("!", "Caution"), "good": ("✓", "Good")}
_BEST = 0.1
_SECTIONS = {
    "baselines": "quality",
    "calibration": "calibration",
    "slices": "slices",
    "drift": "drift",
    "data": "data",
}


def header(report: Report, card: Card) -> Markup:
    """Return what is predicted, from what, and five figures."""
    return element(
        "header",
        element("p", "Model card", class_="kicker"),
        element("h1", "How likely is ", name(report.label), " = ", name(report.positive), "?"),
        _what(report, card),
        element("p", _verdict(card), class_="lead verdict"),
        element("div", *_tiles(report, card), class_="tiles"),
    )


def findings(card: Card) -> Markup:
    """Return the findings, what speaks against the model first."""
    ranked = sorted(card.findings, key=lambda one: list(LEVELS).index(one.level))
    counts = counted([one.level for one in ranked])
    return section(
        "first",
        "Before you trust it",
        element("p", f"{counts}, by rules that are the same for every table.", class_="dim"),
        element("ul", *map(_finding, ranked), class_="findings"),
    )


def _what(report: Report, card: Card) -> Markup:
    found = report.quality.all
    columns = len(report.numbers) + len(report.texts)
    where = join(" of ", name(card.source)) if card.source is not None else None
    return element(
        "p",
        "The model ",
        name(report.model),
        f" gave each of {words.count(found.n)} rows",
        where,
        f" a chance, from {columns} {'column' if columns == 1 else 'columns'}. "
        f"{words.count(found.positives)} rows ({words.percent(found.positives / found.n)}) came "
        "true. Each row was predicted before it was learned, in the order of the file: these are "
        "the figures the model would have had in life.",
        class_="lead",
    )


def _verdict(card: Card) -> str:
    """Return in one sentence whether it beats what needs no model."""
    ends = {name: margin.log_loss_95 or (-1.0, 1.0) for name, margin in card.margins.items()}
    behind = [BASELINES[name] for name, (low, _) in ends.items() if low <= 0]
    if behind:
        return f"It is not surely better than {' or '.join(behind)}."
    return "It is surely better than every simpler way tried beside it."


def _tiles(report: Report, card: Card) -> list[Markup]:
    found, prior = report.quality.all, report.baselines["prior"].all
    late = card.curves[report.model][-1].recent
    best = next((gain for gain in card.gains if gain.share == _BEST), None)
    less = _less(found.log_loss, prior.log_loss)
    error = words.NONE if found.ece is None else f"{100 * found.ece:.1f}"
    return [
        tile("ROC AUC", words.figure(found.roc_auc),
              f"{words.interval(found.roc_auc_95)}; 0.5 is guessing, 1 a perfect order"),
        tile("Best tenth", words.NONE if best is None else f"{best.lift:.1f}\u00d7", _best(best)),
        tile("Log loss", words.figure(found.log_loss),
              f"{words.figure(prior.log_loss)} by the running rate{less}"),
        tile("Calibration error", error,
              "points of 100: how far chances are from what came true, on average"),
        tile("Lately", words.figure(late.roc_auc),
              f"ROC AUC of the last {words.count(late.n)} rows; log loss "
              f"{words.figure(late.log_loss)}"),
    ]  # fmt: skip


def _best(gain: Gain | None) -> str:
    if gain is None:
        return "no row came true"
    return f"the average rate; it holds {words.percent(gain.captured, 0)} of all that came true"


def _less(loss: float | None, baseline: float | None) -> str:
    if loss is None or not baseline:
        return ""
    change = 1 - loss / baseline
    return f", {words.percent(abs(change), 0)} {'less' if change >= 0 else 'more'}"


def tile(label: str, value: str, note: str) -> Markup:
    """Return one figure, with what it is and what it means."""
    return element(
        "div",
        element("h2", label),
        element("p", value, class_="value"),
        element("p", note, class_="dim"),
        class_="tile",
    )


def _finding(one: Finding) -> Markup:
    return finding(one.level, one.text, _SECTIONS[one.topic])


def finding(level: str, text: str, where: str) -> Markup:
    """Return one sentence as an item of a list, with its level in words and a link to a part."""
    sign, told = LEVELS[level]
    return element(
        "li",
        element("span", sign, class_="sign", aria_hidden="true"),
        element("span", f"{told}: ", class_="level"),
        element("span", text, " ", element("a", "see " + where, href=f"#{where}")),
        class_=level,
    )


def counted(levels: Sequence[str]) -> str:
    """Return how many warnings and cautions there are.

    Examples
    --------
    >>> counted(["warning", "good"])
    '1 warning, no cautions'
    """
    return (
        f"{_some(levels.count('warning'), 'warning')}, {_some(levels.count('caution'), 'caution')}"
    )


def _some(n: int, what: str) -> str:
    return f"{n or 'no'} {what}{'' if n == 1 else 's'}"
