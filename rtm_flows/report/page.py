"""The page: a model card as one file that needs nothing else.

In: a report with its card. Out: HTML that is XML too, without scripts and without anything from
elsewhere; the same bytes for the same report. It refuses to look at a clock.
"""

from __future__ import annotations

from rtm_flows.errors import ConfigError
from rtm_flows.measure.evaluate import Report
from rtm_flows.report.contents import data, making, meanings
from rtm_flows.report.course import course
from rtm_flows.report.document import document, navigation
from rtm_flows.report.drift import drift
from rtm_flows.report.lead import findings, header
from rtm_flows.report.quality import calibration, quality
from rtm_flows.report.slices import slices

_CONTENTS = {
    "quality": "Compared",
    "calibration": "Calibration",
    "course": "Over the pass",
    "slices": "Slices",
    "drift": "Drift",
    "data": "Data",
    "making": "Making",
    "words": "Words",
}


def page(report: Report, command: str | None = None) -> str:
    """Return a model card as HTML.

    Parameters
    ----------
    report
        Of `evaluate(..., card=True)`.
    command
        What made it, to be shown.

    Raises
    ------
    ConfigError
        If the report has no card.

    Examples
    --------
    >>> import polars as pl
    >>> from rtm_flows.measure.evaluate import evaluate
    >>> table = pl.DataFrame({"views": [1, 9] * 200, "bought": ["no", "yes"] * 200})
    >>> page(evaluate(table, label="bought", card=True))[:15]
    '<!DOCTYPE html>'
    """
    card = report.card
    if card is None:
        msg = "a page needs a report with a card: evaluate(..., card=True)"
        raise ConfigError(msg)
    return document(
        f"{report.label} = {report.positive}: model card of {report.model}",
        header(report, card),
        findings(card),
        navigation(_CONTENTS),
        quality(report, card),
        calibration(card),
        course(report, card),
        slices(report, card),
        drift(card, report.quality.all.n),
        data(report, card),
        making(card, command),
        meanings(),
    )
