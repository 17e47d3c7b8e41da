"""Parts come back from what is written of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.lanes.part_codec import SMALL, decoded, encoded


@given(st.binary(max_size=40), st.sampled_from([1, 10, 40, 1000]))
def test_a_part_comes_back(data: bytes, times: int) -> None:
    """Small or large, plain or compressed, none at all."""
    assert decoded(encoded(data * times)) == data * times


def test_what_is_large_takes_less() -> None:
    """And what is small one byte more."""
    assert len(encoded(b"1234" * SMALL)) < SMALL
    assert encoded(b"1234") == b"\x001234"
