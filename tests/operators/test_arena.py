"""The arena: one pass for all lanes of a worker, and the state of each under its own key."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from rtm_flows.errors import FeatureError, RecoveryError
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.store import StateStore
from rtm_flows.operators.arena import Arena, LaneLogic
from rtm_flows.operators.housekeeping import Housekeeping


class Sums:
    """A step that adds up numbers by lane, and tells the sums of the lanes that heard some."""

    def __init__(self) -> None:
        self.sums: dict[int, int] = {}
        self.saves: dict[int, int] = {}
        self.saved: list[list[int]] = []
        self.dirty: set[int] = set()
        self.passes = 0

    def take(self, lane: int, message: int) -> None:
        """Add a number."""
        self.sums[lane] = self.sums.get(lane, 0) + message
        self.dirty.add(lane)

    def run(self) -> dict[int, int] | None:
        """Tell the sums that have changed; of zero only, nothing."""
        self.passes += 1
        told = {lane: self.sums[lane] for lane in sorted(self.dirty)}
        self.dirty = set()
        return told if any(told.values()) else None

    def save(self, lanes: Sequence[int]) -> list[Kept]:
        """Return the sums of some lanes."""
        self.saved.append(list(lanes))
        return [self._saved(lane) for lane in lanes]

    def _saved(self, lane: int) -> Kept:
        """Return the sum of a lane, and a part that says how often it was saved."""
        self.saves[lane] = self.saves.get(lane, 0) + 1
        part = str(self.saves[lane]).encode()
        return Kept(str(self.sums[lane]).encode(), part, min(2, self.saves[lane]))

    def load(self, lane: int, head: bytes, parts: Sequence[bytes]) -> None:
        """Restore the sum of a lane."""
        self.sums[lane], self.saves[lane] = int(head), int(parts[0])
        self.dirty.add(lane)


Logic = LaneLogic[int, dict[int, int]]


def arena(store: StateStore | None = None, name: str = "sums") -> Arena[int, dict[int, int]]:
    """Return an arena of sums."""
    return Arena(name, Sums, Housekeeping(store))


def step_of(logic_arena: Arena[int, dict[int, int]]) -> Sums:
    """Return the step of the calling thread."""
    step = logic_arena.seat().step
    assert isinstance(step, Sums)
    return step


def hear(logics: dict[int, Logic], **told: list[int]) -> None:
    """Let lanes (`l0`, `l1`) take messages, as the engine does before it notifies any."""
    for name, numbers in told.items():
        lane = int(name[1:])
        assert logics[lane].on_batch([(lane, n) for n in numbers]) == ([], False)


def notify(logics: dict[int, Logic]) -> list[dict[int, int]]:
    """Notify every lane that asked for it, as the engine does; return all that is told."""
    told = []
    for logic in logics.values():
        if logic.notify_at() is not None:
            some, discard = logic.on_notify()
            assert not discard
            told += some
    return told


def test_one_pass_serves_all_lanes_that_had_messages() -> None:
    """The first lane notified tells for all; the others, and a second round, tell nothing."""
    one = arena()
    logics = {lane: one.logic(None) for lane in range(3)}
    hear(logics, l2=[5], l0=[1, 2])

    assert notify(logics) == [{0: 3, 2: 5}]
    assert notify(logics) == []
    assert step_of(one).passes == 1


def test_a_lane_without_messages_asks_for_nothing() -> None:
    """Whoever heard nothing is not awake, and so is not snapshotted."""
    one = arena()
    logics = {lane: one.logic(None) for lane in range(2)}
    hear(logics, l0=[1])

    assert logics[1].notify_at() is None
    moment = logics[0].notify_at()
    assert moment is not None
    assert moment.tzinfo is not None


def test_a_pass_that_tells_nothing_is_no_message() -> None:
    """The step's None does not travel."""
    one = arena()
    logics = {0: one.logic(None)}
    hear(logics, l0=[0])

    assert notify(logics) == []


def test_the_end_of_input_runs_what_still_waits() -> None:
    """Once; the state stays for a resume."""
    one = arena()
    logics = {lane: one.logic(None) for lane in range(2)}
    hear(logics, l0=[1], l1=[2])

    assert logics[0].on_eof() == ([{0: 1, 1: 2}], False)
    assert logics[1].on_eof() == ([], False)


