"""How much of the processors a process takes, beside what is measured of it.

In: the numbers of processes. Out: cores: seconds of processor time by seconds of the clock. Where
the system tells no times of other processes, nothing is known of them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Cores:
    """The cores that processes take from now on.

    Parameters
    ----------
    processes
        Their numbers, by name.

    Examples
    --------
    >>> cores = Cores({"me": os.getpid()})
    >>> sorted(cores.taken())
    ['me']
    """

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = processes
        self._before = self._spent()
        self._began = time.monotonic()

    def taken(self) -> dict[str, float]:
        """Return the cores that each has taken since then."""
        passed = max(time.monotonic() - self._began, 1e-9)
        now = self._spent()
        return {name: (now[name] - self._before[name]) / passed for name in now}

    def _spent(self) -> dict[str, float]:
        return {name: _seconds_of(number) for name, number in self._processes.items()}


def _seconds_of(process: int) -> float:
    """Return the processor time of a running process, in seconds; not a number if not known."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("ascii")
    except OSError:
        return float("nan")
    # The name of the program, in brackets, may hold anything; times of user and system follow it.
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
