"""Drift: whether the table changed from its beginning to its end.

In: columns, chances and labels, in the order of the rows. Out: how far each column moved between
the first and the last fifth of the rows, and where losses and labels changed. It refuses to judge
whether a change is bad.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from itertools import pairwise
from typing import Any, Literal

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.measure.contents import Column
from rtm_flows.measure.figures import wilson
from rtm_flows.measure.groups import MISSING, as_named, fewest, is_text, looks_like_id, numbers_of
from rtm_flows.models.stability import psi

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]
Bins = NDArray[np.intp]
Reading = Literal["stable", "moderate", "large"]

MODERATE, LARGE = 0.1, 0.25
"""From where on a stability index is read as a moderate and as a large change (Siddiqi, 2006)."""

MOST_BINS = 20
"""Values of a text, or of a number of few values, that are told apart."""

DELTA = 0.002
"""How sure ADWIN is: about the chance of an alarm where nothing changed (River's default)."""

_TENTHS = 10
_MOST = MOST_BINS + 1  # and all others
_MOVED, _DOUBLED = 1.25, 2.0


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """How far a column moved between the first and the last fifth of the rows.

    Attributes
    ----------
    column
        Its name.
    psi
        The population stability index: the sum over bins of `(q - p) ln(q / p)`, p and q the
        shares of the first and the last fifth, each count raised by a half.
    by_chance
        What 95 in 100 columns that do not move stay below.
    reading
        `moderate` from 0.1 on and `large` from 0.25 on, if it is also above `by_chance`; of the
        label, `moderate` if the rate moved by a quarter and `large` if to the double or to half,
        the Wilson intervals being apart.
    what, first, last
        The plainest sign of it: the median of numbers (the mean, if the medians are the same), or
        the share of the value whose share moved most; in the first and in the last fifth.
    """

    column: str
    psi: float
    by_chance: float
    reading: Reading
    what: str
    first: float | None
    last: float | None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A change that ADWIN saw.

    Attributes
    ----------
    row
        Rows learned by then.
    before, after
        The mean since the alarm before it (or the first row), and until the next (or the last row).
    """

    row: int
    before: float
    after: float


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What changed over the pass.

    Attributes
    ----------
    label, chance
        The share of positives, and the model's chances.
    columns
        Those learned from, the greatest shift first; times and what looks like an id are left out,
        for they move by nature.
    loss_alarms, label_alarms
        Where the mean squared error of the model, and where the share of positives changed.
    """

    label: Shift
    chance: Shift
    columns: list[Shift]
    loss_alarms: list[Alarm]
    label_alarms: list[Alarm]


def drift_of(
    frame: pl.DataFrame, columns: Collection[Column], chances: Vector, labels: Labels
) -> Drift:
    """Return what changed between the first and the last fifth of the rows, and where."""
    shifts = [
        shift(frame[column.name])
        for column in columns
        if column.role == "learned" and column.kind != "time" and not column.id_like
    ]
    return Drift(
        label=_label_shift(labels),
        chance=shift(pl.Series("chance", chances)),
        columns=sorted(shifts, key=lambda found: -found.psi),
        loss_alarms=alarms((chances - labels) ** 2),
        label_alarms=alarms(labels.astype(np.float64)),
    )


def shift(column: pl.Series) -> Shift:
    """Return how far a column moved between its first and its last fifth.

    Numbers of more than twenty values are told apart by the tenths of the first fifth, others by
    value (the twenty most frequent); missing ones are a bin of their own.

    Examples
    --------
    >>> moved = shift(pl.Series("channel", ["web"] * 500 + ["mail"] * 500))
    >>> moved.reading, moved.what, moved.first, moved.last
    ('large', 'share of mail', 0.0, 1.0)
    """
    fifth = max(1, len(column) // 5)
    first, last = slice(0, fifth), slice(len(column) - fifth, len(column))
    bins, names = _by_value(column) if _has_few(column) else _by_tenth(column, first)
    a, b = (np.bincount(bins[part], minlength=_MOST + 2) for part in (first, last))
    used = (a + b) > 0
    moved = psi(a[used], b[used])
    by_chance = _by_chance(int(np.count_nonzero(used)), fifth)
    if names is None:
        what, ends = _middle(column[first], column[last])
    else:
        most = max(names, key=lambda at: (abs(int(b[at]) - int(a[at])), -at))
        what, ends = f"share of {names[most]}", [int(a[most]) / fifth, int(b[most]) / fifth]
    return Shift(
        column=column.name,
        psi=round(moved, 6),
        by_chance=round(by_chance, 6),
        reading=_reading(moved, by_chance),
        what=what,
        first=None if ends[0] is None else round(ends[0], 6),
        last=None if ends[1] is None else round(ends[1], 6),
    )


def alarms(values: Vector) -> list[Alarm]:
    """Return where River's ADWIN (Bifet and Gavalda, 2007) saw the mean of values change.

    The change itself came somewhat earlier. After an alarm ADWIN begins anew. Values must lie from
    0 to 1, which is what its bound is made for.

    Examples
    --------
    >>> [alarm.after > alarm.before for alarm in alarms(np.repeat([0.2, 0.8], 500))]
    [True]
    """
    from river.drift import ADWIN

    detector: Any = ADWIN(delta=DELTA)  # type: ignore[no-untyped-call]
    plain, rows = values.tolist(), []
    for row, value in enumerate(plain, start=1):
        detector.update(value)
        if detector.drift_detected:
            rows.append(row)
    ends = [0, *(row for row in rows if row < len(plain)), len(plain)]
    means = [round(math.fsum(plain[a:b]) / (b - a), 6) for a, b in pairwise(ends)]
    return [
        Alarm(row=r, before=a, after=b)
        for r, (a, b) in zip(ends[1:-1], pairwise(means), strict=True)
    ]


def _reading(psi: float, by_chance: float) -> Reading:
    if psi <= by_chance or psi < MODERATE:
        return "stable"
    return "large" if psi >= LARGE else "moderate"


def _by_chance(bins: int, rows: int) -> float:
    """Return the 95th percentile of the index where nothing moved.

    Then it is nearly `(1 / n + 1 / m)` times chi-squared of bins - 1 degrees of freedom, n and m
    being the rows of either side (Yurdakul and Naranjo, 2020).
    """
    from scipy.special import chdtri

    return float(chdtri(bins - 1, 0.05)) * 2 / rows if bins > 1 else 0.0


def _has_few(column: pl.Series) -> bool:
    if is_text(column) or column.dtype == pl.Boolean:
        return True
    return not column.dtype.is_temporal() and column.drop_nulls().n_unique() <= MOST_BINS


def _by_value(column: pl.Series) -> tuple[Bins, dict[int, str]]:
    """Return the bin of each row, and names of the bins that may be named."""
    values = as_named(column).to_list()
    counts = Counter(value for value in values if value is not None)
    ranked = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_BINS]
    place: dict[str | None, int] = {value: at for at, value in enumerate(ranked)}
    place[None] = len(ranked) + 1
    bins = np.array([place.get(value, len(ranked)) for value in values], dtype=np.intp)
    least = math.inf if looks_like_id(column) else fewest(len(column))
    named = {at: name for at, name in enumerate(ranked) if counts[name] >= least}
    return bins, named | {len(ranked) + 1: MISSING}


def _by_tenth(column: pl.Series, first: slice) -> tuple[Bins, None]:
    values = numbers_of(column)
    there = ~np.isnan(values)
    known = np.sort(values[first][there[first]])
    if not len(known):
        known = np.sort(values[there])
    ends = [-(-len(known) * part // _TENTHS) - 1 for part in range(1, _TENTHS)]
    cuts = np.unique(known[ends]) if len(known) else known
    return np.where(there, np.searchsorted(cuts, values), len(cuts) + 1), None


def _middle(*parts: pl.Series) -> tuple[str, list[float | None]]:
    """Return medians, or means where the medians are the same."""
    values = [numbers_of(part) for part in parts]
    present = [np.sort(part[~np.isnan(part)]) for part in values]
    medians = [float(part[(len(part) - 1) // 2]) if len(part) else None for part in present]
    if medians[0] != medians[1]:
        return "median", medians
    return "mean", [math.fsum(part.tolist()) / len(part) if len(part) else None for part in present]


def _label_shift(labels: Labels) -> Shift:
    fifth = max(1, len(labels) // 5)
    first, last = (int(np.count_nonzero(part)) for part in (labels[:fifth], labels[-fifth:]))
    few, many = sorted((first, last))
    reading: Reading = "stable"
    if wilson(few, fifth)[1] < wilson(many, fifth)[0] and many >= _MOVED * few:
        reading = "large" if many >= _DOUBLED * few else "moderate"
    return msgspec.structs.replace(
        shift(pl.Series("label", labels)),
        reading=reading,
        what="share of positives",
        first=round(first / fifth, 6),
        last=round(last / fifth, 6),
    )
