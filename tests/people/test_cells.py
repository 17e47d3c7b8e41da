"""Cells: a dictionary a person, whatever the pool has to do for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import pack, unpack
from rtm_flows.people.cells import Cells, Entries, Pool
from rtm_flows.people.state import People

PEOPLE = 5
Touch = tuple[int, int, int]
"""A slot, a key, and what to add; or to take out, if that is 0."""


def touches() -> st.SearchStrategy[list[list[Touch]]]:
    """Return passes of touches: many people with few keys, so that cells come, go and move."""
    touch = st.tuples(st.integers(0, PEOPLE - 1), st.integers(1, 12), st.integers(0, 2))
    return st.lists(st.lists(touch, max_size=30).map(sorted), max_size=8)


def apply(entries: Entries, touch: Touch) -> None:
    """Touch one cell: it moves to the end, or goes."""
    _, key, added = touch
    before = entries.pop(key, [0, 0])
    if added:
        entries[key] = [before[0] + added, before[1] - added]


def run(cells: Cells, passes: list[list[Touch]]) -> None:
    """Let passes touch cells."""
    for one in passes:

        def step(entries: Entries, rows: range, one: list[Touch] = one) -> None:
            for row in rows:
                apply(entries, one[row])

        cells.walk(np.array([slot for slot, _, _ in one], dtype=np.int64), step)


def listed(cells: Cells) -> list[list[tuple[int, list[int]]]]:
    """Return the cells of all people, in order."""
    return [list(one.items()) for one in cells.of(np.arange(PEOPLE))]


@given(touches())
def test_cells_are_dictionaries(passes: list[list[Touch]]) -> None:
    """Keys, values and their order are those of a dict a person that is never written away."""
    plain: list[Entries] = [{} for _ in range(PEOPLE)]
    for one in passes:
        for touch in one:
            apply(plain[touch[0]], touch)
    cells = Cells(Pool("c", "i8", (2,)))
    cells.grow(PEOPLE)
    run(cells, passes)

    assert listed(cells) == [list(one.items()) for one in plain]


@given(touches(), touches(), st.permutations(range(PEOPLE)))
def test_saved_cells_go_on_where_they_were(
    before: list[list[Touch]], after: list[list[Touch]], order: list[int]
) -> None:
    """A state that was packed and restored into other slots answers as if it had not been."""
    names = [f"u:{number}" for number in range(PEOPLE)]
    lanes = np.zeros(PEOPLE, dtype=np.int16)
    pools = [Pool("c", "i8", (2,))]
    first, second = People([], pools), People([], pools)
    first.slots_of(names, lanes)
    run(first.cells["c"], before)
    second.slots_of(["u:other"], lanes)
    slots = second.restore(unpack(pack(first.export(np.array(order)))), 0)

    for people, at in ((first, np.array(order)), (second, slots)):
        moved = [sorted((int(at[slot]), k, a) for slot, k, a in one) for one in after]
        run(people.cells["c"], moved)
    told = [people.cells["c"].of(at) for people, at in ((first, np.array(order)), (second, slots))]
    assert [list(one.items()) for one in told[0]] == [list(one.items()) for one in told[1]]


def test_the_pool_stays_near_what_it_holds() -> None:
    """People whose cells grow and move again and again leave no ever-growing gaps behind."""
    cells = Cells(Pool("c", "i8"))
    cells.grow(100)

    def more(entries: Entries, rows: range) -> None:
        entries[len(entries)] = rows.start

    for _ in range(64):
        cells.walk(np.arange(100), more)

    assert len(cells._key) <= 2 * 100 * 64
    assert cells.of(np.array([99]))[0] == dict.fromkeys(range(64), 99)
