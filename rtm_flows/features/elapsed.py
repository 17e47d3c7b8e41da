"""What the time since does: counts and sums that fade, and how long ago something was.

In: rows of a pass with masks of their types. Out: one number a row. How it is kept is in `decays`
and `since`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rtm_flows.columns import Column
from rtm_flows.features.decays import Decay
from rtm_flows.features.definition import Definition
from rtm_flows.features.definitions import DecayedCount, DecayedSum, SinceSeconds
from rtm_flows.features.part import MINOR, KeysOf, Part, Pass
from rtm_flows.features.since import Since
from rtm_flows.people.maps import MapField
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for each feature of these kinds."""
    for index, feature in enumerate(features):
        if isinstance(feature, DecayedCount | DecayedSum):
            yield Faded(feature, f"decay_{index}")
        elif isinstance(feature, SinceSeconds):
            yield Recency(feature, f"since_{index}")


class Faded:
    """One count or sum that fades."""

    maps: Sequence[MapField] = ()

    def __init__(self, feature: DecayedCount | DecayedSum, name: str) -> None:
        self._feature = feature
        self._decay = Decay(name, feature.half_life_ms)
        self.fields: Sequence[Field] = self._decay.fields
        self.types: Sequence[Types] = (feature.types,)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the faded count or sum at every row."""
        feature, mask = self._feature, of.masks[self._feature.types]
        if isinstance(feature, DecayedCount):
            return {feature.name: self._decay.counts(of.rows, mask, of.people)}
        unit = 1.0 if feature.field == "quantity" else MINOR
        worth = of.events[feature.field]
        return {feature.name: self._decay.sums(of.rows, mask, worth, unit, of.people)}


class Recency:
    """One time since."""

    maps: Sequence[MapField] = ()

    def __init__(self, feature: SinceSeconds, name: str) -> None:
        self._feature = feature
        self._since = Since(name, feature.never_seconds)
        self.fields: Sequence[Field] = self._since.fields
        self.types: Sequence[Types] = (feature.types,)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the seconds at every row."""
        mask = of.masks[self._feature.types]
        return {self._feature.name: self._since.seconds(of.rows, mask, of.people)}
