"""Shares and rates: how many of some events are of a kind, over a lifetime or fading.

In: rows of a pass with masks of their types, and text columns. Out: the ratio at every row, this
row included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column
from rtm_flows.features.decays import Decay
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import Rate, Share
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.features.running import Running
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6
from rtm_flows.times import parse_duration

LEAST = 1e-6
"""What has faded below this is nothing to take a share of."""


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for each feature of these kinds."""
    for index, feature in enumerate(features):
        if isinstance(feature, Share | Rate):
            yield Ratio(feature, f"ratio_{index}")


class Ratio:
    """One share or rate: two counts, and a division when they are read."""

    def __init__(self, feature: Share | Rate, name: str) -> None:
        self._feature = feature
        self._some, self._all = (_Count(f"{name}_{n}", feature.half_life) for n in ("some", "all"))
        self.fields: Sequence[Field] = [*self._some.fields, *self._all.fields]
        self.maps: Sequence[MapField] = ()
        self.types: Sequence[Types] = (
            (feature.hits, feature.of) if isinstance(feature, Rate) else (feature.types,)
        )

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the ratio at every row."""
        of_kind, counted = self._masks(of)
        hits = self._some.read(of, of_kind)
        total = self._all.read(of, counted)
        match self._feature:
            case Rate(prior=prior, weight=weight):
                ratio = (hits + prior * weight) / (total + weight)
            case _:
                some = total >= LEAST
                ratio = np.divide(hits, total, out=np.zeros(len(total)), where=some)
        return {self._feature.name: round6(ratio)}

    def _masks(self, of: Pass) -> tuple[Bools, Bools]:
        feature = self._feature
        if isinstance(feature, Share):
            texts = of.events[feature.field].tolist()
            kinds: dict[str | None, int] = {None: 0, **dict.fromkeys(feature.values, 1)}
            kind = np.fromiter(map(kinds.get, texts, repeat(2)), np.int8, len(texts))
            known = of.masks[feature.types] & (kind > 0)
            return known & (kind == 1), known
        hits, all_ = of.masks[feature.hits], of.masks[feature.of]
        if feature.field is None:
            return hits, all_
        suits = is_one_of(of.events[feature.field], feature.values)
        return hits & suits, all_ & suits


class _Count:
    """A count of masked rows: since ever, or fading."""

    def __init__(self, name: str, half_life: str | None) -> None:
        self._counter = (
            Running(name) if half_life is None else Decay(name, parse_duration(half_life))
        )
        self.fields = self._counter.fields

    def read(self, of: Pass, mask: Bools) -> NDArray[np.float64]:
        """Return the count at every row, and store the last."""
        if isinstance(self._counter, Running):
            total = self._counter.totals(of.rows, mask.astype(np.int64), of.people)
            return total.astype(np.float64)
        ones = np.ones(of.rows.n, dtype=np.int64)
        return self._counter.exact(of.rows, mask, ones, of.people)


def is_one_of(texts: Column, values: Sequence[str]) -> Bools:
    """Tell for every text whether it is one of some values.

    Examples
    --------
    >>> is_one_of(np.array(["web", None], dtype=object), ["web", "app"]).tolist()
    [True, False]
    """
    found = map(frozenset(values).__contains__, texts.tolist())
    return np.fromiter(found, dtype=np.bool_, count=len(texts))
