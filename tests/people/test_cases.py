"""Service cases: opened, closed, opened again."""

from __future__ import annotations

from hypothesis import given

from rtm_flows.people import cases
from rtm_flows.people.text_keys import TextKeys
from tests.people.passes import (
    START,
    OnePass,
    Told,
    Values,
    answers,
    cut_streams,
    everywhere,
    people,
)

CASE_TYPES = ("case_opened", "case_opened", "case_closed", "search")


def after(events: list[Told], cuts: list[int]) -> list[int]:
    """Return the open cases after every event."""
    state = people(cases.FIELDS, cases.MAPS)

    def kernel(one: OnePass) -> Values:
        opens, closes = (one.events["type"] == f"case_{what}" for what in ("opened", "closed"))
        return cases.open_cases(one.rows, opens, closes, TextKeys().of(one.events["text"]), state)

    return answers(events, cuts, state, kernel)


def one_by_one(events: list[Told]) -> list[int]:
    """Return the open cases after every event, in a plain loop."""
    open_: set[tuple[int, str | None]] = set()
    told = []
    for event in events:
        if event.type == "case_opened":
            open_.add((event.person, event.text))
        elif event.type == "case_closed":
            open_.discard((event.person, event.text))
        told.append(sum(person == event.person for person, _ in open_))
    return told


@given(cut_streams(types=CASE_TYPES))
def test_open_cases_are_those_of_a_loop(drawn: tuple[list[Told], list[int]]) -> None:
    """However the events were cut; a case without an id is one of its own."""
    events, cuts = drawn

    for cutting in (cuts, [], everywhere(events)):
        assert after(events, cutting) == one_by_one(events)


def test_a_case_that_is_opened_again_is_open() -> None:
    """Opened twice is one case, closed once is none, and opened again is one."""
    kinds = ("opened", "opened", "closed", "closed", "opened")
    events = [Told(0, START, f"case_{kind}", text="c1") for kind in kinds]

    assert after(events, []) == [1, 1, 0, 0, 1]


def test_so_many_open_cases_are_remembered() -> None:
    """Of one more, the longest untouched is forgotten, and its closing changes nothing."""
    events = [Told(0, START, "case_opened", text=f"c{i}") for i in range(cases.MOST)]
    events += [Told(0, START, "case_opened", text=text) for text in ("c0", "more")]
    events += [Told(0, START, "case_closed", text=text) for text in ("c1", "c0")]

    for cuts in ([], everywhere(events)):
        assert after(events, cuts)[-4:] == [cases.MOST] * 3 + [cases.MOST - 1]
