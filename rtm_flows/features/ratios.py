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
from rtm_flows.features.decays import Decays
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import Rate, Share
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.features.running import RunningTotals
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Bools
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6
from rtm_flows.times import parse_duration

Floats = NDArray[np.float64]

LEAST = 1e-6
"""What has faded below this is nothing to take a share of."""


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all features of these kinds that fade, and one for all that do not."""
    own = [one for one in features if isinstance(one, Share | Rate)]
    for name, fades in (("ratio", False), ("fading_ratio", True)):
        some = [one for one in own if (one.half_life is not None) == fades]
        if some:
            yield Ratios(some, name)


class Ratios:
    """Shares and rates: two counts each, and a division when they are read."""

    maps: Sequence[MapField] = ()

    def __init__(self, features: Sequence[Share | Rate], name: str) -> None:
        self._features = tuple(features)
        self._counts = _counts(name, [one.half_life for one in features])
        self.fields: Sequence[Field] = self._counts.fields
        self.types: Sequence[Types] = [types for one in features for types in _types(one)]

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the ratios at every row."""
        masks = np.empty((len(self._features), 2, of.rows.n), dtype=np.bool_)
        for at, feature in enumerate(self._features):
            masks[at] = _masks(feature, of)
        counts = self._read(of, masks.reshape(2 * len(self._features), of.rows.n))
        both = zip(self._features, counts.reshape(masks.shape), strict=True)
        ratios = [_ratio(feature, *counted) for feature, counted in both]
        told = round6(np.stack(ratios))
        return {one.name: ratio for one, ratio in zip(self._features, told, strict=True)}

    def _read(self, of: Pass, masks: Bools) -> Floats:
        """Return the counts of masked rows at every row, and store the last."""
        ones = masks.astype(np.int64)
        if isinstance(self._counts, RunningTotals):
            return self._counts.totals(of.rows, ones, of.people).astype(np.float64)
        return self._counts.exact(of.rows, masks, ones, of.people)


def _counts(name: str, half_lives: Sequence[str | None]) -> RunningTotals | Decays:
    """Return what counts of each ratio the hits, and what these are a share of."""
    spans = [parse_duration(one) for one in half_lives if one is not None for _ in range(2)]
    return Decays(name, spans) if spans else RunningTotals(name, 2 * len(half_lives))


def _types(feature: Share | Rate) -> tuple[Types, ...]:
    """Return the sets of types that a feature asks for."""
    return (feature.hits, feature.of) if isinstance(feature, Rate) else (feature.types,)


def _masks(feature: Share | Rate, of: Pass) -> tuple[Bools, Bools]:
    """Return which rows are hits, and which are counted at all."""
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


def _ratio(feature: Share | Rate, hits: Floats, total: Floats) -> Floats:
    if isinstance(feature, Rate):
        weight = feature.weight
        return np.asarray((hits + feature.prior * weight) / (total + weight))
    return np.divide(hits, total, out=np.zeros(len(total)), where=total >= LEAST)


def is_one_of(texts: Column, values: Sequence[str]) -> Bools:
    """Tell for every text whether it is one of some values.

    Examples
    --------
    >>> is_one_of(np.array(["web", None], dtype=object), ["web", "app"]).tolist()
    [True, False]
    """
    found = map(frozenset(values).__contains__, texts.tolist())
    return np.fromiter(found, dtype=np.bool_, count=len(texts))
