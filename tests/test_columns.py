"""Columns: tables are values, and their bytes come back as they were."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Growing, Table, as_text, concat, pack, unpack

DTYPES = ("i8", "i4", "i2", "u8", "u4", "f8", "?")
TEXTS = st.one_of(st.none(), st.text(max_size=4))


@st.composite
def tables(draw: st.DrawFn, rows: int | None = None) -> Table:
    """Return a table with columns of numbers, of rows of numbers, and of text."""
    rows = draw(st.integers(0, 5)) if rows is None else rows
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for number, dtype in enumerate(DTYPES):
        data = draw(st.binary(min_size=8 * 2 * rows, max_size=8 * 2 * rows))
        size = np.dtype(dtype).itemsize
        flat = np.frombuffer(data[: 2 * rows * size], dtype="u1" if dtype == "?" else dtype)
        columns[f"n{number}"] = (flat % 2 == 1 if dtype == "?" else flat).reshape(rows, 2)
        columns[f"m{number}"] = columns[f"n{number}"][:, 0]
    columns["text"] = as_text(draw(st.lists(TEXTS, min_size=rows, max_size=rows)))
    return Table(columns)


def plain(table: Table) -> dict[str, Any]:
    """Return a table so that every bit, and every type, shows."""
    return {
        name: (column.dtype.str, column.shape, column.tolist())
        if column.dtype == object
        else (column.dtype.str, column.shape, np.ascontiguousarray(column).tobytes())
        for name, column in table.columns.items()
    }


@given(tables())
def test_packed_tables_come_back_to_the_bit(table: Table) -> None:
    """As bytes in a state, and as messages between processes; of any size and layout."""
    assert plain(unpack(pack(table))) == plain(table)
    assert plain(pickle.loads(pickle.dumps(table))) == plain(table)
    backwards = table.take(np.arange(len(table))[::-1])
    assert plain(unpack(pack(backwards.slice(0, 2)))) == plain(backwards.slice(0, 2))


@given(tables())
def test_what_was_unpacked_can_be_written_to(table: Table) -> None:
    """A restored state is changed in place, and not the bytes it came from."""
    data = pack(table)
    found = unpack(data)
    for column in found.columns.values():
        column[:] = column[:1]

    assert plain(unpack(data)) == plain(table)


@given(tables(rows=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_rows_are_chosen_by_place_or_by_mask(table: Table, chosen: list[bool]) -> None:
    """Both ways give the same rows, and joining the two halves gives them all."""
    mask = np.array(chosen)
    places = np.flatnonzero(mask)

    assert plain(table.take(mask)) == plain(table.take(places))
    order = np.argsort(np.concatenate([places, np.flatnonzero(~mask)]))
    assert plain(concat([table.take(mask), table.take(~mask)]).take(order)) == plain(table)


def test_tables_are_values() -> None:
    """Adding and leaving out columns makes another table."""
    table = Table({"a": np.arange(2)})

    assert set(table.with_columns({"b": np.arange(2)})) == {"a", "b"}
    assert list(table.without(["a", "c"])) == []
    assert list(table) == ["a"]
    assert (len(table), len(Table({})), len(table.slice(1, 9))) == (2, 0, 1)


@pytest.mark.parametrize("data", [b"", b"\xff", b"text", msgspec.msgpack.encode([1, 2])])
def test_other_bytes_are_no_table(data: bytes) -> None:
    """They are refused by the decoder."""
    with pytest.raises(msgspec.DecodeError):
        unpack(data)


CHOICES = st.lists(
    st.one_of(
        st.lists(st.integers(0, 7)).map(lambda places: np.array(places, dtype=np.int64)),
        st.lists(st.booleans(), min_size=8, max_size=8).map(np.array),
        st.tuples(st.integers(0, 8), st.integers(0, 8)),
    ),
    max_size=4,
)


@given(tables(rows=8), CHOICES, st.data())
def test_choosing_over_and_over_is_choosing_once(
    table: Table, choices: list[Any], data: st.DataObject
) -> None:
    """Rows chosen of chosen rows are those, whichever columns were looked at on the way."""
    places = np.arange(8)
    chosen = table
    for choice in choices:
        if isinstance(choice, tuple):
            chosen, places = chosen.slice(*choice), places[slice(*choice)]
        else:
            if not len(places):
                break
            fitting = (
                np.resize(choice, len(places)) if choice.dtype == np.bool_ else choice % len(places)
            )
            chosen, places = chosen.take(fitting), places[fitting]
        looked_at = data.draw(st.sampled_from(sorted(chosen)))
        assert len(chosen[looked_at]) == len(chosen) == len(places)

    assert plain(chosen) == plain(Table({name: table[name][places] for name in table}))


@given(st.lists(tables(), max_size=4), tables(rows=2), st.integers(0, 8), st.data())
def test_a_growing_table_holds_all_that_was_added(
    parts: list[Table], last: Table, room: int, data: st.DataObject
) -> None:
    """However much room was asked for, rows are as they came; of any layout."""
    growing = Growing(room)
    added = [*parts, last.take(data.draw(st.permutations(range(2)).map(np.array)))]
    for part in added:
        growing.add(part)

    grown = growing.table
    assert plain(grown) == plain(
        Table({name: np.concatenate([part[name] for part in added]) for name in last})
    )
    assert plain(concat(added)) == plain(grown)


def test_features_stay_side_by_side() -> None:
    """A matrix that lies by columns does so after choosing and joining: rows of it are slow."""
    x = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    chosen = Table({"x": x}).take(np.array([3, 1]))

    assert chosen["x"].tolist() == [[9.0, 10.0, 11.0], [3.0, 4.0, 5.0]]
    assert chosen["x"].flags.f_contiguous
    assert concat([chosen, Table({"x": x})])["x"].flags.f_contiguous
