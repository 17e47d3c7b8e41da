"""Rounds are recorded and read back, each once and in order, or refused with their place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors import rounds as module
from rtm_flows.connectors.round_lines import RoundLines
from rtm_flows.connectors.rounds import (
    Round,
    Rounds,
    decode,
    decode_message,
    encode,
    in_order,
    partition_name,
    topic_and_number,
)
from rtm_flows.errors import InputError

NAMES = st.builds(partition_name, st.sampled_from(["a", "a.b", "a/b"]), st.integers(0, 99))
OFFSETS = st.dictionaries(NAMES, st.integers(0, 1 << 60), max_size=3)
ROUNDS = st.builds(
    Round,
    number=st.integers(0, 1 << 40),
    joined=OFFSETS,
    ends=OFFSETS,
    idle=st.lists(NAMES, max_size=2).map(tuple),
    last=st.booleans(),
)
STEPS = st.tuples(st.integers(1, 2000), st.integers(0, 9000), st.integers(0, 5))


@given(ROUNDS)
def test_a_round_is_read_back_as_it_was(round_: Round) -> None:
    """One line holds all of it, and a message holds several."""
    line = encode(round_)
    assert b"\n" not in line
    assert decode(line, "here") == round_
    message = Rounds(run="r", first=round_.number, rounds=(round_,))
    assert decode_message(encode(message), "here") == message


@given(NAMES)
def test_a_partition_is_known_by_its_name(name: str) -> None:
    """Whatever the topic is called, the number is what follows the last slash."""
    assert partition_name(*topic_and_number(name)) == name


@given(st.integers(0, 20), st.lists(st.integers(0, 20)), st.integers(0, 20))
def test_rounds_recorded_again_count_once(count: int, again: list[int], first: int) -> None:
    """What a resumed run records a second time changes nothing."""
    rounds = [Round(number=number, ends={"a/0": number}) for number in range(count)]
    told: list[tuple[str, Round]] = []
    for number, one in enumerate(rounds):
        told += [(f"{number}", one)]
        told += [("again", rounds[other]) for other in again if first <= other <= number]
    assert list(in_order(told, first)) == rounds[first:]


@given(st.data())
def test_a_round_is_found_among_lines_that_are_being_written(data: st.DataObject) -> None:
    """Whatever was looked up before, and however much was written since."""
    with tempfile.NamedTemporaryFile() as file:
        lines, count = RoundLines(cast("BinaryIO", file)), 0
        for more, asked, on in data.draw(st.lists(STEPS, max_size=8)):
            for number in range(count, count + more):
                lines.add(Round(number=number, ends={"a/0": number}))
            count += more
            for number in range(min(asked, count - 1), min(asked + on, count)):
                assert lines.find(number) == Round(number=number, ends={"a/0": number})


def test_a_round_that_comes_again_after_very_many_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what `earlier` has of it; without that only the latest are."""
    monkeypatch.setattr(module, "LATEST", 3)
    rounds = [Round(number=number) for number in range(9)]
    again = [*rounds, rounds[4], Round(number=5, idle=("a/0",))]

    def told() -> Iterator[tuple[str, Round]]:
        return ((f"line {at}", one) for at, one in enumerate(again))

    assert list(in_order(told())) == rounds
    with pytest.raises(InputError, match="line 10: round 5 contradicts what an earlier record"):
        list(in_order(told(), earlier=rounds.__getitem__))


@pytest.mark.parametrize(
    ("rounds", "text"),
    [
        ([Round(number=0), Round(number=2)], "line 1: holds round 2 where round 1 must follow"),
        (
            [Round(number=0), Round(number=1), Round(number=0, last=True)],
            "line 2: round 0 contradicts what line 0 tells of it",
        ),
        (
            [Round(number=0, last=True), Round(number=1)],
            "line 1: round 1 comes after the last, which line 0 tells of",
        ),
    ],
)
def test_a_gap_or_a_contradiction_is_refused(rounds: list[Round], text: str) -> None:
    """The text names the place of what does not fit."""
    with pytest.raises(InputError) as refused:
        list(in_order((f"line {at}", one) for at, one in enumerate(rounds)))
    assert text in str(refused.value)


@pytest.mark.parametrize("line", [b"", b"{", b"{}", b'{"number":"1"}', b'\xff{"number":1}'])
def test_what_is_no_round_is_refused(line: bytes) -> None:
    """Damage is told with its place."""
    with pytest.raises(InputError, match="line 7: holds no rounds"):
        decode(line, "line 7")


def test_a_message_whose_rounds_do_not_follow_each_other_is_refused() -> None:
    """Its rounds are numbered on from its first."""
    message = Rounds(run="r", first=3, rounds=(Round(number=4),))
    with pytest.raises(InputError, match=r"numbered on from 3; got \[4\]"):
        decode_message(encode(message), "offset 9")


@pytest.mark.parametrize("name", ["", "a", "a/", "/1", "a/b", "a/-1", "a/²"])
def test_what_names_no_partition_is_refused(name: str) -> None:
    """A topic, a slash and a number are wanted."""
    with pytest.raises(InputError, match="wanted a topic, a slash and a number"):
        topic_and_number(name)
