"""Maps: a dictionary a person, whatever the pool has to do for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.people.maps import Entries, MapField, Maps

PEOPLE = 5
Touch = tuple[int, int, int]
"""A slot, a key, and what to add; or to take out, if that is 0."""


def touches() -> st.SearchStrategy[list[list[Touch]]]:
    """Return passes of touches: many people with few keys, so that entries come, go and move."""
    touch = st.tuples(st.integers(0, PEOPLE - 1), st.integers(1, 12), st.integers(0, 2))
    return st.lists(st.lists(touch, max_size=30).map(sorted), max_size=8)


def apply(entries: Entries, touch: Touch) -> None:
    """Touch one entry: it moves to the end, or goes."""
    _, key, added = touch
    before = entries.pop(key, [0, 0])
    if added:
        entries[key] = [before[0] + added, before[1] - added]


def run(maps: Maps, passes: list[list[Touch]]) -> None:
    """Let passes touch maps."""
    for one in passes:

        def step(entries: Entries, rows: range, one: list[Touch] = one) -> None:
            for row in rows:
                apply(entries, one[row])

        maps.walk(np.array([slot for slot, _, _ in one], dtype=np.int64), step)


def listed(maps: Maps) -> list[list[tuple[int, list[int]]]]:
    """Return the entries of all people, in order."""
    return [list(one.items()) for one in maps.of(np.arange(PEOPLE))]


@given(touches())
def test_maps_are_dictionaries(passes: list[list[Touch]]) -> None:
    """Keys, values and their order are those of a dict a person that is never written away."""
    plain: list[Entries] = [{} for _ in range(PEOPLE)]
    for one in passes:
        for touch in one:
            apply(plain[touch[0]], touch)
    maps = Maps(MapField("c", "i8", (2,)))
    run(maps, passes)

    assert listed(maps) == [list(one.items()) for one in plain]


@given(touches(), touches(), st.permutations(range(PEOPLE)))
def test_saved_maps_go_on_where_they_were(
    before: list[list[Touch]], after: list[list[Touch]], order: list[int]
) -> None:
    """Maps that were packed and restored into other slots answer as if they had not been."""
    field = MapField("c", "i8", (2,))
    first, second = Maps(field), Maps(field)
    run(first, before)
    counts, entries = first.export(np.array(order))
    second.restore(np.arange(PEOPLE) + 3, counts, unpack(pack(entries)))

    run(first, after)
    place = {slot: at + 3 for at, slot in enumerate(order)}
    run(second, [sorted((place[slot], k, added) for slot, k, added in one) for one in after])
    told = first.of(np.array(order)), second.of(np.arange(PEOPLE) + 3)
    assert [list(one.items()) for one in told[0]] == [list(one.items()) for one in told[1]]
