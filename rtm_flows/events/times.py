"""Times of records: numbers, RFC 3339, or text in a declared format, in a declared zone.

In: a column of numbers, text and None. Out: integer milliseconds since 1970 UTC, with marks for
missing and for unreadable ones. It knows neither a clock nor which times are plausible.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial
from types import NoneType
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import ConfigError
from rtm_flows.events.mapping import as_list
from rtm_flows.events.numeric import Value, floor_scaled, to_floats
from rtm_flows.events.rfc3339 import Times, read_rfc3339

NO_TIME: Final = np.iinfo(np.int64).min
"""Stands for a missing time."""

BAD_TIME: Final = NO_TIME + 1
"""Stands for a time that cannot be read."""

UNITS: Final = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
"""The units of numbers that stand for times, in nanoseconds."""

_SECONDS_BELOW: Final = 1e11
_FAR: Final = 1e14
_LONG: Final = 30
_UTC: Final = ("UTC", "Etc/UTC")
_PROBE: Final = dt.datetime(2001, 2, 3, 16, 5, 6, tzinfo=dt.UTC)


class TimeReader:
    """Reads the times of one column, as its mapping says they are written.

    Parameters
    ----------
    time_format
        In strptime's letters, or several that are tried in turn; None for RFC 3339 text or numbers
        since 1970.
    zone
        The IANA zone of times that name none; None for UTC.
    unit
        What numbers count, of `UNITS`; None for seconds below 1e11, else milliseconds.

    Raises
    ------
    ConfigError
        If the format or the zone cannot be used.

    Examples
    --------
    >>> TimeReader(None, None)([1.5, "1970-01-01T00:00:02Z", "1e11"]).tolist()
    [1500, 2000, 100000000000]
    >>> TimeReader("%d.%m.%Y %H:%M", "Europe/Berlin")(["01.01.1970 01:00"]).tolist()
    [0]
    """

    def __init__(
        self, time_format: str | list[str] | None, zone: str | None, unit: str | None = None
    ) -> None:
        self._zone = None if zone in _UTC else zone
        formats = [] if time_format is None else as_list(time_format)
        self._formats = [_usable_format(one) for one in formats]
        self._unit = unit
        _check_zone(zone)

    def __call__(self, values: Sequence[Value]) -> Times:
        """Return milliseconds, `NO_TIME` where missing and `BAD_TIME` where unreadable."""
        readers: list[Callable[[Sequence[Value]], Times]] = [
            partial(self._read_formatted, time_format=one) for one in self._formats
        ]
        if not readers:
            # A text is never both, so what is tried first matters to speed only.
            readers = [self._read_texts, self._read_numbers]
            if not (values and type(values[0]) is str and "-" in values[0]):
                readers.reverse()
        ms = readers[0](values)
        for read in readers[1:]:
            rest = np.flatnonzero(ms == BAD_TIME)
            if len(rest):
                ms[rest] = read([values[row] for row in rest.tolist()])
        return ms

    def _read_numbers(self, values: Sequence[Value]) -> Times:
        return _read_numbers(values) if self._unit is None else read_counts(values, self._unit)

    def _read_texts(self, values: Sequence[Value]) -> Times:
        texts: list[str] = [value if type(value) is str else "" for value in values]
        ms, valid, naive = read_rfc3339(texts)
        ms[~valid] = BAD_TIME
        if naive.any():
            ms[naive] = self._from_zone(ms[naive])
        return ms

    def _read_formatted(self, values: Sequence[Value], time_format: str) -> Times:
        texts = [v if v is None or type(v) is str else str(v) for v in values]
        series = pl.Series(texts, dtype=pl.String)
        read = series.str.to_datetime(time_format, time_unit="ms", strict=False)
        ms = _or_bad(read.cast(pl.Int64))
        if read.dtype == pl.Datetime("ms", None) and "%s" not in time_format:
            ms = self._from_zone(ms)
        ms[series.is_null().to_numpy()] = NO_TIME
        return ms

    def _from_zone(self, ms: Times) -> Times:
        if self._zone is None:
            return ms
        known = ms != BAD_TIME
        wall = pl.Series(np.where(known, ms, 0)).cast(pl.Datetime("ms"))
        moments = wall.dt.replace_time_zone(
            self._zone, ambiguous="earliest", non_existent="null"
        ).cast(pl.Int64)
        return np.where(known, _or_bad(moments), BAD_TIME)


def read_counts(values: Sequence[Value], unit: str) -> Times:
    """Return milliseconds of numbers that count a unit; what is finer is cut off downwards.

    Examples
    --------
    >>> read_counts(["1710325274123456", 1.5, -1], "us").tolist()
    [1710325274123, 0, -1]
    """
    finer = UNITS["ms"] // UNITS[unit]
    if finer > 1:
        values = [_coarser(value, finer) for value in values]
    coarser = max(UNITS[unit] // UNITS["ms"], 1)
    numbers = to_floats(values)
    missing, bad = np.isnan(numbers), np.isinf(numbers)
    far = _FAR / coarser  # clipped to what lies far outside the years of accepted events
    near = np.clip(np.where(missing | bad, 0.0, numbers), -far, far)
    ms = floor_scaled(near, coarser)
    ms[missing] = NO_TIME
    ms[bad] = BAD_TIME
    return ms


def _coarser(value: Value, parts: int) -> Value:
    """Return a number divided; whole ones exactly, which may be too long for a float."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _LONG:
        value = int(value)
    if isinstance(value, int):
        return value // parts
    if isinstance(value, str):
        value = float(to_floats([value])[0])
    return None if value is None else value / parts  # infinity stays what it is


