"""Parts: features that are computed together, from state of their own.

In: the rows of a pass, and all that is known of them. Out: columns by name of feature. A part
declares the state, masks and text keys that it needs; it knows nothing of other parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from rtm_flows.columns import Column, Table
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, State
from rtm_flows.people.type_sets import Types

MINOR = 100.0
"""Minor units in one currency unit."""


class Pass(NamedTuple):
    """All that features of one pass are made from."""

    rows: Rows
    events: Table
    masks: Mapping[Types, Bools]
    sessions: Sessions
    people: State


class KeysOf(Protocol):
    """Gives integer keys of text fields."""

    def __call__(self, field: str, wanted: Bools, /) -> Ints:
        """Return the keys of a field in the wanted rows; all others have the key of no text."""


class Part(Protocol):
    """Features computed together.

    Attributes
    ----------
    fields, maps
        The state columns and maps of the part.
    types
        The sets of types that it wants masks of.
    """

    fields: Sequence[Field]
    maps: Sequence[MapField]
    types: Sequence[Types]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the columns of its features, and store their state."""
