"""The state store: what comes back is what was put, or nothing."""

from __future__ import annotations

import os
import pickle
import resource
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.state_files import sizes
from rtm_flows.lanes.store import FORMAT, KEY_VARIABLE, STATE, StateStore

KEYS = st.one_of(st.none(), st.binary(min_size=1, max_size=8))
PUTS = st.dictionaries(
    st.integers(0, 2),
    st.builds(Kept, st.binary(max_size=30), st.binary(max_size=60), st.integers(1, 4)),
    min_size=1,
)
"""What some lanes give at once."""


def whole(people: bytes) -> Kept:
    """Return what a lane gives that writes everybody each time."""
    return Kept(b"head", people, depth=1)


def files(folder: Path) -> list[Path]:
    """Return the state files of a recovery folder."""
    return sorted((folder / STATE).iterdir())


@given(KEYS, st.text(max_size=8), st.integers(0, 255), st.binary(max_size=200))
def test_a_small_state_comes_back(key: bytes | None, step: str, lane: int, state: bytes) -> None:
    """With a key or without one, every state of every lane."""
    store = StateStore(key=key)
    row = store.put_whole(step, lane, state)

    assert store.get_whole(step, lane, row) == state
    assert store.open(row).lane == lane


@given(KEYS, st.lists(PUTS, max_size=12), st.booleans(), st.integers(1, 200))
def test_a_lane_gets_back_the_parts_that_it_needs(
    tmp_path_factory: pytest.TempPathFactory,
    key: bytes | None,
    puts: list[dict[int, Kept]],
    in_files: bool,
    file_bytes: int,
) -> None:
    """The newest first, as many as it said, after every put, and after a restart."""
    folder = tmp_path_factory.mktemp("state") if in_files else None
    store = StateStore(folder, key, file_bytes=file_bytes)
    rows: dict[int, bytes] = {}
    wanted: dict[int, Loaded] = {}
    for number, some in enumerate(puts):
        if number == len(puts) // 2:
            store = StateStore(folder, key, file_bytes=file_bytes)
            for old, row in rows.items():
                assert store.get("know", old, row) == wanted[old]
        rows |= store.put_all("know", some)
        for lane, (head, people, depth) in some.items():
            before = wanted.get(lane, Loaded(b"", ())).parts
            parts = ((people,) if people else ()) + before
            wanted[lane] = Loaded(head, parts[:depth])

    other = StateStore(folder, key)
    for lane, row in rows.items():
        assert other.get("know", lane, row) == wanted[lane]


@given(KEYS, st.binary(max_size=60), st.booleans(), st.data())
def test_any_flipped_bit_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
    key: bytes | None,
    state: bytes,
    in_files: bool,
    data: st.DataObject,
) -> None:
    """Wherever a row is damaged, it is not taken for a state."""
    folder = tmp_path_factory.mktemp("state") if in_files else None
    store = StateStore(folder, key)
    row = bytearray(store.put("know", 7, whole(state)))
    bit = data.draw(st.integers(0, 8 * len(row) - 1))
    row[bit // 8] ^= 1 << bit % 8

    with pytest.raises(RecoveryError):
        store.get("know", 7, bytes(row))


@given(KEYS, st.binary(min_size=1, max_size=60), st.data())
def test_any_flipped_bit_of_a_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, key: bytes | None, state: bytes, data: st.DataObject
) -> None:
    """The message names the file, the place, the lane and the remedy."""
    folder = tmp_path_factory.mktemp("state")
    row = StateStore(folder, key).put("know", 7, whole(state))
    (path,) = files(folder)
    spoilt = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(spoilt) - 1))
    spoilt[bit // 8] ^= 1 << bit % 8
    path.write_bytes(spoilt)

    said = r"\.state: the part of know lane 7 at byte 0 is damaged .*; restore a backup of the wh"
    with pytest.raises(RecoveryError, match=said):
        StateStore(folder, key).get("know", 7, row)


def test_each_flipped_bit_of_a_row_is_refused() -> None:
    """Every single one, of a short row."""
    store = StateStore()
    sound = store.put_whole("know", 7, b"state")

    for bit in range(8 * len(sound)):
        row = bytearray(sound)
        row[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RecoveryError):
            store.get_whole("know", 7, bytes(row))


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_a_cut_row_is_refused(cut: int) -> None:
    """What is missing is noticed, and the message says what to do."""
    row = StateStore().put_whole("know", 7, b"state")

    with pytest.raises(RecoveryError, match="damaged; start anew without --recovery, or restore"):
        StateStore().get_whole("know", 7, row[:cut])


@pytest.mark.parametrize("left", [0, 3])
def test_a_cut_file_is_refused(tmp_path: Path, left: int) -> None:
    """Also where nothing is left of it."""
    row = StateStore(tmp_path).put("know", 7, whole(b"state"))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:left])

    with pytest.raises(
        RecoveryError, match="lane 7 at byte 0 ends before its end, so the file was"
    ):
        StateStore(tmp_path).get("know", 7, row)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """By its name."""
    row = StateStore(tmp_path).put("know", 7, whole(b"state"))
    (path,) = files(tmp_path)
    path.unlink()

    with pytest.raises(RecoveryError, match=f"{path.name}: is missing, but state was kept in it"):
        StateStore(tmp_path).get("know", 7, row)


