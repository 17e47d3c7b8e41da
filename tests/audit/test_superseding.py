"""The auditor's own reading of which decision a new one takes the place of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.audit.stories import at_step, known, told
from tests.measure.recorded import Record

STORY = ["0 view_item", "1 view_item"]


def greet(number: int, **changed: Any) -> Record:
    """Return the decision on a step of the story, an hour to be delivered in."""
    expires = {"expires_at": "2024-01-01T01:00:00Z"}
    return at_step([*STORY, "59 view_item", "60 view_item"], number, **expires | changed)


def named(by: str, first: Record, then: Record, *more: str) -> list[bool]:
    """Return whether the later decision may name none, and whether it may name the earlier one."""
    found = []
    for supersedes in (None, first["decision_id"]):
        one = known(
            {"delivery": {"supersede": by}}, [*STORY, "59 view_item", "60 view_item", *more]
        )
        told(one, first, "superseded")
        texts = told(one, {**then, "supersedes": supersedes}, "superseded")
        found.append(not texts)
    return found


NONE, FIRST = [True, False], [False, True]


@pytest.mark.parametrize(
    ("by", "first", "then", "wanted"),
    [
        ("channel", greet(0), greet(1), FIRST),
        ("none", greet(0), greet(1), NONE),
        ("channel", greet(0), greet(2), FIRST),
        ("channel", greet(0), greet(3), NONE),
        ("channel", greet(0), greet(1, channel="email"), NONE),
        ("channel", greet(0), greet(1, placement="top"), FIRST),
        ("channel", greet(0), greet(1, name="other"), FIRST),
        ("channel", greet(0), greet(1, subject_id="8"), NONE),
        ("channel", greet(0, held_out=True), greet(1), NONE),
        ("channel", greet(0), greet(1, held_out=True), NONE),
        ("channel", greet(0), greet(1, name="no_action"), NONE),
        ("channel", greet(0, name="no_action"), greet(1), NONE),
        ("placement", greet(0), greet(1), FIRST),
        ("placement", greet(0), greet(1, placement="top"), NONE),
        ("placement", greet(0, placement="top"), greet(1, placement="top"), FIRST),
        ("action", greet(0), greet(1), FIRST),
        ("action", greet(0), greet(1, name="other"), NONE),
        ("action", greet(0), greet(1, channel="email"), NONE),
    ],
)
def test_the_latest_of_a_slot_that_still_holds_is_named(
    by: str, first: Record, then: Record, wanted: list[bool]
) -> None:
    """The person's, in the same channel, and perhaps place or action; else none is."""
    assert named(by, first, then) == wanted


def failed(time: str, type_: str, decision_id: str) -> str:
    """Return a step that tells of a delivery."""
    return f"{time} {type_} ={decision_id}"


@pytest.mark.parametrize(
    ("type_", "time", "wanted"),
    [
        ("delivered", "0.5", NONE),
        ("email_bounced", "0.5", NONE),
        ("failed", "1", FIRST),
        ("opened", "0.5", FIRST),
        ("failed", "1.1", FIRST),
    ],
)
def test_what_has_been_reported_is_not_named(type_: str, time: str, wanted: list[bool]) -> None:
    """Whether it went out or failed, if that was told before."""
    first = greet(0)
    report = failed(time, type_, first["decision_id"])

    assert named("channel", first, greet(1), report) == wanted


def test_the_latest_is_named() -> None:
    """Not the one before, which it took the place of already; nor one that it outlived."""
    one = known({"delivery": {"supersede": "channel"}}, [*STORY, "59 view_item", "60 view_item"])
    first, second = greet(0), greet(1, expires_at="2024-01-01T00:02:00Z")
    third = greet(2, expires_at="2024-01-01T02:00:00Z")

    assert told(one, first, "superseded") == []
    assert told(one, second | {"supersedes": first["decision_id"]}, "superseded") == []
    assert told(one, third, "superseded") == []
    fourth = greet(3)
    (text,) = told(one, fourth, "superseded") or []
    assert text == f"it supersedes None, but must supersede {third['decision_id']!r}"