def _or_bad(read: pl.Series) -> Times:
    ms: NDArray[np.int64] = read.fill_null(BAD_TIME).to_numpy().copy()
    return ms


def _read_milliseconds(values: Sequence[Value]) -> Times | None:
    """Read integers that are all milliseconds, the quick way; None if they are not."""
    try:
        ms = np.fromiter(values, dtype=np.int64, count=len(values))
    except OverflowError:
        return None
    usual: Times | None = ms if ((ms >= _SECONDS_BELOW) & (ms <= _FAR)).all() else None
    return usual


def _read_numbers(values: Sequence[Value]) -> Times:
    kinds = set(map(type, values))
    if kinds <= {NoneType}:
        return np.full(len(values), NO_TIME)
    ms = _read_milliseconds(values) if kinds == {int} else None
    if ms is not None:
        return ms
    numbers = to_floats(values)
    missing, bad = np.isnan(numbers), np.isinf(numbers)
    # What is clipped lies far outside the years in which an event is accepted.
    near = np.clip(np.where(missing | bad, 0.0, numbers), -_FAR, _FAR)
    seconds = np.abs(near) < _SECONDS_BELOW
    ms = floor_scaled(np.where(seconds, near, 0.0), 1000)
    ms = np.where(seconds, ms, np.floor(near).astype(np.int64))
    ms[missing] = NO_TIME
    ms[bad] = BAD_TIME
    return ms


def _usable_format(time_format: str) -> str:
    """Return the format as the parser wants it, after trying it on a known time.

    `.%f` as Python writes it becomes `%.f`: as it stands the parser would take `.5` for five
    nanoseconds. A bare `%f`, and `%Z`, whose name the parser skips, are refused.
    """
    usable = time_format.replace(".%f", "%.f")
    hazard = re.search(r"%[fZ]", usable)
    if hazard:
        msg = (
            f"input.mapping.time_format: {hazard[0]} cannot be read safely; use %.f for a"
            " fraction, and write the zone's letters as they stand and set zone"
        )
        raise ConfigError(msg)
    try:
        text = pl.Series([_PROBE]).dt.strftime(usable)
        read = text.str.to_datetime(usable, time_unit="ms", strict=False).dt.date()[0]
    except pl.exceptions.PolarsError:
        read = None
    if read != _PROBE.date():
        msg = (
            f"input.mapping.time_format: {time_format!r} does not give back a date it has"
            " written; it must hold year, month and day, in strptime's letters"
        )
        raise ConfigError(msg)
    return usable


def _check_zone(zone: str | None) -> None:
    if zone is None:
        return
    try:
        pl.Series([0]).cast(pl.Datetime("ms")).dt.replace_time_zone(zone)
    except pl.exceptions.PolarsError:
        msg = f"input.mapping.zone: {zone!r} is not an IANA time zone, such as Europe/Berlin"
        raise ConfigError(msg) from None
