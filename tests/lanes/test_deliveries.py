"""Deliveries: every decision to be delivered goes out in its time, or is told not to, once."""

from __future__ import annotations

import json
from collections import Counter
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.lanes.deliveries import (
    CROWDED,
    EXPIRED,
    SUPERSEDED,
    UNDELIVERED,
    Waiting,
    to_deliver,
)
from rtm_flows.lanes.published import Published, Record
from rtm_flows.times import format_time

START = 1_767_225_600_000


class Decided(NamedTuple):
    """A decision, and how much later than the one before it comes; times in seconds."""

    later: int
    wait: int
    lifetime: int
    kind: str
    supersedes: int


DECIDED = st.builds(
    Decided,
    st.integers(0, 4),
    st.integers(-9, 6),
    st.integers(1, 9),
    st.sampled_from(["act", "act", "act", "act", "no_action", "held"]),
    st.integers(-4, 3),
)


def record(at: int, number: int, one: Decided, arrival: int) -> Record:
    """Return the line of a decision that comes at a time."""
    begins = START + 1000 * (at + one.wait)
    ends = begins + 1000 * one.lifetime
    told = one.kind != "no_action"
    line = {
        "decision_id": str(number),
        "name": "no_action" if one.kind == "no_action" else "mail",
        "held_out": one.kind == "held",
        "channel": "email" if told else None,
        "not_before": format_time(begins) if told else None,
        "expires_at": format_time(ends) if told else None,
        "supersedes": str(number - one.supersedes) if 0 < one.supersedes <= number else None,
        "score": arrival,
    }
    return Record("u:ann", str(number), START, json.dumps(line).encode())


Fate = tuple[str, str, int]
"""Id, `out` or the reason, and the second at which it was told."""


def told(parts: list[Published], second: int) -> list[Fate]:
    """Return what became of decisions."""
    found = []
    for part in parts:
        for one in part.records:
            fate = "out"
            if part.output == UNDELIVERED:
                fate = json.loads(one.value)["reason"]
                assert json.loads(one.value)["time"] == format_time(START + 1000 * second)
            found.append((one.id, fate, second))
    return found


def take(waiting: Waiting, came: Record, second: int) -> list[Published]:
    """Let a decision come, if it is to be delivered; else time passes all the same."""
    found = to_deliver(Published("decisions", [came]))
    return waiting.take([] if found is None else found.records, START + 1000 * second)


def naive(decided: list[Decided], seconds: int) -> list[Fate]:
    """Live through every second: first what is due, then what comes, in its order."""
    waits: dict[int, tuple[int, int]] = {}
    fates: list[Fate] = []
    comes = [sum(one.later for one in decided[: at + 1]) for at in range(len(decided))]
    for now in range(seconds + 1):
        for number, (begins, ends) in sorted(waits.items(), key=lambda item: (item[1][0], item[0])):
            if begins <= now:
                del waits[number]
                fates.append((str(number), EXPIRED if ends <= now else "out", now))
        for number, one in enumerate(decided):
            if comes[number] != now or one.kind != "act":
                continue
            begins, ends = now + one.wait, now + one.wait + one.lifetime
            old = number - one.supersedes
            if one.supersedes > 0 and old in waits:
                del waits[old]
                fates.append((str(old), SUPERSEDED, now))
            if ends <= now:
                fates.append((str(number), EXPIRED, now))
            elif begins <= now:
                fates.append((str(number), "out", now))
            else:
                waits[number] = (begins, ends)
    return fates


@given(st.lists(DECIDED, max_size=12), st.data())
def test_agrees_with_living_through_every_second(
    decided: list[Decided], data: st.DataObject
) -> None:
    """However often it is saved and restored, it tells what the naive way tells."""
    waiting, fates, now = Waiting(by_channel=False), list[Fate](), 0
    arrivals = [0, *(one.later for one in decided)]
    end = sum(arrivals) + 20
    for number, one in enumerate(decided):
        for _ in range(one.later):
            now += 1
            fates += told(waiting.due(START + 1000 * now), now)
        if data.draw(st.booleans()):
            state, waiting = waiting.save(), Waiting(by_channel=False)
            waiting.load(state)
        came = record(now, number, one, number)
        fates += told(take(waiting, came, now), now)
    while now < end:
        now += 1
        fates += told(waiting.due(START + 1000 * now), now)

    assert fates == naive(decided, end)
    assert waiting.next_at is None


@given(st.lists(DECIDED, max_size=12), st.integers(0, 30))
def test_nothing_is_lost_and_nothing_told_twice(decided: list[Decided], gone: int) -> None:
    """All that is to be delivered is told once, also when the job ends with some of it waiting."""
    waiting, fates, now = Waiting(by_channel=False), list[Fate](), 0
    for number, one in enumerate(decided):
        now += one.later
        fates += told(take(waiting, record(now, number, one, 0), now), now)
    now += gone
    fates += told(waiting.hand_over(START + 1000 * now), now)

    expected = Counter(str(number) for number, one in enumerate(decided) if one.kind == "act")
    assert Counter(id_ for id_, _, _ in fates) == expected


def test_after_a_long_pause_what_waited_too_long_is_expired() -> None:
    """A job that was down past the end of a decision says so."""
    waiting = Waiting(by_channel=False)
    kept = record(0, 7, Decided(0, 5, 10, "act", 0), 0)

    assert waiting.take([kept], START) == []
    assert waiting.next_at == START + 5_000
    assert told(waiting.due(START + 15_000), 15) == [("7", EXPIRED, 15)]


def test_there_is_room_for_so_many_bytes() -> None:
    """What finds no room is told, and what goes out makes room."""
    one, two, three = (record(0, n, Decided(0, n + 1, 9, "act", 0), 0) for n in range(3))
    waiting = Waiting(by_channel=False, most=len(one.value) + 5)

    assert waiting.take([one], START) == []
    assert told(waiting.take([two], START), 0) == [("1", CROWDED, 0)]
    assert told(waiting.take([three], START + 1000), 1) == [("0", "out", 1)]
    assert waiting.next_at == START + 3000


def test_each_channel_has_its_own_output_where_asked() -> None:
    """The channel of the decision is part of the name."""
    now = record(0, 0, Decided(0, 0, 5, "act", 0), 0)

    assert [one.output for one in Waiting(by_channel=True).take([now], START)] == [
        "deliveries.email"
    ]
