"""Times as text: durations are read exactly, instants are written as RFC 3339."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.times import format_duration, format_time, format_times, parse_duration

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(-62_135_596_800_000, 253_402_300_799_999)
COUNTS = st.integers(0, 10_000)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(0, 999))
def test_duration_is_the_sum_of_its_parts(d: int, h: int, m: int, s: int, ms: int) -> None:
    """Days, hours, minutes, seconds and thousandths add up to milliseconds."""
    text = f"P{d}DT{h}H{m}M{s}.{ms:03}S"

    expected = timedelta(days=d, hours=h, minutes=m, seconds=s, milliseconds=ms)

    assert parse_duration(text) == expected // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("PT30M", 1_800_000), ("P1D", 86_400_000), ("PT0S", 0), ("PT1.5S", 1_500), ("PT90S", 90_000)],
)
def test_usual_durations_are_read(text: str, ms: int) -> None:
    """Any of the parts may be missing."""
    assert parse_duration(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "P1DT", "30M", "P30M", "PT30", "P1Y", "P1M", "P1W", "-PT1S", "PT-1S"),
        *("PT1.S", "PT0.0001S", "PT1M1H", "PT1,5S", "pt1s", " PT1S", "PT1S\n", "PT٣S", "PT1.5M"),
        "P" + "9" * 10 + "D",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """What is not a duration of days, hours, minutes and seconds is refused, with the text."""
    with pytest.raises(ValueError, match="a duration must look like"):
        parse_duration(text)


@given(st.lists(INSTANTS, max_size=70))
def test_many_times_are_written_as_one(instants: list[int]) -> None:
    """An array is written as its instants one by one, and reads back to the same instants."""
    texts = format_times(np.array(instants, dtype=np.int64))

    assert texts == [format_time(ms) for ms in instants]
    moments = [datetime.fromisoformat(text) for text in texts]
    assert [(moment - EPOCH) // timedelta(milliseconds=1) for moment in moments] == instants


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_their_times(a: int, b: int) -> None:
    """Texts have one width, so that they sort as the instants do."""
    assert (format_time(a) < format_time(b)) == (a < b)


@pytest.mark.parametrize("ms", [-62_135_596_800_001, 253_402_300_800_000])
def test_years_of_other_widths_are_refused(ms: int) -> None:
    """Years before 1 and after 9999 cannot be written."""
    with pytest.raises(OverflowError):
        format_time(ms)
    with pytest.raises(OverflowError):
        format_times(np.array([0, ms]))


@given(st.integers(0, 10**12))
def test_a_span_is_read_as_it_was_written(ms: int) -> None:
    """Days, hours, minutes, seconds and their parts, and nothing at all."""
    assert parse_duration(format_duration(ms)) == ms
