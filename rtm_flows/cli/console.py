"""The console: where results are printed, as they are.

Names of files and people may hold brackets and colons: nothing in a text is markup. On a terminal
lines are fitted to it; elsewhere they are as long as they are, for whoever reads them by program.
"""

from __future__ import annotations

import sys

from rich.console import Console

_WIDE = 10_000


def console() -> Console:
    """Return the console of results."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(highlight=False, markup=False, emoji=False, width=width)
