"""Two runs compared: every planted change is found, nothing else, and the counts add up."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.comparison import Difference, compare
from rtm_flows.measure.difference import Comparing, Differences
from rtm_flows.measure.merging import alike, merged
from rtm_flows.measure.scan import Line, lines
from rtm_flows.times import format_time
from tests.measure.recorded import CONFIG, START, Record, as_lines, decision, decision_id, nothing

PATHS = ("first/decisions.jsonl", "second/decisions.jsonl")
OTHER = "d7ad18970f087dd5"
SLATE: list[Record] = decision()["candidates"]


def slate(name: str, **changed: Any) -> list[Record]:
    """Return the candidates, one of them changed."""
    return [{**one, **changed} if one["name"] == name else one for one in SLATE]


CHANGES: dict[str, tuple[Record, Difference | None]] = {
    "trigger": (
        {"trigger": {"type": "event:search", "event_ids": ["e"]}}, Difference("trigger", "trigger")
    ),
    "feature": ({"features": {"views": 3.0, "price": 12.5}}, Difference("features", "views")),
    "features": ({"features": {"a": 3.0, "price": 0.0}, "score": 0.5},
                 Difference("features", "views and 2 more")),
    "order": ({"features": {"price": 12.5, "views": 2.0}}, None),
    "score": ({"score": 0.5, "name": "mail"}, Difference("score", "the score")),
    "model": ({"model": {"name": "intent", "version": 1}},
              Difference("score", "the model's version")),
    "removed": ({"candidates": SLATE[:2], "name": "nudge"},
                Difference("catalogue", "only the first has mail")),
    "added": ({"candidates": [*SLATE, {"name": "new"}]},
              Difference("catalogue", "only the second has new")),
    "rule": ({"candidates": slate("mail", reason="views above 9")},
             Difference("rule", "mail: views above 3 -> views above 9")),
    "reworded": ({"candidates": slate("mail", reason="views > 3"), "value": 3.0},
                 Difference("arbitration", "value of greet")),
    "passed": ({"candidates": slate("mail", stage_dropped=None, reason=None, priority=9.0),
                "name": "mail"}, Difference("eligibility", "mail: views above 3 -> passed")),
    "later": ({"candidates": slate("mail", stage_dropped="suitability", reason="open_cases > 0")},
              Difference("eligibility", "mail: views above 3 -> passed")),
    "fell": ({"candidates": slate("nudge", stage_dropped="policy", reason="cap", priority=None)},
             Difference("policy", "nudge: passed -> cap")),
    "priority": ({"candidates": slate("nudge", priority=0.75)},
                 Difference("arbitration", "priority of nudge")),
    "factor": ({"value": 3.0, "levers": 2.0}, Difference("arbitration", "value of greet")),
    "floor": ({"name": "no_action", "reason": "below_floor", "value": None},
              Difference("floor", "below the floor only in the second")),
    "winner": ({"name": "nudge"}, Difference("arbitration", "the winner")),
    "chance": ({"action_prob": 0.5}, Difference("arbitration", "action_prob")),
    "delivery": ({"expires_at": "2030"}, Difference("delivery", "expires_at")),
    "record": ({"more": 1}, Difference("record", "more")),
    "config": ({"config": "ff"}, None),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_stage_that_differs_is_named(change: str) -> None:
    """Each change at its stage, and both ways round."""
    changed, expected = CHANGES[change]
    one, two = as_lines([decision()]), as_lines([decision(**changed)])

    assert compare(one, two) == expected
    other = compare(two, one)
    assert (other and other.stage) == (expected and expected.stage)
    assert compare(one, one) is None


class Planted(NamedTuple):
    """Two runs, and what was changed between them."""

    first: list[Record]
    second: list[Record]
    changed: Counter[tuple[str, str]]
    moved: int
    only: tuple[list[str], list[str]]


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    """Draw decisions of few people at few moments, and change, drop, add and reorder some."""
    places = draw(st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["anonymous", "user"]),
                  st.sampled_from(["7", "8", "é"])), max_size=14,
    ).map(sorted))  # fmt: skip
    first, second, changed, moved = [], [], Counter[tuple[str, str]](), 0
    only: tuple[list[str], list[str]] = ([], [])
    for at, (moment, kind, whose) in enumerate(places):
        make = draw(st.sampled_from([decision, nothing]))
        time = format_time(START + moment)
        record = make(
            decision_id=decision_id(at), decision_time=time, subject_id=whose, subject_type=kind
        )
        fate = draw(st.sampled_from(["same", "same", "first", "second", "rule", "name"]))
        if fate == "first":
            only[0].append(record["decision_id"])
        if fate == "second":
            only[1].append(record["decision_id"])
        other = {**record, "config": OTHER}
        if fate == "rule":
            other["score"] = 0.875
            changed["score", "the score"] += 1
        if fate == "name":
            other["name"] = "other"
            changed["arbitration", "the winner"] += 1
            moved += 1
        first += [record] if fate != "second" else []
        second += [other] if fate != "first" else []
    shuffled = draw(st.permutations(second))
    second = sorted(shuffled, key=key)  # those of one person and moment may change places
    return Planted(first, second, changed, moved, only)


def key(record: Record) -> tuple[str, str, str]:
    """Return the place of a decision in a file."""
    return record["decision_time"], record["subject_type"], record["subject_id"]


def compared(
    first: list[Record], second: list[Record], block: int = 1 << 20, window: int = 10
) -> Differences:
    """Return what is found between two runs."""
    files = (lines(io.BytesIO(as_lines(records)), block=block) for records in (first, second))
    one, two = files
    return Comparing(limit=100).add_all(merged(one, two, PATHS, window))


@given(planted(), st.integers(1, 3000), st.integers(0, 4))
def test_every_planted_change_is_found(runs: Planted, block: int, window: int) -> None:
    """And nothing else, whatever the blocks, the window, and the order within one moment."""
    found = compared(runs.first, runs.second, block, window)

    assert {(kind.stage, kind.what): kind.n for kind in found.kinds} == runs.changed
    assert found.other_action == runs.moved == sum(found.moves.values())
    assert found.only == [len(runs.only[0]), len(runs.only[1])]
    assert found.decisions == [len(runs.first), len(runs.second)]
    assert found.changed == runs.changed.total()
    assert all(
        n - o == found.same + found.changed
        for n, o in zip(found.decisions, found.only, strict=True)
    )
    for side, records in enumerate((runs.first, runs.second)):
        names = Counter(record["name"] for record in records)
        assert {n: both[side] for n, both in found.actions.items() if both[side]} == names
        channels = Counter(record["channel"] or "none" for record in records)
        assert {n: both[side] for n, both in found.channels.items() if both[side]} == channels
        by_day = Counter(
            (day, name)
            for day, of_day in found.days.items()
            for name, both in of_day.items()
            for _ in range(both[side])
        )
        assert by_day == Counter((r["decision_time"][:10], r["channel"] or "none") for r in records)
        assert found.configs[side] == [[CONFIG, OTHER][side]] * bool(records)
    told = [one for one in found.examples if one.first is None or one.second is None]
    assert len(told) == sum(found.only)
    assert found.equal == (not runs.changed and not any(runs.only))


@given(planted(), st.integers(1, 3000))
def test_a_run_is_equal_to_itself(runs: Planted, block: int) -> None:
    """Whatever the size of blocks on either side."""
    data = as_lines(runs.first)
    one, two = (lines(io.BytesIO(data), block=size) for size in (block, 1 << 20))
    found = Comparing(limit=5).add_all(merged(one, two, PATHS))

    assert found.equal
    assert found.same == len(runs.first)
    assert (found.kinds, found.moves, found.examples) == ([], {}, [])


def test_a_decision_whose_time_differs_meets_its_partner() -> None:
    """While it waits within the window; beyond it, each run has it alone."""
    late = decision(0, decision_time=format_time(START + 9_500))
    first = [decision(number) for number in range(12)]
    second = sorted([*first[1:], late], key=key)

    near = compared(first, second, window=20)
    assert [(kind.stage, kind.what, kind.n) for kind in near.kinds] == [
        ("trigger", "decision_time", 1)
    ]
    gone = [decision(number, decision_id=decision_id("x", number)) for number in range(12)]
    far = compared(sorted([*first, *gone], key=key), second, window=3)
    assert far.only == [13, 1]


def test_no_more_lines_wait_than_the_window() -> None:
    """A run that has much alone is passed on while it is read."""
    read = 0

    def counted() -> Iterator[Line]:
        nonlocal read
        for number in range(1000):
            read += 1
            yield Line(number, as_lines([decision(number)])[:-1])

    pairs = merged(counted(), iter([]), PATHS, 10)
    first = next(pairs)
    assert first.second is None
    assert read < 15
    assert sum(1 for _ in pairs) == 999


def test_an_id_that_stands_twice_is_counted_twice() -> None:
    """Of a file that was put together; nothing is lost."""
    twice = [decision(0), decision(0, decision_time=format_time(START + 1))]
    found = compared(twice, [])

    assert (found.only, found.decisions) == ([2, 0], [2, 0])


@pytest.mark.parametrize("side", [0, 1])
def test_lines_out_of_order_are_refused(side: int) -> None:
    """With the place, on either side, alike or not."""
    sound, wrong = [decision(0), decision(1)], [decision(1), decision(0)]
    for runs in ([sound, wrong], [wrong, wrong], [[decision(1)], wrong]):
        ordered = runs if side else runs[::-1]
        with pytest.raises(InputError, match="is before the line above it"):
            compared(ordered[0], ordered[1])


def test_lines_that_cannot_be_read_are_refused() -> None:
    """Broken ones, and flat records."""
    with pytest.raises(InputError, match=r"second/decisions.jsonl, the line at byte 0: has no dec"):
        compared([decision()], [{"event_id": "e"}])
    with pytest.raises(InputError, match="is no record"):
        list(merged([Line(0, b'{"decision')], [], PATHS))


def test_of_many_ways_to_differ_the_first_are_told() -> None:
    """The others are counted together: memory does not grow with the runs."""
    size = 1_005
    other = [decision(n, channel=None, **{f"more_{n}": 1}) for n in range(size)]
    found = compared([decision(n, channel=None) for n in range(size)], other)

    assert len(found.kinds) == 1_001
    assert (found.kinds[0].stage, found.kinds[0].n) == ("others", 5)
    assert found.changed == size
    assert len(found.examples) == 100


def test_an_example_with_another_action_is_preferred() -> None:
    """Of one kind the first that matters is shown, wherever it stands."""
    first = [decision(number) for number in range(3)]
    second = [decision(0, score=0.5), decision(1, score=0.5, name="mail"), decision(2, score=0.5)]

    for name in ("mail", "greet"):
        second[2]["name"] = name
        (example,) = compared(first, second).examples
        assert bytes(example.second or b"") == as_lines([second[1]])[:-1]


def test_lines_are_alike_but_for_the_digest() -> None:
    """A digest in another place, or of another form, is looked at by its meaning."""
    assert not alike(b'{"a":1,"config":"0a"}', b'{"a":2,"config":"0a"}')
    assert not alike(b'{"a":1,"config":"0a","b":1}', b'{"a":1,"config":"0a","b":2}')
    assert not alike(b'{"config":"0a"}', b'{"config":"ff"}')
    moved = {"config": "11", **{k: v for k, v in decision().items() if k != "config"}}
    again = {**moved, "config": "22"}
    found = compared([moved], [again])
    assert found.equal
    assert found.configs == [["11"], ["22"]]
