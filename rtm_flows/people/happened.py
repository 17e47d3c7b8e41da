"""What happened in a pass, as moments see it; and the ids of events as evidence.

In: nothing. Out: the shape that the kinds of moments share, and ids joined into one text. It knows
no kind of moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from rtm_flows.columns import Column, Table
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import State
from rtm_flows.people.type_sets import Types

_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(list[str]).decode


class Happened(NamedTuple):
    """A pass: its rows with their events and sessions, and the state as it was before it."""

    rows: Rows
    events: Table
    masks: Mapping[Types, Bools]
    sessions: Sessions
    state: State
    pieces: Ints
    """Pieces in the cart after every row, where a moment asks for them; else 0."""

    @property
    def ids(self) -> Column:
        """The ids of the events."""
        return self.events["id"]

    def own_ids(self, rows: Ints) -> list[str]:
        """Return of some rows the id of each, as evidence."""
        return [joined([one]) for one in self.ids[rows].tolist()]


class Fired(NamedTuple):
    """Where one moment fired in a pass."""

    row: Ints
    """The row that it fired on, or just before which its timer did."""
    due: Ints
    """When; of a timer before the clock of the row."""
    evidence: list[str]
    """The events that matched, each list as one text."""


def joined(ids: Iterable[str]) -> str:
    r"""Return ids as one text, from which they are had again whatever is in them.

    Examples
    --------
    >>> split(joined(["e-1", 'odd" id\x1f']))
    ('e-1', 'odd" id\x1f')
    """
    return _encode(list(ids)).decode()


def split(text: str) -> tuple[str, ...]:
    """Return the ids of a text; of an empty one none."""
    return tuple(_decode(text)) if text else ()
