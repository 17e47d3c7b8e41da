"""What a process started by this one must know, so that it finds the same modules."""

from __future__ import annotations

import os
import sys


def environment() -> dict[str, str]:
    """Return the environment of a child: it finds modules where this process finds them.

    To be used with `-P`: then the working folder is no place to look unless it is one here, and a
    module that happens to lie there does not stand for the one that this process checked.
    """
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
