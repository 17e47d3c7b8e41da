"""The pool: runs of records of any length, against a plain dict of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.people.pool import Pool
from rtm_flows.people.rows import Ints

ONE = np.dtype([("cell", "i4"), ("v", "i1")])
Runs = Mapping[int, Sequence[int]]


def write(pool: Pool, runs: Runs) -> None:
    """Give slots the records with these cells, in one call."""
    cells = [cell for run in runs.values() for cell in run]
    records = np.zeros(len(cells), dtype=pool.dtype)
    records["cell"] = cells
    records["v"] = [cell % 100 for cell in cells]
    counts = np.array([len(run) for run in runs.values()], dtype=np.int64)
    pool.write(np.array(list(runs), dtype=np.int64), counts, records)


def read(pool: Pool, slots: Sequence[int]) -> list[list[int]]:
    """Return the cells of each slot, once the other field was seen to belong to them."""
    counts, records = pool.read(np.array(slots, dtype=np.int64))
    assert records["v"].tolist() == [cell % 100 for cell in records["cell"].tolist()]
    ends: Ints = np.cumsum(counts)
    return [run.tolist() for run in np.split(records["cell"], ends[:-1])] if len(slots) else []


def runs(longest: int = 30) -> st.SearchStrategy[dict[int, list[int]]]:
    """Return what one call writes: some slots, and as many records as there may be."""
    run = st.integers(0, longest).flatmap(lambda n: st.just([*range(n, 2 * n)]))
    return st.dictionaries(st.sampled_from([0, 1, 2, 3, 2000, 5000]), run, max_size=6)


@given(st.lists(runs(), max_size=12))
def test_every_slot_has_what_was_written_last(calls: list[dict[int, list[int]]]) -> None:
    """Whatever lies between, in any order asked for; who was never written has nothing."""
    pool, wanted = Pool(ONE), dict[int, list[int]]()
    for call in calls:
        write(pool, call)
        wanted |= call
        slots = [9000, *reversed(wanted), 1]

        assert read(pool, slots) == [wanted.get(slot, []) for slot in slots]


def test_nobody_has_nothing() -> None:
    """A call about no slots reads and writes nothing."""
    pool = Pool(ONE)
    write(pool, {})

    assert read(pool, []) == []


def test_room_that_was_left_is_used_again() -> None:
    """However often people come and go, the pool grows no further than their largest number."""
    pool = Pool(ONE)
    everybody: Runs = {slot: range(slot % 40) for slot in range(500)}
    write(pool, everybody)
    once = pool.nbytes
    for shift in range(1, 20):
        write(pool, dict.fromkeys(everybody, ()))
        write(pool, {slot: everybody[(slot + shift) % 500] for slot in everybody})

        assert pool.nbytes == once


def test_little_room_is_left_unused() -> None:
    """A run of records lies in a place at most half as large again as itself."""
    for length in [*range(1, 70), 1000, 4097]:
        pool = Pool(ONE)
        nothing = pool.nbytes
        write(pool, {0: range(length)})

        assert length * ONE.itemsize <= pool.nbytes - nothing <= 1.5 * length * ONE.itemsize


def test_wider_fields_hold_what_was_there() -> None:
    """Nobody loses a value, and what is written next may be larger."""
    pool = Pool(ONE)
    before: Runs = {slot: range(slot, slot + 7) for slot in range(900)}
    write(pool, before)
    pool.widen(np.dtype([("cell", "i8"), ("v", "i2")]))
    write(pool, {3: [1 << 40]})

    assert read(pool, list(before)) == [
        [1 << 40] if slot == 3 else list(run) for slot, run in before.items()
    ]
