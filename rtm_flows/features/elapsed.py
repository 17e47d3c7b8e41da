"""What the time since does: counts and sums that fade, and how long ago something was.

In: rows of a pass with masks of their types. Out: one number a row. How it is kept is in `decays`
and `since`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.features.decays import Decays
from rtm_flows.features.definition import Definition
from rtm_flows.features.definitions import DecayedCount, DecayedSum, SinceSeconds
from rtm_flows.features.part import MINOR, KeysOf, Part, Pass
from rtm_flows.features.since import Recencies
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Ints
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all counts and sums that fade, and one for all times since."""
    faded = [one for one in features if isinstance(one, DecayedCount | DecayedSum)]
    since = [one for one in features if isinstance(one, SinceSeconds)]
    if faded:
        yield Faded(faded)
    if since:
        yield Recency(since)


class Faded:
    """Counts and sums that fade."""

    maps: Sequence[MapField] = ()

    def __init__(self, features: Sequence[DecayedCount | DecayedSum]) -> None:
        self._features = tuple(features)
        self._decays = Decays("decay", [one.half_life_ms for one in features])
        self._units = np.array([_unit(one) for one in features])[:, None]
        self.fields: Sequence[Field] = self._decays.fields
        self.types: Sequence[Types] = [one.types for one in features]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the faded counts and sums at every row."""
        masks = np.stack([of.masks[types] for types in self.types])
        worths: Ints = np.ones(masks.shape, dtype=np.int64)
        for worth, feature in zip(worths, self._features, strict=True):
            if isinstance(feature, DecayedSum):
                worth[:] = of.events[feature.field]
        told = round6(self._decays.exact(of.rows, masks, worths, of.people) / self._units)
        return {one.name: column for one, column in zip(self._features, told, strict=True)}


def _unit(feature: DecayedCount | DecayedSum) -> float:
    money = isinstance(feature, DecayedSum) and feature.field != "quantity"
    return MINOR if money else 1.0


class Recency:
    """Times since."""

    maps: Sequence[MapField] = ()

    def __init__(self, features: Sequence[SinceSeconds]) -> None:
        self._names = [one.name for one in features]
        self._recencies = Recencies("since", [one.never_seconds for one in features])
        self.fields: Sequence[Field] = self._recencies.fields
        self.types: Sequence[Types] = [one.types for one in features]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the seconds at every row."""
        masks = np.stack([of.masks[types] for types in self.types])
        seconds = self._recencies.seconds(of.rows, masks, of.people)
        return dict(zip(self._names, seconds, strict=True))
