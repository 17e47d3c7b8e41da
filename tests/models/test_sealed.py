"""Sealed bytes: what goes in comes out, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models import sealed
from rtm_flows.models.sealed import seal, unseal


class Note(msgspec.Struct):
    """A record to seal."""

    x: float
    names: list[str]


class Other(msgspec.Struct):
    """A record of another shape."""

    y: int


@given(st.floats(allow_nan=False), st.lists(st.text()))
def test_records_come_back_to_the_bit(x: float, names: list[str]) -> None:
    """A sealed record is read back equal."""
    assert unseal("note", seal("note", Note(x, names)), Note) == Note(x, names)


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    """A byte changed, cut off or added makes the whole unreadable."""
    whole = seal("note", Note(0.5, ["a"]))
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))

    for damaged in (bytes(flipped), whole[:at], whole + b"\0"):
        with pytest.raises(RecoveryError, match="saved note is damaged"):
            unseal("note", damaged, Note)


def test_another_kind_is_refused() -> None:
    """A note is not read where a model is wanted."""
    with pytest.raises(RecoveryError, match=r"must be of kind 'model'.*got 'note'"):
        unseal("model", seal("note", Note(0.5, [])), Note)


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of a later layout are refused by number."""
    with monkeypatch.context() as patch:
        patch.setattr(sealed, "FORMAT", 2)
        later = seal("note", Note(0.5, []))

    with pytest.raises(RecoveryError, match="format 1; got 'note', 2"):
        unseal("note", later, Note)


def test_another_shape_is_refused() -> None:
    """A sound seal around other values is refused too."""
    with pytest.raises(RecoveryError, match="cannot be read"):
        unseal("note", seal("note", Other(1)), Note)
