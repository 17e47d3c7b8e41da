"""De-duplication: what is a copy, the numbers of derived ids, and what may be forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text, pack, unpack
from rtm_flows.people.dedup import Seen
from rtm_flows.people.packed_ids import unpacked
from rtm_flows.people.state import People

START = 1_767_225_600_000
WINDOW = 5_000
LANES = {"u:ann": 0, "u:bob": 0, "a:7": 1}


class Told(NamedTuple):
    """One event as de-duplication sees it."""

    person: str = "u:ann"
    id: str = "e1"
    time: int = START
    source: str = "shop"
    derived: bool = False
    type: str = "search"
    price: int = 0
    quantity: int = 1
    amount: int = 0


class Found(NamedTuple):
    """What became of events: the final ids of new ones (None for copies), and counts."""

    ids: list[str | None]
    duplicates: int
    conflicting: int


class Memory:
    """The ids seen by one worker, with its people; `move` gives all lanes to another."""

    def __init__(self, window: int = WINDOW) -> None:
        self.window = window
        self.people = People([])
        self.seen = Seen("shop", window)

    def admit(self, events: Sequence[Told]) -> Found:
        """Take one pass."""
        lanes = np.array([LANES[one.person] for one in events], dtype=np.int64)
        slot = self.people.slots_of([one.person for one in events], lanes.astype(np.int16))
        columns: dict[str, np.ndarray[Any, Any]] = {
            name: as_text([getattr(one, name) for one in events])
            for name in ("id", "source", "type")
        }
        for name in ("time", "price", "quantity", "amount"):
            columns[name] = np.array([getattr(one, name) for one in events], dtype=np.int64)
        columns["derived"] = np.array([one.derived for one in events], dtype=np.bool_)
        new, ids, duplicates, conflicting = self.seen.admit(Table(columns), slot, lanes)
        final = [id_ if one else None for one, id_ in zip(new.tolist(), ids.tolist(), strict=True)]
        return Found(final, duplicates, conflicting)

    def move(self) -> None:
        """Go on in another worker, whose people have other slots."""
        people, seen = People([]), Seen("shop", self.window)
        people.slots_of(["a:zoe", "u:zoe"], np.full(2, 2, dtype=np.int16))
        for lane in (1, 0):
            people.restore(unpack(pack(self.people.export(self.people.of_lane(lane)))), lane)
            counts, table = self.seen.export(self.people.of_lane(lane), 0)
            seen.restore(people.of_lane(lane), counts, unpack(pack(table)))
        self.people, self.seen = people, seen

    def save(self, mark: int) -> list[list[bytes]]:
        """Return what is saved of each lane when time has come to a mark; all are asleep then."""
        oldest = self.seen.oldest(mark)
        lanes = [self.people.of_lane(lane) for lane in (0, 1)]
        return [self.seen.export(lane, oldest)[1]["ids"].tolist() for lane in lanes]

    def forget(self, mark: int) -> None:
        """Let every lane forget what it may, however little it holds."""
        self.seen._limit = dict.fromkeys(LANES.values(), 0)
        for lane in set(LANES.values()):
            self.seen.forget(lane, mark, self.people)

    @property
    def size(self) -> int:
        """How many entries of people of lane 0 are held, whether they matter or not."""
        _, found = self.seen.export(self.people.of_lane(0), 0)
        return sum(len(unpacked(data)[0]) for data in found["ids"].tolist())


class Plain:
    """The rule in a plain loop, which forgets nothing."""

    def __init__(self, window: int = WINDOW) -> None:
        self.window = window
        self.accepted: list[Told] = []
        self.numbers: dict[tuple[str, str], tuple[int, int]] = {}

    def admit(self, events: Sequence[Told]) -> Found:
        """Take events one by one."""
        ids, duplicates, conflicting = list[str | None](), 0, 0
        for one in events:
            original = self.original(one)
            if original is not None:
                ids.append(None)
                duplicates += 1
                conflicting += one[5:] != original[5:] or one.time != original.time
                continue
            self.accepted.append(one)
            ids.append(self.number(one) if one.derived else one.id)
        return Found(ids, duplicates, conflicting)

    def number(self, one: Told) -> str:
        """Return a derived id with its number, counted anew after the window."""
        count, latest = self.numbers.get(one[:2], (0, one.time))
        count = 0 if one.time - latest > self.window else count
        self.numbers[one[:2]] = count + 1, one.time
        return f"{one.id}-{count}"

    def original(self, one: Told) -> Told | None:
        """Return the accepted event that this is a copy of, the latest if there are several."""
        if one.derived or not self.window:
            return None
        for other in reversed(self.accepted):
            same = (other.person, other.source, other.id) == (one.person, one.source, one.id)
            if same and not other.derived and abs(other.time - one.time) <= self.window:
                return other
        return None


def tolds() -> st.SearchStrategy[Told]:
    """Return an event with an id that is met again; its time is an advance."""
    usual = {
        "person": st.sampled_from(sorted(LANES)),
        "time": st.sampled_from([0, 0, 1, 700, WINDOW - 1, WINDOW, WINDOW + 1, 4 * WINDOW]),
        "type": st.sampled_from(["search", "purchase"]),
        "price": st.sampled_from([0, 0, 100]),
        "quantity": st.sampled_from([1, 1, 2]),
        "amount": st.sampled_from([0, 0, 999]),
    }
    source, ids = st.sampled_from(["shop", "web"]), st.sampled_from(["e1", "e2"])
    given_id = st.builds(Told, id=ids, source=source, derived=st.just(False), **usual)
    derived_id = st.builds(
        Told, id=st.just("~0af"), source=st.just("shop"), derived=st.just(True), **usual
    )
    return given_id | derived_id


@st.composite
def histories(draw: st.DrawFn, behind: Sequence[int] = (0,)) -> list[tuple[str, list[Told]]]:
    """Return passes in processing order, each followed by something a worker may do."""
    now, told = START, []
    for _ in range(draw(st.integers(0, 6))):
        events = []
        for one in draw(st.lists(tolds(), max_size=6)):
            # Derived ids hash the time too, so that the same digest means the same time.
            now += 0 if one.derived else one.time
            time = START if one.derived else max(START, now - draw(st.sampled_from(behind)))
            events.append(one._replace(time=time))
        told.append((draw(st.sampled_from(["", "move", "save", "forget"])), events))
    return told


def both(history: list[tuple[str, list[Told]]], window: int, late: int) -> tuple[Any, Any]:
    """Return what a worker that forgets and moves admits, and what the plain rule admits."""
    memory, plain, latest = Memory(window), Plain(window), START
    admitted: list[tuple[Any, Any]] = []
    in_time = not any(one.derived for _, part in history for one in part)
    for then, events in history:
        admitted.append((memory.admit(events), plain.admit(events)))
        latest = max([latest, *(one.time for one in events)])
        if then == "move":
            memory.move()
        elif then == "save":
            memory.save(latest - late if in_time else START)
        elif then == "forget" and in_time:
            memory.forget(latest - late)
    return [ours for ours, _ in admitted], [rule for _, rule in admitted]


@given(histories(), st.sampled_from([0, 1, WINDOW]))
def test_copies_are_those_of_a_loop(history: list[tuple[str, list[Told]]], window: int) -> None:
    """In order of time, whatever the passes, and if the lanes move or forget in between."""
    ours, rule = both(history, window, late=0)

    assert ours == rule


@given(histories(behind=(0, WINDOW, 3 * WINDOW)), st.sampled_from([1, WINDOW]))
def test_copies_are_those_of_a_loop_in_order_of_the_log(
    history: list[tuple[str, list[Told]]], window: int
) -> None:
    """Also when times fall, so that an id is met again between two uses of it."""
    ours, rule = both(history, window, late=3 * WINDOW)

    assert ours == rule


@given(histories(behind=(0, WINDOW)), st.sampled_from(["move", "save", "forget"]))
def test_what_is_saved_does_not_tell_who_was_asleep(
    history: list[tuple[str, list[Told]]], then: str
) -> None:
    """The same bytes, whether people were saved, moved or trimmed before, or nothing of it."""
    disturbed, undisturbed, latest = Memory(), Memory(), START
    for _, told in history:
        events = [one for one in told if not one.derived]
        disturbed.admit(events)
        undisturbed.admit(events)
        latest = max([latest, *(one.time for one in events)])
        if then == "move":
            disturbed.move()
        elif then == "save":
            disturbed.save(latest - WINDOW)
        else:
            disturbed.forget(latest - WINDOW)

    assert disturbed.save(latest - WINDOW) == undisturbed.save(latest - WINDOW)


@pytest.mark.parametrize(("apart", "copies"), [(WINDOW - 1, 1), (WINDOW, 1), (WINDOW + 1, 0)])
def test_at_exactly_the_window_it_is_a_copy(apart: int, copies: int) -> None:
    """Two times that differ by more than the window are two events."""
    for first, second in ((0, apart), (apart, 0)):
        memory = Memory()
        memory.admit([Told(time=START + first)])

        assert memory.admit([Told(time=START + second)]).duplicates == copies


@pytest.mark.parametrize("then", ["", "move", "forget"])
@pytest.mark.parametrize("first", [0, 3 * WINDOW])
def test_each_use_of_an_id_is_remembered(first: int, then: str) -> None:
    """In order of the log, a copy of an earlier use of an id may come after a later use."""
    memory = Memory()
    memory.admit([Told(time=START + first), Told(time=START + 3 * WINDOW - first)])
    if then == "move":
        memory.move()
    elif then == "forget":
        memory.forget(START + 1)

    copies = [Told(time=START + 1), Told(time=START + 3 * WINDOW - 1)]
    assert memory.admit(copies) == Found([None, None], 2, 2)
    between = Told(time=START + WINDOW + WINDOW // 2)
    assert memory.admit([between, Told(time=START + 2 * WINDOW)]).ids == ["e1", None]


def test_of_several_uses_of_an_id_each_is_forgotten_in_its_time() -> None:
    """What was accepted last need not be what must be remembered longest."""
    times = [START + 6 * WINDOW, START, START + 3 * WINDOW]
    for mark, left in ((0, 3), (WINDOW + 1, 2), (4 * WINDOW + 1, 1), (7 * WINDOW + 1, 0)):
        for first, second, third in itertools.permutations(times):
            memory = Memory()
            memory.admit([Told(time=first), Told(time=second), Told(time=third)])
            memory.forget(START + mark)
            assert memory.size == left
            late = [Told(time=START + 6 * WINDOW)]
            assert memory.admit(late).duplicates == (left > 0)


@pytest.mark.parametrize(
    "other", [Told(person="u:bob"), Told(person="a:7"), Told(source="web"), Told(id="e2")]
)
def test_another_person_source_or_id_is_no_copy(other: Told) -> None:
    """An id is unique within its person and source only."""
    memory = Memory()

    assert memory.admit([Told(), other, Told(), other]).ids == ["e1", other.id, None, None]


@pytest.mark.parametrize(
    "change",
    [
        {"time": START + 1},
        {"type": "purchase"},
        {"price": 1},
        {"price": 1 << 28},
        {"quantity": 0},
        {"amount": -1},
        {"amount": 10**12},
        {"amount": 1 << 28},
        {"quantity": 2, "amount": -1_000_003},
    ],
)
def test_a_copy_that_disagrees_conflicts(change: dict[str, Any]) -> None:
    """A copy that differs in what it says is dropped like any other, and counted."""
    memory = Memory()
    found = memory.admit([Told(), Told(), Told()._replace(**change)])

    assert (found.duplicates, found.conflicting) == (2, 1)


def test_without_a_window_ids_mean_nothing_but_derived_ones_are_numbered() -> None:
    """A window of zero switches de-duplication off."""
    memory = Memory(0)
    derived = Told(id="~0af", derived=True)

    assert memory.admit([Told(), Told(), derived, derived]).ids == ["e1", "e1", "~0af-0", "~0af-1"]
    assert memory.admit([derived, Told()]).ids == ["~0af-2", "e1"]


def test_a_pass_of_derived_ids_only_has_no_copies() -> None:
    """Derived ids count on per person, from 0, and over a move."""
    memory = Memory()
    ann, bob = (Told(person=person, id="~0af", derived=True) for person in ("u:ann", "u:bob"))

    assert memory.admit([ann, ann, bob]).ids == ["~0af-0", "~0af-1", "~0af-0"]
    memory.move()
    assert memory.admit([ann, bob]).ids == ["~0af-2", "~0af-1"]
    assert memory.admit([]).ids == []


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_derived_id_is_counted_anew_after_the_window(forgotten: bool) -> None:
    """Whether its earlier use was forgotten by then is not seen."""
    memory = Memory()
    times = START, START + WINDOW, START + 2 * WINDOW + 1
    ids = []
    for time in times:
        if forgotten:
            memory.forget(time)
        ids += memory.admit([Told(id="~0af", time=time, derived=True)]).ids

    assert ids == ["~0af-0", "~0af-1", "~0af-0"]


def test_what_no_event_can_match_is_forgotten() -> None:
    """Memory does not grow with history, only with what still counts."""
    memory = Memory()
    for start in range(0, 50_000, 500):
        times = [START + 10 * i for i in range(start, start + 500)]
        memory.admit([Told(id=f"e{time}", time=time) for time in times])
        memory.seen.forget(0, times[-1], memory.people)

    assert memory.size < 3_000


def test_what_still_counts_is_not_forgotten() -> None:
    """An event at the mark may be a copy of one a whole window before it."""
    memory = Memory()
    memory.admit([Told(id=str(i), time=START + i) for i in range(2)])
    memory.forget(START + WINDOW + 1)

    late = [Told(id=str(i), time=START + WINDOW + 1) for i in range(2)]
    assert memory.admit(late).ids == ["0", None]
    assert memory.size == 2


def test_a_lane_that_saw_nothing_has_nothing_to_forget() -> None:
    """Forgetting is harmless where nobody has come yet."""
    memory = Memory()
    memory.seen.forget(5, START, memory.people)

    assert memory.size == 0
