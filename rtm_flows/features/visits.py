"""Time between visits: how long a person had been away when the session began.

In: rows of a pass with their sessions. Out: seconds from the last event before the session to its
first. A person's state is one span.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import AwaySeconds
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types

_NEVER = -1


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all features of this kind."""
    own = [feature for feature in features if isinstance(feature, AwaySeconds)]
    if own:
        yield Away(own)


class Away:
    """The pause before each session: known once it opens, the same until it ends."""

    def __init__(self, features: Sequence[AwaySeconds]) -> None:
        self._features = tuple(features)
        self.fields: Sequence[Field] = [Field("away", "i8", (), _NEVER)]
        self.maps: Sequence[MapField] = ()
        self.types: Sequence[Types] = ()

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the seconds of every row, at most `never` each, and store the latest span."""
        away = self._of_heads(of)[of.sessions.segment]
        of.people["away"][of.rows.people] = away[of.rows.ends]
        return {
            one.name: np.where(
                away == _NEVER, one.never_seconds, np.minimum(away / 1000.0, one.never_seconds)
            )
            for one in self._features
        }

    def _of_heads(self, of: Pass) -> Ints:
        """Return the span before the session of each segment, -1 for a person's first."""
        heads, rows = of.sessions.heads, of.rows
        slot = rows.slot[heads]
        last = np.where(rows.first[heads], of.people["last"][slot], rows.clock[heads - 1])
        opened: Ints = np.where(last < 0, _NEVER, rows.clock[heads] - last)
        return np.where(of.sessions.carried, of.people["away"][slot], opened)
