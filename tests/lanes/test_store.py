"""The state store: what comes back is what was put, or nothing."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.store import FORMAT, KEY_VARIABLE, StateStore

KEYS = st.one_of(st.none(), st.binary(min_size=1, max_size=8))


@given(KEYS, st.text(max_size=8), st.integers(0, 255), st.binary(max_size=200))
def test_what_was_put_comes_back(key: bytes | None, step: str, lane: int, state: bytes) -> None:
    """With a key or without one, every state of every lane."""
    store = StateStore(key)
    row = store.put_whole(step, lane, state)

    assert store.get_whole(step, lane, row) == state
    assert store.open(row).state == state


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=20))
def test_the_parts_that_are_needed_come_back(saves: list[tuple[int, bool]]) -> None:
    """The newest first, as deep as the last save said, also where another process goes on."""
    store, before = StateStore(b"key"), 0
    for number, (wanted, restarted) in enumerate(saves):
        depth = min(wanted, before + 1)
        part = str(number).encode()
        row = store.put("know", 7, Kept(b"head" + part, part, depth))
        if restarted:
            store = StateStore(b"key")
        found = store.get("know", 7, row)
        parts = [str(number - age).encode() for age in range(depth)]
        assert found == Loaded(b"head" + part, tuple(parts))
        before = depth


def test_a_lane_without_people_needs_no_part() -> None:
    """Neither the one that it gives, nor those before."""
    store = StateStore()
    store.put("know", 7, Kept(b"head", b"people", 1))

    assert store.get("know", 7, store.put("know", 7, Kept(b"head", b"", 0))).parts == ()


@given(KEYS, st.binary(max_size=60), st.data())
def test_any_flipped_bit_is_refused(key: bytes | None, state: bytes, data: st.DataObject) -> None:
    """Wherever a row is damaged, it is not taken for a state."""
    store = StateStore(key)
    row = bytearray(store.put_whole("know", 7, state))
    bit = data.draw(st.integers(0, 8 * len(row) - 1))
    row[bit // 8] ^= 1 << bit % 8

    with pytest.raises(RecoveryError):
        store.get_whole("know", 7, bytes(row))


def test_each_flipped_bit_of_a_row_is_refused() -> None:
    """Every single one, of a short row."""
    store = StateStore()
    whole = store.put_whole("know", 7, b"state")

    for bit in range(8 * len(whole)):
        row = bytearray(whole)
        row[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RecoveryError):
            store.get_whole("know", 7, bytes(row))


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_a_cut_row_is_refused(cut: int) -> None:
    """What is missing is noticed, and the message says what to do."""
    row = StateStore().put_whole("know", 7, b"state")

    with pytest.raises(RecoveryError, match="damaged; start anew without --recovery, or restore"):
        StateStore().get_whole("know", 7, row[:cut])


@pytest.mark.parametrize(("ours", "theirs"), [(b"a", b"b"), (None, b"b"), (b"a", None)])
def test_another_key_is_refused(ours: bytes | None, theirs: bytes | None) -> None:
    """A state sealed with one key is opened by no other, and not without one."""
    row = StateStore(ours).put_whole("know", 7, b"state")

    with pytest.raises(RecoveryError, match=f"know lane 7 .* another {KEY_VARIABLE}"):
        StateStore(theirs).get_whole("know", 7, row)


@pytest.mark.parametrize(("step", "lane"), [("know", 8), ("decide", 7), ("decide", 8)])
def test_a_row_of_another_lane_or_step_is_refused(step: str, lane: int) -> None:
    """A good row in the wrong place is named with both places."""
    row = StateStore().put_whole("know", 7, b"state")

    with pytest.raises(RecoveryError, match=f"row of {step} lane {lane} holds know lane 7"):
        StateStore().get_whole(step, lane, row)


def test_another_format_is_refused() -> None:
    """A row of a later version names the format that it has and the one wanted."""
    row = msgspec.msgpack.encode([FORMAT + 1, "know", 7, b"", b"state"])

    with pytest.raises(RecoveryError, match=f"format {FORMAT + 1}; this version reads .* {FORMAT}"):
        StateStore().open(row)


def test_a_pickle_is_refused_and_not_run() -> None:
    """Nothing is executed on the way back."""
    with pytest.raises(RecoveryError, match="damaged"):
        StateStore().open(pickle.dumps({"know": 7}))


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`RTM_STATE_KEY` seals; where it is not set, or empty, a checksum does."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    plain = StateStore.from_environment().put_whole("know", 7, b"state")
    monkeypatch.setenv(KEY_VARIABLE, "")
    assert StateStore.from_environment().get_whole("know", 7, plain) == b"state"

    monkeypatch.setenv(KEY_VARIABLE, "schlüssel")
    sealed = StateStore.from_environment().put_whole("know", 7, b"state")
    assert StateStore("schlüssel".encode()).get_whole("know", 7, sealed) == b"state"
    assert sealed != plain
