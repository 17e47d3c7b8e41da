"""Dealing: every row to its lane, in its order, and none lost."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.lanes.deal import deal, lane_of
from rtm_flows.lanes.span import Span, join


def table(rows: int) -> Table:
    """Return numbered rows."""
    return Table({"n": np.arange(rows), "text": as_text([str(n) for n in range(rows)])})


@given(st.lists(st.integers(0, 6), max_size=20))
def test_each_row_goes_to_its_lane_in_order(lanes: list[int]) -> None:
    """Lanes come ascending, each once, with its rows in the order of the table."""
    found = [
        (lane, span.table["n"].tolist()) for lane, span in deal(table(len(lanes)), np.array(lanes))
    ]

    assert found == [
        (lane, [i for i, own in enumerate(lanes) if own == lane]) for lane in sorted(set(lanes))
    ]


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20), st.integers(1, 256))
def test_a_lane_is_the_hash_modulo_the_lanes(hashes: list[int], lanes: int) -> None:
    """Also of hashes that a signed number could not hold."""
    found = lane_of(np.array(hashes, dtype=np.uint32), lanes)

    assert found.tolist() == [value % lanes for value in hashes]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6))
def test_spans_join_to_their_rows(bounds: list[tuple[int, int]]) -> None:
    """Neighbours, strangers and spans of nothing: the rows of one below those of the other."""
    whole, other = table(6), table(6)
    spans = [Span(whole if a % 2 else other, min(a, b), max(a, b)) for a, b in bounds]
    expected = [n for span in spans for n in range(span.start, span.stop)]

    assert join(spans)["n"].tolist() == expected
    assert join(spans)["text"].tolist() == [str(n) for n in expected]


def test_a_span_travels_without_the_rows_of_others() -> None:
    """Between processes goes what belongs to the lane, not the batch it was cut from."""
    big = Table({"n": np.arange(100_000)})
    span = Span(big, 10, 13)
    data = pickle.dumps(span)
    copy = pickle.loads(data)

    assert len(data) < 1_000
    assert (len(copy), copy.table["n"].tolist()) == (3, [10, 11, 12])


def test_a_span_is_packed_once() -> None:
    """The engine pickles what it sends twice: the second time costs nothing."""
    span = Span(Table({"n": np.arange(9)}), 2, 5)
    (table, *_), (again, *_) = span.__reduce__()[1], span.__reduce__()[1]
    assert again.__reduce__()[1][0] is table.__reduce__()[1][0]
