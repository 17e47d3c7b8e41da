"""The CDNOW sample: 6,919 purchases of 2,357 people who first bought in early 1997.

Read from ../shared/data, where it is; what needs it is skipped elsewhere. This reader is
independent of the package: histories are made here by a plain loop over days.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from rtm_flows.features.bgnbd import BgNbd

PATH = Path(__file__).resolve().parents[2] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
WEEKS = 39
END = dt.date(1997, 9, 30)
"""The last day of the first 39 weeks."""
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""Fader, Hardie, Lee 2005, table 2, in weeks; the log likelihood is -9582.4."""

Floats = NDArray[np.float64]


class Customers(NamedTuple):
    """The customers at the end of the first 39 weeks, in order of their number, in weeks."""

    name: list[str]
    x: Floats
    t_x: Floats
    age: Floats
    spent_again: Floats
    """In all repeat occasions together."""
    later: Floats
    """Days with a purchase in the 39 weeks that follow."""


def path() -> Path:
    """Return the file, or skip the test where it is not at hand."""
    if not PATH.exists():
        pytest.skip("needs the data set cdnow/CDNOW_sample.txt in ../shared/data")
    return PATH


def customers() -> Customers:
    """Return the customers, purchases of one day being one occasion."""
    days: dict[str, dict[dt.date, float]] = {}
    for line in path().read_text(encoding="ascii").splitlines():
        who, _, day, _, value = line.split()
        bought = days.setdefault(who, {})
        when = dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=dt.UTC).date()
        bought[when] = bought.get(when, 0.0) + float(value)
    rows = [_row(bought) for _, bought in sorted(days.items())]
    return Customers(sorted(days), *np.array(rows, dtype=np.float64).T)


def _row(bought: dict[dt.date, float]) -> tuple[float, ...]:
    known = sorted(day for day in bought if day <= END)
    first, last = known[0], known[-1]
    later = sum(0 < (day - END).days <= 7 * WEEKS for day in bought)
    spent = sum(bought[day] for day in known[1:])
    return len(known) - 1, (last - first).days / 7, (END - first).days / 7, spent, later
