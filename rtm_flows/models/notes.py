"""Notes: what is worth telling of a model while it learns.

In: a tick, and what happened by its end. Out: a record of it. It refuses to know who reads it.
"""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """Something that happened to a model.

    Attributes
    ----------
    tick
        Tick by whose end it was known.
    kind
        What happened: `period` for the figures of a period, `promotion` for a challenger that
        became champion.
    fields
        The rest, as it is written.
    """

    tick: int
    kind: str
    fields: dict[str, object]
