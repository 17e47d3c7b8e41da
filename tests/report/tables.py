"""Tables to draw cards of, and what a page holds."""

from __future__ import annotations

import functools
import xml.etree.ElementTree as ET

import numpy as np
import polars as pl

from rtm_flows.measure.evaluate import Report, evaluate

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@functools.cache
def shop(rows: int = 2_000) -> pl.DataFrame:
    """Return visits of a shop whose public changes: every kind of column, gaps, an id."""
    random = np.random.default_rng(12)
    late = np.arange(rows) >= rows // 2
    views = random.poisson(4 + 3 * late)
    channel = np.where(random.random(rows) < 0.5, "mail", np.where(late, "social", "web"))
    odds = 0.4 * views - 3.5 + (channel == "mail")
    return pl.DataFrame({
        "visit": [f"v-{i:06}@example.com" for i in range(rows)],
        "views": views,
        "seconds": [None if i % 9 == 0 else 40.0 * v + 1 for i, v in enumerate(views)],
        "channel": channel,
        "member": random.random(rows) < 0.3,
        "day": pl.Series(np.arange(rows) // 100, dtype=pl.Int32).cast(pl.Date),
        "bought": random.random(rows) < 1 / (1 + np.exp(-odds)),
    })  # fmt: skip


@functools.cache
def report() -> Report:
    """Return the report of these visits, with a card."""
    return evaluate(shop(), label="bought", exclude=["member"], card=True)


def parsed(page: str) -> ET.Element:
    """Return a page read as XML, which is stricter than HTML."""
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def cells(page: str, caption: str) -> list[list[str]]:
    """Return the texts of the table of this caption, row by row, heads first."""
    for table in parsed(page).iter(f"{XHTML}table"):
        if "".join(table.find(f"{XHTML}caption").itertext()) == caption:  # type: ignore[union-attr]
            return [["".join(cell.itertext()) for cell in row] for row in table.iter(f"{XHTML}tr")]
    msg = f"no table {caption!r}"
    raise AssertionError(msg)
