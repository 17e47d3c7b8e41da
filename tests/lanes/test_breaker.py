"""The breaker: in no minute more goes out than may, whatever happens, and what may go out goes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import SurgeError
from rtm_flows.lanes.breaker import Breaker, Delivered, share
from rtm_flows.lanes.deliveries import SURGE, UNDELIVERED, Waiting
from rtm_flows.lanes.published import Published, Record
from rtm_flows.times import format_time

START = 1_767_225_600_000
MINUTE = 60_000
MOST = {"email": 2, "push": 3}
"""Of a third channel, sms, any number may go out."""

Sends = dict[str, list[int]]
"""By channel, when something went out."""


def assert_bounded(sends: Sends, most: dict[str, int]) -> None:
    """In no minute, wherever it begins, there is too much."""
    for channel, bound in most.items():
        times = sorted(sends.get(channel, []))
        for first, last in zip(times, times[bound:], strict=False):
            assert last - first >= MINUTE, (channel, first, last)


@given(st.lists(st.integers(0, 40_000), max_size=40), st.integers(1, 4))
def test_what_is_let_out_is_bounded_and_nothing_else_is_kept(gaps: list[int], most: int) -> None:
    """Whoever asks again and again gets all but a second of what the bound leaves."""
    breaker, now, sent = Breaker({"email": most}), START, list[int]()
    for gap in gaps:
        now += gap
        if breaker.free_at("email") <= now:
            breaker.count("email", now)
            sent.append(now)
        else:
            assert sum(one > now - MINUTE - 1000 for one in sent) >= most
            assert breaker.free_at("email") <= sent[-most] + MINUTE + 1000
    assert_bounded({"email": sent}, {"email": most})


@given(st.integers(1, 5_000), st.integers(1, 64))
def test_shares_make_the_whole(most: int, partitions: int) -> None:
    """No partition has two more than another."""
    shares = [share(most, partitions, number) for number in range(partitions)]
    assert sum(shares) == most
    assert max(shares) - min(shares) <= 1


class Came(NamedTuple):
    """A decision, and how much later than the one before it comes; times in seconds."""

    later: int
    wait: int
    lifetime: int
    channel: str
    crash: bool


CAME = st.builds(
    Came,
    st.sampled_from([0, 0, 0, 1, 7, 30]),
    st.sampled_from([-1, 0, 0, 5, 50]),
    st.sampled_from([2, 40, 100, 400]),
    st.sampled_from(["email", "email", "push", "sms"]),
    st.sampled_from([False, False, False, True]),
)


def record(number: int, one: Came, now: int) -> Record:
    """Return the line of a decision that comes now."""
    line = {
        "decision_id": str(number),
        "name": "hello",
        "held_out": False,
        "channel": one.channel,
        "not_before": format_time(now + 1000 * one.wait),
        "expires_at": format_time(now + 1000 * (one.wait + one.lifetime)),
        "supersedes": None,
    }
    return Record("u:ann", str(number), now, json.dumps(line).encode())


class World:
    """A partition, and the topics of what it told, which outlive its crashes."""

    def __init__(self) -> None:
        self.sends: Sends = defaultdict(list)
        self.fates: dict[str, str] = {}
        self.order: dict[str, list[int]] = defaultdict(list)
        self._log: list[Delivered] = []
        self.waiting = self.begin(None)

    def begin(self, state: bytes | None) -> Waiting:
        """Begin, or go on from a state, knowing what went out meanwhile."""
        self.waiting = Waiting(by_channel=True)
        if state is not None:
            self.waiting.load(state)
        self.waiting.guard(Breaker(MOST), self._log, stops=False)
        return self.waiting

    def tell(self, told: list[Published], now: int) -> None:
        """Write what is told, each id once, as the writer of topics does."""
        for part in told:
            (one,) = part.records
            if one.id in self.fates:
                continue
            if part.output == UNDELIVERED:
                self.fates[one.id] = json.loads(one.value)["reason"]
                continue
            channel = part.output.partition(".")[2]
            self.fates[one.id] = "out"
            self.sends[channel].append(now)
            self.order[channel].append(int(one.id))
            self._log.append(Delivered(one.id, channel, now))


@given(st.lists(CAME, max_size=30), st.integers(0, 300))
def test_after_any_crashes_no_minute_has_too_much_and_each_has_one_fate(
    came: list[Came], rest: int
) -> None:
    """A crash goes back to the last snapshot, and tells again what came since, in another order."""
    world, now = World(), START
    saved, since = world.waiting.save(), list[Record]()
    for number, one in enumerate(came):
        for _ in range(one.later):
            now += 1000
            world.tell(world.waiting.due(now), now)
        since.append(record(number, one, now))
        world.tell(world.waiting.take(since[-1:], now), now)
        if one.crash:
            again = world.begin(saved)
            world.tell(again.take(reversed(since), now), now)
        elif number % 5 == 4:
            saved, since = world.waiting.save(), []
    for _ in range(rest):
        now += 1000
        world.tell(world.waiting.due(now), now)
    world.tell(world.waiting.hand_over(now), now)

    assert set(world.fates) == {str(number) for number in range(len(came))}
    assert_bounded(world.sends, MOST)
    assert set(world.fates.values()) <= {"out", "expired", SURGE}


@given(st.integers(1, 12))
def test_what_is_held_back_goes_out_in_its_order_when_there_is_room(count: int) -> None:
    """Two mails a minute, until what is left has expired; push is not held back by that."""
    world = World()
    mails = [record(n, Came(0, 0, 150, "email", False), START) for n in range(count)]
    push = record(99, Came(0, 0, 150, "push", False), START)
    world.tell(world.waiting.take([*mails, push], START), START)
    assert world.fates["99"] == "out"
    assert world.waiting.held == ({"email": count - 2} if count > 2 else {})
    while (at := world.waiting.next_at) is not None:
        world.tell(world.waiting.due(at), at)

    assert world.order["email"] == list(range(min(count, 6)))
    fates = Counter(world.fates[str(n)] for n in range(count))
    assert fates == Counter({"out": min(count, 6)}) + Counter({SURGE: max(0, count - 6)})


def test_a_later_decision_makes_void_what_is_held_back() -> None:
    """It is told so, and leaves its place to the next."""
    world = World()
    mails = [record(n, Came(0, 0, 300, "email", False), START) for n in range(4)]
    world.tell(world.waiting.take(mails, START), START)
    told = {**json.loads(record(4, Came(0, 0, 300, "email", False), START).value)}
    last = Record("u:ann", "4", START, json.dumps({**told, "supersedes": "2"}).encode())
    world.tell(world.waiting.take([last], START), START)

    assert (world.fates["2"], world.waiting.held) == ("superseded", {"email": 2})
    while (at := world.waiting.next_at) is not None:
        world.tell(world.waiting.due(at), at)
    assert world.order["email"] == [0, 1, 3, 4]


def test_where_a_surge_stops_the_job_nothing_more_goes_out() -> None:
    """Not even a part of what came at once: after a restart it would be the same again."""
    waiting = Waiting(by_channel=False)
    waiting.guard(Breaker({"email": 2}), [Delivered(None, "email", START - 1000)], stops=True)
    mails = [record(n, Came(0, 0, 300, "email", False), START) for n in range(3)]
    assert len(waiting.take(mails[:1], START)) == 1
    with pytest.raises(SurgeError, match=r"more deliveries of email .* 2 a minute"):
        waiting.take(mails[1:], START)


def test_what_went_out_before_a_crash_does_not_count_twice() -> None:
    """Told again it stops nothing, though the minute is full."""
    waiting = Waiting(by_channel=False)
    mails = [record(n, Came(0, 0, 300, "email", False), START) for n in range(3)]
    sent = [Delivered(one.id, "email", START) for one in mails[:2]]
    waiting.guard(Breaker({"email": 2}), sent, stops=True)
    told = waiting.take(mails[:2], START + 5000)
    assert [part.records[0].id for part in told] == ["0", "1"]
    with pytest.raises(SurgeError):
        waiting.take(mails[2:], START + 5000)
