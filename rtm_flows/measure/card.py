"""The model card: everything a report tells beyond its figures.

In: the labelled rows of a table, and the chances of the model and its baselines. Out: plain data,
of which the page is drawn and which `--json` prints. It refuses to draw.
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterator, Mapping
from importlib import metadata
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.measure import findings
from rtm_flows.measure.calibration import Bin, Gain, calibration, gains
from rtm_flows.measure.contents import Column, contents_of
from rtm_flows.measure.curves import Point, curves
from rtm_flows.measure.drift import Drift, drift_of
from rtm_flows.measure.examples import demand_column
from rtm_flows.measure.figures import figures, mean
from rtm_flows.measure.findings import Finding, Margin
from rtm_flows.measure.slices import Part, Sliced, parts_of, slices_of
from rtm_flows.models.log_loss import log_losses

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Setting = str | int | float

PACKAGES = ("rtm_flows", "river", "numpy", "polars")


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a model card tells beside the figures.

    Attributes
    ----------
    source
        Name of the table's file; None for a frame.
    excluded
        Columns that took no part.
    findings
        What to hear first.
    columns
        What the table's columns hold, over the labelled rows.
    margins
        By how much the model beats each baseline.
    curves
        Of the model, under its name, and of baselines: how the figures went.
    calibration, gains
        Ten bins by chance; what the rows of the highest chances hold.
    slices
        By place in the file, then by column.
    drift
        What changed over the pass.
    settings
        Of the model.
    versions
        Of what computed it.
    """

    source: str | None
    excluded: list[str]
    findings: list[Finding]
    columns: list[Column]
    margins: dict[str, Margin]
    curves: dict[str, list[Point]]
    calibration: list[Bin]
    gains: list[Gain]
    slices: list[Sliced]
    drift: Drift
    settings: dict[str, Setting]
    versions: dict[str, str]


class Subject(NamedTuple):
    """What a card is about, before anything is learned."""

    frame: pl.DataFrame
    """The labelled rows."""
    labels: Labels
    columns: list[Column]
    parts: list[Part]
    excluded: list[str]
    source: str | None


def subject(
    table: pl.DataFrame,
    label: str,
    labels: Labels,
    excluded: Collection[str],
    slices: Collection[str],
    source: str | None,
) -> Subject:
    """Return what a card is about.

    Parameters
    ----------
    table
        All rows; those without a label are left out.
    label, labels
        The column predicted, and of each labelled row whether it is positive.
    excluded
        Columns that take no part.
    slices
        Columns to slice; none: those that tell most.
    source
        Name of the table's file.

    Raises
    ------
    ConfigError
        If a column to slice is not there, or cannot be sliced.
    """
    for name in slices:
        demand_column(name, table.columns)
    frame = table.filter(pl.col(label).is_not_null())
    left_out = [name for name in table.columns if name in set(excluded)]
    columns = contents_of(frame, label, left_out, labels)
    parts = parts_of(frame, columns, slices)
    return Subject(frame, labels, columns, parts, left_out, source)


def card_of(
    about: Subject, model: str, parties: Mapping[str, Vector], settings: dict[str, Setting]
) -> Card:
    """Return the card of a model that has learned.

    Parameters
    ----------
    about
        What was learned.
    model
        Name of the model.
    parties
        Chances of each row by the model, and by each baseline.
    settings
        Of the model.
    """
    labels, chances = about.labels, parties[model]
    drawn = {name: found for name, found in parties.items() if name != "last_label"}
    card = Card(
        source=about.source,
        excluded=about.excluded,
        findings=[],
        columns=about.columns,
        margins=_margins(model, parties, labels),
        curves=curves(drawn, labels),
        calibration=calibration(chances, labels),
        gains=gains(chances, labels),
        slices=slices_of(about.parts, chances, labels),
        drift=drift_of(about.frame, about.columns, chances, labels),
        settings=settings,
        versions=_versions(),
    )
    return msgspec.structs.replace(card, findings=list(_findings(card, chances, labels)))


def _findings(card: Card, chances: Vector, labels: Labels) -> Iterator[Finding]:
    all_rows = figures(chances, labels)
    yield from findings.baselines(card.margins)
    yield from findings.calibrated(all_rows, card.calibration)
    yield from findings.contents(card.columns)
    yield from findings.sliced(all_rows, card.slices)
    yield from findings.drifting(card.drift, len(labels))


def _margins(model: str, parties: Mapping[str, Vector], labels: Labels) -> dict[str, Margin]:
    own = log_losses(parties[model], labels)
    margins = {}
    for name, chances in parties.items():
        if name != model:
            ahead, interval = mean(log_losses(chances, labels) - own, low=-np.inf)
            margins[name] = Margin(log_loss=ahead, log_loss_95=interval)
    return margins


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a folder of its source
            found[name] = "not installed"
    return found
