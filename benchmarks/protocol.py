"""What a party and the runner say to each other.

In: the command line `EVENTS OUT`. Out: one line of JSON on standard output. A party imports
this and nothing else of the runner.
"""

from __future__ import annotations

import json
import sys
from typing import NamedTuple


class Paths(NamedTuple):
    """The two paths that a party is given."""

    events: str
    """JSON Lines to read."""
    out: str
    """Where the records go: a file, or a folder of files."""


def paths() -> Paths:
    """Return the paths of the command line.

    Raises
    ------
    SystemExit
        If there are not at least two arguments.
    """
    match sys.argv[1:]:
        case [events, out, *_]:
            return Paths(events, out)
    msg = f"usage: python -m benchmarks.PARTY EVENTS OUT; got {sys.argv[1:]}"
    raise SystemExit(msg)


def count_lines(path: str) -> int:
    """Return how many records a file holds."""
    with open(path, "rb") as records:
        return sum(1 for _ in records)


def say(peer: str, events: int, seconds: float) -> None:
    """Print the result: who, how many events, in how long."""
    print(json.dumps({"peer": peer, "events": events, "seconds": seconds}), flush=True)