def test_parts_swapped_between_lanes_are_refused(tmp_path: Path) -> None:
    """Though each is sealed, and as long as the other."""
    store = StateStore(tmp_path)
    rows = [store.put("know", lane, whole(b"lane%d" % lane)) for lane in range(2)]
    (path,) = files(tmp_path)
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[half:] + data[:half])

    for lane, row in enumerate(rows):
        with pytest.raises(
            RecoveryError, match=f"part of know lane {lane} at byte {half * lane} is d"
        ):
            StateStore(tmp_path).get("know", lane, row)


@pytest.mark.parametrize(("ours", "theirs"), [(b"a", b"b"), (None, b"b"), (b"a", None)])
def test_another_key_is_refused(tmp_path: Path, ours: bytes | None, theirs: bytes | None) -> None:
    """A state sealed with one key is opened by no other, and not without one."""
    row = StateStore(tmp_path, ours).put("know", 7, whole(b"state"))

    with pytest.raises(RecoveryError, match=f"know lane 7 .* another {KEY_VARIABLE}"):
        StateStore(tmp_path, theirs).get("know", 7, row)


@pytest.mark.parametrize(("step", "lane"), [("know", 8), ("decide", 7), ("decide", 8)])
def test_a_row_of_another_lane_or_step_is_refused(step: str, lane: int) -> None:
    """A good row in the wrong place is named with both places."""
    row = StateStore().put("know", 7, whole(b"state"))

    with pytest.raises(RecoveryError, match=f"row of {step} lane {lane} holds know lane 7"):
        StateStore().get(step, lane, row)


def test_a_row_with_files_is_not_read_without_and_not_the_other_way(tmp_path: Path) -> None:
    """A step that kept its state otherwise is refused, not started empty."""
    with_files = StateStore(tmp_path).put("know", 7, whole(b"state"))
    without = StateStore().put("know", 7, whole(b"state"))

    with pytest.raises(RecoveryError, match="lane 7 names files"):
        StateStore().get("know", 7, with_files)
    with pytest.raises(RecoveryError, match="lane 7 holds its state without files"):
        StateStore(tmp_path).get("know", 7, without)


def test_another_format_is_refused() -> None:
    """A row of another version names the format that it has and the one wanted."""
    for row in ([FORMAT + 1, 0, "know", 7, b"", b"state"], [FORMAT - 1, "know", 7, b"", b"state"]):
        said = f"format {row[0]}; this version reads .* {FORMAT}"
        with pytest.raises(RecoveryError, match=said):
            StateStore().open(msgspec.msgpack.encode(row))


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
    opened = StateStore(key="schlüssel".encode()).get_whole("know", 7, sealed)
    assert opened == b"state"
    assert sealed != plain


def test_stores_do_not_share_files(tmp_path: Path) -> None:
    """Processes and restarts write beside each other, each into its own."""
    rows = [StateStore(tmp_path).put("know", 7, whole(b"state")) for _ in range(20)]

    assert len(sizes(tmp_path / STATE)) == 20
    assert all(StateStore(tmp_path).get("know", 7, row).parts == (b"state",) for row in rows)
    assert {path.stat().st_mode & 0o777 for path in files(tmp_path)} == {0o600}


def test_parts_of_one_snapshot_fill_files_one_after_the_other(tmp_path: Path) -> None:
    """None is begun in a file that has its size, however many parts come at once."""
    store = StateStore(tmp_path, file_bytes=100)
    rows = store.put_all("know", {lane: whole(bytes([lane]) * 60) for lane in range(7)})

    assert sorted(sizes(tmp_path / STATE).values()) == [61, 122, 122, 122]
    for lane, row in rows.items():
        assert StateStore(tmp_path).get("know", lane, row).parts == (bytes([lane]) * 60,)


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """What was put before comes back; what could not be written was given no row."""
    store = StateStore(tmp_path)
    row = store.put("know", 7, whole(b"state"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(
            RecoveryError, match=r"state could not be written \(File too large\); m"
        ):
            store.put_all("know", {lane: whole(os.urandom(800)) for lane in range(6, 9)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert StateStore(tmp_path).get("know", 7, row) == Loaded(b"head", (b"state",))
    later = store.put("know", 7, whole(b"later"))
    assert StateStore(tmp_path).get("know", 7, later).parts == (b"later",)
