"""Tests of RFC 3339 times."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.rfc3339 import read_rfc3339

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OFFSETS = st.integers(-1439, 1439).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))


@given(
    st.lists(
        st.tuples(
            st.datetimes(min_value=dt.datetime(2, 1, 1), max_value=dt.datetime(9998, 1, 1)),  # noqa: DTZ001
            st.none() | OFFSETS,
            st.sampled_from("T t"),
        ),
        min_size=1,
    )
)
def test_every_written_time_is_read_back(
    written: list[tuple[dt.datetime, dt.timezone | None, str]],
) -> None:
    """What datetime writes is read, to the millisecond below, with its zone or without."""
    moments = [naive.replace(tzinfo=zone) for naive, zone, _ in written]
    texts = [m.isoformat(sep) for m, (_, _, sep) in zip(moments, written, strict=True)]

    ms, valid, naive = read_rfc3339(texts)

    assert valid.all()
    assert naive.tolist() == [m.tzinfo is None for m in moments]
    instants = [m if m.tzinfo else m.replace(tzinfo=dt.UTC) for m in moments]
    assert ms.tolist() == [(m - EPOCH) // dt.timedelta(milliseconds=1) for m in instants]


@given(st.from_regex(r"\A20[0-9-]{8}[T ][0-9:]{8}(\.[0-9]{1,6})?(Z|[+-][0-9:]{5})?\Z"))
def test_nothing_is_read_that_is_no_time(text: str) -> None:
    """Whatever looks like a time but is none, such as 30 February, is not valid."""
    ms, valid, naive = read_rfc3339([text])
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        assert not valid[0]
        return

    if valid[0]:  # fromisoformat knows more ways to write a time
        assert bool(naive[0]) == (moment.tzinfo is None)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        assert ms[0] == (aware - EPOCH) // dt.timedelta(milliseconds=1)


@given(st.lists(st.text(max_size=45)))
def test_arbitrary_text_is_refused_quietly(texts: list[str]) -> None:
    """Text that is no time is marked, whatever it is."""
    assert read_rfc3339(texts).valid.tolist() == [False] * len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+23:60",
        "2024-01-01T00:00:00 Z",
        " 2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00Z\n",
        "2024-01-01T00:00:00٣Z",
        "٢٠٢٤-01-01T00:00:00Z",
    ],
)
def test_near_misses_are_no_times(text: str) -> None:
    """Days, hours and offsets that do not exist are not bent into some that do."""
    assert not read_rfc3339([text]).valid[0]


@given(st.integers(1, 5_000), st.integers(0, 999))
def test_fractions_of_any_length_are_cut_to_milliseconds(nines: int, ms: int) -> None:
    """Digits after the third change nothing, however many there are."""
    text = f"1970-01-01T00:00:00.{ms:03}{'9' * nines}Z"

    assert read_rfc3339([text]).ms.tolist() == [ms]