def test_a_lane_is_restored_under_another_order_of_keys() -> None:
    """Every lane's state comes back, is looked at in the next pass, and is told once."""
    store = StateStore(key=b"key")
    one, other = arena(store), arena(store)
    logics = {lane: one.logic(None) for lane in range(3)}
    hear(logics, l0=[1], l1=[2], l2=[3])
    notify(logics)
    rows = {lane: logic.snapshot() for lane, logic in logics.items()}

    restored = {lane: other.logic(rows[lane]) for lane in (2, 0, 1)}
    hear(restored, l1=[10])
    assert notify(restored) == [{0: 1, 1: 12, 2: 3}]
    saved = {lane: store.get("sums", lane, restored[lane].snapshot()) for lane in range(3)}
    assert {lane: head for lane, (head, _) in saved.items()} == {0: b"1", 1: b"12", 2: b"3"}
    assert {parts for _, parts in saved.values()} == {(b"2", b"1")}


def heads(store: StateStore, logics: dict[int, Logic], *lanes: int) -> dict[int, int]:
    """Return the sums that some lanes have saved, as they are asked for in this order."""
    return {lane: int(store.get("sums", lane, logics[lane].snapshot()).head) for lane in lanes}


def test_lanes_that_are_awake_are_saved_in_one_go() -> None:
    """In whatever order they are asked, and whoever is not awake is not saved."""
    store = StateStore()
    one = arena(store)
    logics = {lane: one.logic(None) for lane in range(4)}
    hear(logics, l0=[1], l2=[2], l3=[3])
    notify(logics)

    assert heads(store, logics, 3, 0, 2) == {0: 1, 2: 2, 3: 3}
    hear(logics, l0=[5], l1=[7])
    notify(logics)
    assert heads(store, logics, 0, 1) == {0: 6, 1: 7}
    assert step_of(one).saved == [[0, 2, 3], [0, 1]]


def test_what_was_saved_with_another_lane_is_not_told_when_it_is_old() -> None:
    """A lane that was not asked for, and is called again, is saved as it is then."""
    store = StateStore()
    one = arena(store)
    logics = {lane: one.logic(None) for lane in range(2)}
    hear(logics, l0=[1], l1=[2])
    notify(logics)

    assert heads(store, logics, 0) == {0: 1}
    hear(logics, l1=[10])
    assert heads(store, logics, 1) == {1: 12}


def test_a_lane_that_only_ran_the_pass_is_saved_with_the_others() -> None:
    """What a notification changed is in the next snapshot, whoever had a message."""
    store = StateStore()
    one = arena(store)
    logics = {lane: one.logic(None) for lane in range(2)}
    hear(logics, l0=[1], l1=[2])
    heads(store, logics, 0, 1)
    notify(logics)

    assert heads(store, logics, 0, 1) == {0: 1, 1: 2}
    assert step_of(one).saved == [[0, 1], [0, 1]]


def test_the_state_of_another_step_is_refused() -> None:
    """Though it is sealed, it is not what this step has written."""
    store = StateStore()
    one = arena(store)
    logics = {0: one.logic(None)}
    hear(logics, l0=[1])

    with pytest.raises(RecoveryError, match="row of others lane 0 holds sums lane 0"):
        arena(store, "others").logic(logics[0].snapshot())


def test_without_recovery_nothing_is_saved() -> None:
    """Snapshots cost nothing where nobody reads them, and are not read."""
    one = arena()
    logics = {0: one.logic(None)}
    hear(logics, l0=[1])

    assert logics[0].snapshot() == b""
    assert arena().logic(b"whatever").notify_at() is None


def test_each_thread_has_a_seat_of_its_own() -> None:
    """Workers of one process share nothing; lanes of one worker share all."""
    one = arena()
    seats = []
    threads = [threading.Thread(target=lambda: seats.append(one.seat())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert one.seat() is one.seat()
    assert len({id(seat) for seat in (*seats, one.seat())}) == 3


class Fails(Sums):
    """A step that cannot go on."""

    def run(self) -> dict[int, int] | None:
        """Fail."""
        msg = "a feature breaks its contract"
        raise FeatureError(msg)


def test_why_a_step_could_not_go_on_is_kept() -> None:
    """In a cluster the engine tells of the connection that broke, so the run asks here."""
    failing: Arena[int, dict[int, int]] = Arena("fails", Fails, Housekeeping())
    logic = failing.logic(None)
    logic.on_batch([(0, 1)])

    with pytest.raises(FeatureError) as told:
        logic.on_notify()
    assert failing.failures.first is told.value


def test_why_a_state_was_refused_is_kept() -> None:
    """As of any other step that could not go on."""
    store = StateStore()
    other = arena(store)

    with pytest.raises(RecoveryError) as told:
        other.logic(store.put_whole("other", 0, b"1"))
    assert other.failures.first is told.value
