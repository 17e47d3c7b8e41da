"""The pulse of a live job: how much was read, how fast, and how much waits.

On a terminal a line that changes, elsewhere one of the log a minute. Wall-clock time is read here
and nowhere near the core.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

from rich.console import Console
from rich.status import Status

from rtm_flows.operating.logs import log

_QUICK = 1.0
_SLOW = 60.0
_WIDTH = 10


class Standing(NamedTuple):
    """How far a job has come: records that wait, and the share of its history that was read.

    Either is None where it is not known; the share also where the history is over.
    """

    lag: int | None
    history: float | None


class Pulse:
    """Shows how a job that does not end is doing.

    Parameters
    ----------
    standing
        Returns how far the job has come.
    quiet
        Show nothing.
    """

    def __init__(self, standing: Callable[[], Standing], *, quiet: bool) -> None:
        console = Console(file=sys.stderr)
        self._standing = standing
        self._records = self._shown = 0
        self._since = time.monotonic()
        self._quiet = quiet
        self._status = Status("waiting for records", console=console)
        self._is_terminal = console.is_terminal
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Pulse:
        """Begin to show."""
        if not self._quiet:
            if self._is_terminal:
                self._status.start()
            self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Show no more."""
        if not self._quiet:
            self._stopping.set()
            self._thread.join()
            self._status.stop()

    def seen(self, records: int) -> None:
        """Note that so many more records were read."""
        self._records += records

    def reached(self, records: int) -> None:
        """Note how many records were read in all."""
        self._records = records

    def told(self) -> str:
        """Return what is to be shown on a terminal."""
        records, rate, (lag, history) = self.figures()
        waits = "" if lag is None else f", {lag:,} waiting"
        return f"{_bar(history)}{records:,} records, {rate:,.0f} a second{waits}"

    def figures(self) -> tuple[int, float, Standing]:
        """Return records in all, a second since this was last asked, and how far it has come."""
        now, standing = time.monotonic(), self._standing()
        rate = (self._records - self._shown) / max(now - self._since, 1e-3)
        self._shown, self._since = self._records, now
        return self._records, rate, standing

    def _beat(self) -> None:
        while not self._stopping.wait(_QUICK if self._is_terminal else _SLOW):
            if self._is_terminal:
                self._status.update(self.told())
            else:
                records, rate, (lag, history) = self.figures()
                told = {} if history is None else {"history_percent": round(100 * history)}
                log().info(
                    "running", records=records, records_a_second=round(rate), waiting=lag, **told
                )


def _bar(share: float | None) -> str:
    """Return a bar of how much of the history was read; nothing for None.

    Examples
    --------
    >>> _bar(0.45)
    'history ████▌····· 45 %, '
    """
    if share is None:
        return ""
    halves = round(share * _WIDTH * 2)
    full, half = "█" * (halves // 2), "▌" * (halves % 2)
    return f"history {(full + half).ljust(_WIDTH, '·')} {share:.0%}, ".replace("%", " %")
