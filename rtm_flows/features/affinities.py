"""Affinities: how a person's events spread over the values of a text field, fading with time.

In: rows of a pass, which of them count, and the keys of their texts. Out: shares at every row. A
person's state is a map, one entry a value, all as of the time of the latest event that counted:
between two such events all fade alike, so that shares stand still. Rows with a text are walked
one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column
from rtm_flows.features.definition import Definition
from rtm_flows.features.history_kinds import Affinity
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.people.maps import Entries, MapField
from rtm_flows.people.rows import Bools, Ints, Rows, pick
from rtm_flows.people.state import Field, State
from rtm_flows.people.text_keys import MISSING
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6
from rtm_flows.times import parse_duration

Floats = NDArray[np.float64]
_Group = tuple[str, Types, str, int]


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all features that look at the same spread."""
    groups: dict[_Group, list[Affinity]] = {}
    for f in features:
        if isinstance(f, Affinity):
            groups.setdefault((f.field, f.types, f.half_life, f.entries), []).append(f)
    for index, group in enumerate(groups.values()):
        yield Affinities(group, f"affinity_{index}")


class Affinities:
    """One spread, and the features that look at it."""

    def __init__(self, features: Sequence[Affinity], name: str) -> None:
        one = features[0]
        self._features = features
        self._most, self._field = one.entries, one.field
        self._half_life_ms = parse_duration(one.half_life)
        self._asks_own = any(f.measure == "own_share" for f in features)
        self._name, self._time = name, f"{name}_time"
        self._top, self._distinct = f"{name}_top", f"{name}_distinct"
        self.fields: Sequence[Field] = [
            Field(self._time, "i8", (), -1),
            Field(self._top, "f8", (), 0.0),
            Field(self._distinct, "i2", (), 0),
        ]
        self.maps: Sequence[MapField] = [MapField(name, "f8")]
        self.types: Sequence[Types] = (one.types,)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the measures of every row, and store the entries."""
        rows, people, counted = of.rows, of.people, of.masks[self.types[0]]
        texts = keys(self._field, counted | self._asks_own)
        counted = counted & (texts != MISSING)
        own, top, distinct = self._walk(rows, counted, texts, people)
        found = rows.latest(counted)
        result: dict[str, Column] = {"own_share": round6(own)}
        for measure, name, values in (
            ("top_share", self._top, round6(top)),
            ("distinct", self._distinct, distinct),
        ):
            latest = pick(found, values, people[name][rows.slot].astype(np.float64))
            people[name][rows.people] = latest[rows.ends]
            result[measure] = latest
        time = pick(found, rows.clock, people[self._time][rows.slot])
        people[self._time][rows.people] = time[rows.ends]
        return {feature.name: result[feature.measure] for feature in self._features}

    def _walk(
        self, rows: Rows, counted: Bools, texts: Ints, people: State
    ) -> tuple[Floats, Floats, Floats]:
        """Return own share, top share and number of entries of the rows that have a text."""
        at = np.flatnonzero(texts != MISSING)
        keys, counts = texts[at].tolist(), counted[at].tolist()
        fades = self._fades(rows, counted, people)[at].tolist()
        measures: list[tuple[float, float, float]] = []
        most = self._most

        def step(entries: Entries, index: range) -> None:
            total = fsum(entries.values())
            for i in index:
                own = entries.get(keys[i], 0.0) / total if total else 0.0
                if not counts[i]:
                    measures.append((own, 0.0, 0.0))
                    continue
                _enter(entries, keys[i], fades[i], most)
                total = fsum(entries.values())
                measures.append((own, max(entries.values()) / total, len(entries)))

        people.maps[self._name].walk(rows.slot[at], step)
        spread = np.zeros((3, rows.n), dtype=np.float64)
        spread[:, at] = np.array(measures, dtype=np.float64).reshape(-1, 3).T
        return spread[0], spread[1], spread[2]

    def _fades(self, rows: Rows, counted: Bools, people: State) -> Floats:
        """Return by how much all entries have faded since the person's last event that counted."""
        before = pick(rows.latest_before(counted), rows.clock, people[self._time][rows.slot])
        elapsed = np.where(before < 0, 0, rows.clock - before)
        return np.exp2(-elapsed.astype(np.float64) / self._half_life_ms)


def _enter(entries: Entries, key: int, fade: float, most: int) -> None:
    """Let all entries fade and count one; beyond `most`, the longest untouched is forgotten."""
    if fade != 1.0:
        for other in entries:
            entries[other] *= fade
    value = entries.pop(key, 0.0)
    if len(entries) == most:
        del entries[next(iter(entries))]
    entries[key] = value + 1.0
