"""Progress: a bar on a terminal, a plain line now and then elsewhere.

Wall-clock time is read here and nowhere near the core.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

_LINE_EVERY = 10.0


class Bar:
    """Shows how much of the input has been read.

    Parameters
    ----------
    what
        What is being done.
    total
        Bytes in all.
    quiet
        Show nothing.
    """

    def __init__(self, what: str, total: int, *, quiet: bool) -> None:
        console = Console(file=sys.stderr)
        self._what = what
        self._total = max(1, total)
        self._done = 0
        self._lines = not quiet and not console.is_terminal
        self._next = time.monotonic() + _LINE_EVERY
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or self._lines,
        )
        self._task = self._bar.add_task(what, total=self._total)

    def __enter__(self) -> Bar:
        """Begin to show."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End at what was reached."""
        if kind is None:
            self._bar.update(self._task, completed=min(self._done, self._total))
        self._bar.stop()

    def seen(self, size: int) -> None:
        """Note that so many more bytes were read."""
        self.reached(self._done + size)

    def reached(self, done: int) -> None:
        """Note how many bytes were read in all."""
        self._done = done
        self._bar.update(self._task, completed=min(done, self._total))
        if self._lines and time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_EVERY
            sys.stderr.write(f"{self._what}: {100 * min(done, self._total) // self._total}%\n")
