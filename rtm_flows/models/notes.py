"""Notes: what happened to a model that somebody will want to read of.

In: whatever a model did beside learning. Out: a record of it. It refuses to know where it is
written.
"""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """Something that happened at the end of a tick."""

    tick: int
    kind: str
    """What it was: `promotion`."""
    fields: dict[str, object]
    """The rest, plain values by name."""
