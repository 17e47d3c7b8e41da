"""The table that was learned, and how the card was made.

In: a report with its card, and the command. Out: sections of the page. It refuses to show values
that the card does not name.
"""

from __future__ import annotations

from rtm_flows.measure.card import Card
from rtm_flows.measure.contents import Column
from rtm_flows.measure.evaluate import Report
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join, name
from rtm_flows.report.tables import section, table

_HEADS = ("Column", "Kind", "Holds", "Missing", "Different", "Alone")


def data(report: Report, card: Card) -> Markup:
    """Return the definition of the label, and what each column holds."""
    rows = [_column(column, report.quality.all.n) for column in card.columns]
    return section(
        "data",
        "What it learned from",
        _label(report, card),
        table("Columns of the labelled rows", _HEADS, rows, words=(0, 1, 2)),
        element(
            "p",
            "Alone: the ROC AUC of the column by itself, whichever way it points. Values are named "
            "only if ten rows and one in a hundred hold them, and never where nearly every row has "
            "its own.",
            class_="dim",
        ),
    )


def making(card: Card, command: str | None) -> Markup:
    """Return the settings of the model, the versions, and the command."""
    settings = [[key, _setting(value)] for key, value in card.settings.items()]
    versions = [[key, value] for key, value in card.versions.items()]
    return section(
        "making",
        "How it was made",
        element("pre", command, tabindex="0") if command is not None else None,
        element(
            "div",
            table("The model", ["Setting", "Value"], settings, words=(0, 1)),
            table("Versions", ["Package", "Version"], versions),
            class_="plots",
        ),
    )


def meanings() -> Markup:
    """Return what the words of the page mean."""
    told = [
        join(element("dt", word), element("dd", meaning)) for word, meaning in _MEANINGS.items()
    ]
    return section("words", "What the words mean", element("dl", *told))


_MEANINGS = {
    "Chance": "What the model says before it knows: how likely the label is to be positive.",
    "ROC AUC": "Of a random positive and a random negative row, how often the positive one has the "
    "higher chance. Interval by DeLong.",
    "Log loss": "Mean surprise: -log of the chance given to what came true. Being sure and wrong "
    "costs much. Interval: mean plus or minus 1.96 standard errors.",
    "Brier score": "Mean squared distance of chance and outcome.",
    "Calibration error": "Mean distance of chance and share that came true, over ten bins of equal "
    "size.",
    "Average precision": "Mean share of positives among the rows ranked at least as high, over all "
    "positives.",
    "95 %": "Where the figure would lie in 95 of 100 such tables, if rows are independent; "
    "where several are of one person, the true interval is wider. Of shares, by Wilson.",
    "Population stability index": "Sum over bins of (q - p) ln(q / p), p and q being the shares of "
    "the first and the last fifth of the rows.",
    "ADWIN": "Adaptive windowing (Bifet and Gavaldà, 2007), River's: tells by which row a mean is "
    "another. The change itself came somewhat earlier.",
}


def _label(report: Report, card: Card) -> Markup:
    found = report.quality.all
    left_out = [
        part for at, of in enumerate(card.excluded) for part in (", " if at else "", name(of))
    ]
    facts: list[tuple[str, str]] = [
        ("Label", join(name(report.label), ", positive where it is ", name(report.positive))),
        ("Rows", f"{words.count(found.n)} with a label, {words.count(found.positives)} positive"),
        ("Left out", f"{words.count(report.unlabelled)} rows without a label"),
        ("Learned from", f"{len(report.numbers)} columns of numbers, {len(report.texts)} of texts"),
        ("Columns left out", join(*left_out) if left_out else "none"),
        ("Order", "that of the file: rows further down are later"),
    ]
    told = [join(element("dt", key), element("dd", value)) for key, value in facts]
    return element("dl", *told, class_="facts")


def _column(column: Column, rows: int) -> list[str]:
    role = f", {column.role}" if column.role != "learned" else ""
    return [
        name(column.name),
        column.kind + role,
        _holds(column, rows),
        words.percent(column.missing / rows),
        words.count(column.distinct),
        words.figure(column.alone, 2),
    ]


def _holds(column: Column, rows: int) -> Markup:
    if column.id_like:
        return element("em", "looks like an id: not shown")
    if column.quartiles is not None:
        low, middle, high = map(words.amount, column.quartiles)
        return join(f"median {middle}, half from {low} to {high}")
    if not column.values:
        return join(words.NONE)
    told = [
        join(name(words.shortened(value, 40)), f" {words.percent(n / rows, 0)}")
        for value, n in column.values
    ]
    return join(*(part for at, value in enumerate(told) for part in (", " if at else None, value)))


def _setting(value: str | int | float) -> str:
    return value if isinstance(value, str) else words.amount(value)
