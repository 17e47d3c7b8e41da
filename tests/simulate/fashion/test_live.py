"""A live shop: all of its events by the hour, and an answer to each decision once."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from rtm_flows.simulate import Fashion
from rtm_flows.simulate.fashion.answers import respond
from rtm_flows.simulate.fashion.decided import Asked
from rtm_flows.simulate.fashion.live import Live, Play
from rtm_flows.simulate.fashion.places import HOUR_MS
from tests.simulate.fashion.conftest import bytes_of

SHOP = Fashion(people=80, days=6, seed=5)


@pytest.fixture(scope="module")
def live() -> Live:
    """Simulate a few people once."""
    return Live(SHOP)


def asked(line: bytes, name: str = "help", channel: str = "onsite") -> Asked:
    """Return a decision about the person of an event, at its time."""
    event = msgspec.json.decode(line)
    kind = "user" if "user_id" in event else "anonymous"
    person = event.get("user_id") or event["anonymous_id"]
    return Asked(f"of-{event['id']}", event["time"], person, kind, name, channel, "plain")


def test_without_decisions_it_is_the_shop(live: Live) -> None:
    """Hour by hour the same bytes, and then no more."""
    play = Play(live)
    blocks = list(iter(lambda: play([]), None))

    assert b"".join(blocks) == bytes_of(SHOP)
    assert len(blocks) == 6 * 24
    assert play([]) is None


def test_each_decision_is_answered_once_as_respond_answers_all(live: Live) -> None:
    """Decisions come hour by hour, and the answers are those to all of them at once."""
    play, decided, told = Play(live), list[Asked](), list[bytes]()
    while (
        block := play([msgspec.json.encode(one) for one in decided[len(play.decisions) :]])
    ) is not None:
        lines = [one for one in block.splitlines(keepends=True) if b'"decision_id"' not in one]
        told += [one for one in block.splitlines(keepends=True) if b'"decision_id"' in one]
        pages = [one for one in lines if b'"view_item"' in one or b'"begin_checkout"' in one]
        decided += [asked(one) for one in pages]
        decided += [asked(one, "discount", "push") for one in pages[::3]]
    whole = respond(play.decisions, SHOP)
    last = SHOP.start_ms + len(live.hours) * HOUR_MS

    assert len(play.decisions) == len(decided) > 500
    assert sorted(told) == sorted(one for one in whole if _time(one) < last)
    assert len(told) > 300


def test_nothing_comes_of_what_was_known_late_before_it_was_known(live: Live) -> None:
    """A message decided three hours ago leaves two hours ago at the earliest: it is not late."""
    play = Play(live)
    first = next(one for hour in live.hours for one in hour if b'"user_id"' in one)
    hour = (_time(first) - SHOP.start_ms) // HOUR_MS
    for _ in range(hour + 4):
        play([])
    block = play([msgspec.json.encode(asked(first, "discount", "push"))])
    assert block is not None
    answers = [_time(one) for one in block.splitlines() if b'"decision_id"' in one]

    assert answers[0] == SHOP.start_ms + (hour + 2) * HOUR_MS


def test_what_is_not_delivered_has_no_answer(live: Live) -> None:
    """Neither no action nor an action held out is carried out."""
    play = Play(live)
    first = next(one for hour in live.hours for one in hour if b'"user_id"' in one)
    play([])
    one = asked(first, "help")
    held = msgspec.structs.replace(one, held_out=True)
    nothing = msgspec.structs.replace(one, name="no_action", channel=None)
    play([msgspec.json.encode(held), msgspec.json.encode(nothing)])

    assert play.decisions == []


def _time(line: bytes) -> int:
    when = msgspec.json.decode(line)["time"]
    return round(dt.datetime.fromisoformat(when).timestamp() * 1000)
