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

from rich.console import Console
from rich.status import Status

from rtm_flows.operating.logs import log

_QUICK = 1.0
_SLOW = 60.0


class Pulse:
    """Shows how a job that does not end is doing.

    Parameters
    ----------
    lag
        Returns how many records wait to be read; None where that is not known.
    quiet
        Show nothing.
    """

    def __init__(self, lag: Callable[[], int | None], *, quiet: bool) -> None:
        console = Console(file=sys.stderr)
        self._lag = lag
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
        records, rate, lag = self.figures()
        waits = "" if lag is None else f", {lag:,} waiting"
        return f"{records:,} records, {rate:,.0f} a second{waits}"

    def figures(self) -> tuple[int, float, int | None]:
        """Return records in all, a second since this was last asked, and how many wait."""
        now, lag = time.monotonic(), self._lag()
        rate = (self._records - self._shown) / max(now - self._since, 1e-3)
        self._shown, self._since = self._records, now
        return self._records, rate, lag

    def _beat(self) -> None:
        while not self._stopping.wait(_QUICK if self._is_terminal else _SLOW):
            if self._is_terminal:
                self._status.update(self.told())
            else:
                records, rate, lag = self.figures()
                log().info("running", records=records, records_a_second=round(rate), waiting=lag)
