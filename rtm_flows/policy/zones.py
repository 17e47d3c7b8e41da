"""Zones: when the local day, week or month of an instant began, for many instants at once.

In: instants in milliseconds, and names of IANA time zones. Out: the instants at which their local
periods began. The database of zones is the one that polars was built with: it is pinned with
polars, the same on every machine, and the one by which the times of records are read. It refuses
to know what a person's zone is and what is counted in a period.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import ConfigError
from rtm_flows.people.rows import Ints
from rtm_flows.times import DAY

_SECOND = 1_000
_FIRST = 7_305 * DAY - 61 * DAY
"""1989-11-01: two months before the earliest time that a record may have."""
_END = 47_483 * DAY
"""2100-01-02."""
_SHIFT = 1 << 44
"""Apart by this, the times of two zones never meet in one array."""
_NEVER = 1 << 43


class _Table(NamedTuple):
    """The stretches of a zone in which its offset stays."""

    begins: Ints
    """When each begins; the first as if at 0."""
    offsets: Ints
    """Local time less UTC, in milliseconds."""


class Zones:
    """Time zones by number.

    Parameters
    ----------
    default
        The zone of people who have none, or one that is unknown; its number is 0.

    Raises
    ------
    ConfigError
        If the default is no IANA time zone.

    Notes
    -----
    A period begins at the first instant at which the local clock shows the midnight that begins
    it, or something later: where midnight is skipped, that is the instant at which the clock is put
    forward; where it is shown twice, the first. Exact for times from 1990 to 2099; outside, the
    nearest offset holds.

    Examples
    --------
    >>> zones = Zones("Europe/Berlin")
    >>> codes = zones.codes(["Asia/Baku", None, "Atlantis/Poseidonis"])
    >>> codes.tolist()
    [1, 0, 0]
    >>> noon = np.full(3, 1_711_882_800_000)  # 2024-03-31T11:00:00Z; in Berlin a day of 23 hours
    >>> ((noon - zones.starts("calendar_day", noon, codes)) / 3_600_000).tolist()
    [15.0, 12.0, 12.0]
    """

    def __init__(self, default: str = "UTC") -> None:
        if not _known(default):
            msg = f"zone: {default!r} is not an IANA time zone, such as Europe/Berlin"
            raise ConfigError(msg)
        self.names = [default]
        self._codes = {default: 0}
        self._settle()

    def codes(self, names: Sequence[str | None]) -> Ints:
        """Return the number of each zone; that of the default where it is None or unknown."""
        before = len(self.names)
        found = [self._code(name) for name in names]
        if len(self.names) > before:
            self._settle()
        return np.array(found, dtype=np.int64)

    def starts(self, period: str, clocks: Ints, codes: Ints) -> Ints:
        """Return when the local periods of instants began, in milliseconds.

        Parameters
        ----------
        period
            `calendar_day`, `calendar_week` (from Monday) or `calendar_month`.
        clocks
            The instants.
        codes
            Their zones.
        """
        shift = codes * _SHIFT
        now = np.searchsorted(self._begins, shift + clocks, side="right") - 1
        midnight = _midnight(period, clocks + self._offsets[now])
        at = np.searchsorted(self._local_ends, shift + midnight, side="right")
        begins: Ints = np.maximum(self._begins[at] - shift, midnight - self._offsets[at])
        return begins

    def _code(self, name: str | None) -> int:
        if name is None:
            return 0
        code = self._codes.get(name)
        if code is None and _known(name):
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code or 0

    def _settle(self) -> None:
        """Lay the tables of all zones side by side."""
        tables = [_table(name) for name in self.names]
        shifts = [code * _SHIFT for code in range(len(tables))]
        self._offsets = np.concatenate([table.offsets for table in tables])
        self._begins = np.concatenate(
            [table.begins + shift for table, shift in zip(tables, shifts, strict=True)]
        )
        self._local_ends = np.concatenate(
            [_local_ends(table) + shift for table, shift in zip(tables, shifts, strict=True)]
        )


def _midnight(period: str, local: Ints) -> Ints:
    """Return the local midnight that begins the period of a local time."""
    days = local // DAY
    if period == "calendar_week":
        days = (days + 3) // 7 * 7 - 3  # 1970-01-01 was a Thursday
    elif period == "calendar_month":
        days = days.astype("M8[D]").astype("M8[M]").astype("M8[D]").astype(np.int64)
    return days * DAY


def _local_ends(table: _Table) -> Ints:
    """Return the local times at which the stretches end; they rise, as each is longer than a step.

    That is: no clock is put back twice within as long as it is put back.
    """
    return np.append(table.begins[1:] + table.offsets[:-1], _NEVER)


@lru_cache(maxsize=4096)
def _known(name: str) -> bool:
    if not name[:1].isalpha():  # polars takes empty text, and offsets like +02:00, for UTC
        return False
    try:
        _offsets(np.zeros(1, dtype=np.int64), name)
    except (pl.exceptions.PolarsError, UnicodeError):  # half a surrogate pair is no name
        return False
    return True


@lru_cache(maxsize=1024)
def _table(name: str) -> _Table:
    """Find the changes of a zone: between which days, then at which second."""
    days = np.arange(_FIRST, _END, DAY, dtype=np.int64)
    offsets = _offsets(days, name)
    changed = np.flatnonzero(offsets[1:] != offsets[:-1])
    low, high, before = days[changed], days[changed + 1], offsets[changed]
    while len(low) and int((high - low).max()) > _SECOND:
        middle = (low + high) // (2 * _SECOND) * _SECOND
        same = _offsets(middle, name) == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    zero = np.zeros(1, dtype=np.int64)
    return _Table(np.append(zero, high), np.append(offsets[:1], offsets[changed + 1]))


def _offsets(instants: Ints, name: str) -> NDArray[np.int64]:
    """Return local time less UTC at instants, in milliseconds."""
    utc = pl.Series(instants).cast(pl.Datetime("ms", "UTC"))
    local = utc.dt.convert_time_zone(name).dt.replace_time_zone(None).cast(pl.Int64)
    return local.to_numpy() - instants
