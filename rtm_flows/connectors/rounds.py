"""Rounds: which records of which partitions were read together, as it is recorded.

In: rounds. Out: their lines and messages, and back, each round once and in order. It refuses to
know what records hold and where they are kept. Section 2 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from rtm_flows.errors import InputError

_Kind = TypeVar("_Kind")

LATEST = 1 << 16
"""Rounds that are remembered to be compared with what is recorded again."""


class Round(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one look at all partitions brought.

    A partition is written `topic/number`. All but the number may be left out.

    Attributes
    ----------
    number
        Its place among all rounds of a run, from 0 without gaps.
    joined
        Partitions that are read from this round on, with the offset of the first record to read.
    ends
        Partitions that had records, with the offset after the last of these.
    idle
        Partitions that hold time back no longer, until they have records again.
    last
        Whether the input ends here.
    history
        Of a round of the files that come before the topics, the digest of these; such rounds have
        nothing else, and come before all others.
    """

    number: int
    joined: dict[str, int] = {}
    ends: dict[str, int] = {}
    idle: tuple[str, ...] = ()
    last: bool = False
    history: str | None = None


class Rounds(msgspec.Struct, frozen=True, kw_only=True):
    """Rounds as the control log holds them: one message.

    Attributes
    ----------
    run
        The run that read them: one that begins anew has another, one that is resumed the same.
    first
        Number of the first round.
    rounds
        The rounds, in order.
    """

    run: str
    first: int
    rounds: tuple[Round, ...]


def partition_name(topic: str, number: int) -> str:
    """Return a partition as rounds name it.

    Examples
    --------
    >>> partition_name("shop.events", 3)
    'shop.events/3'
    """
    return f"{topic}/{number}"


def topic_and_number(partition: str) -> tuple[str, int]:
    """Return the topic of a partition, and its number.

    Raises
    ------
    InputError
        If it is no name of a partition.

    Examples
    --------
    >>> topic_and_number("shop.events/3")
    ('shop.events', 3)
    """
    topic, _, number = partition.rpartition("/")
    if not topic or not (number.isascii() and number.isdigit()):
        msg = f"a round names the partition {partition!r}; wanted a topic, a slash and a number"
        raise InputError(msg)
    return topic, int(number)


def encode(one: Round | Rounds) -> bytes:
    """Return a round, or the message of some, as one line of JSON without its end.

    Examples
    --------
    >>> encode(Round(number=7, ends={"events/0": 120}))
    b'{"number":7,"ends":{"events/0":120}}'
    """
    return msgspec.json.encode(one)


def decode(line: bytes, place: str) -> Round:
    """Return the round of a line.

    Raises
    ------
    InputError
        If it is none; the text begins with `place`.
    """
    return _decoded(line, place, Round)


def decode_message(value: bytes, place: str) -> Rounds:
    """Return the rounds of a message of the control log.

    Raises
    ------
    InputError
        If it is none, or its rounds are not numbered on from its first; the text begins with
        `place`.
    """
    found = _decoded(value, place, Rounds)
    numbers = [one.number for one in found.rounds]
    if numbers != list(range(found.first, found.first + len(numbers))):
        msg = f"{place}: its rounds must be numbered on from {found.first}; got {numbers[:8]}"
        raise InputError(msg)
    return found


def in_order(
    rounds: Iterable[tuple[str, Round]],
    first: int = 0,
    earlier: Callable[[int], Round] | None = None,
) -> Iterator[Round]:
    """Yield rounds that may be recorded several times, each once, from the number `first` on.

    A run that was resumed records some of its rounds again; they are the same. Memory does not grow
    with the rounds: of those before the latest so many, `earlier` is asked.

    Parameters
    ----------
    rounds
        Where each is recorded, and the round.
    first
        Number of the first that is wanted; earlier ones are left out.
    earlier
        Returns a round that was yielded long ago; left out, such a one is taken to be the same.

    Raises
    ------
    InputError
        If a round is missing before another, two of the same number differ, or one comes after the
        last.

    Examples
    --------
    >>> told = [("a", Round(number=0)), ("b", Round(number=0)), ("c", Round(number=1))]
    >>> [one.number for one in in_order(told)]
    [0, 1]
    """
    seen: dict[int, tuple[str, Round]] = {}
    wanted = first
    for place, one in rounds:
        if one.number < wanted:
            _compare(place, one, seen, earlier if one.number >= first else None)
            continue
        if one.number > wanted:
            msg = f"{place}: holds round {one.number} where round {wanted} must follow; it is lost"
            raise InputError(msg)
        before = seen.get(wanted - 1)
        if before is not None and before[1].last:
            msg = f"{place}: round {one.number} comes after the last, which {before[0]} tells of"
            raise InputError(msg)
        seen[wanted] = place, one
        seen.pop(wanted - LATEST, None)
        wanted += 1
        yield one


def _compare(
    place: str,
    one: Round,
    seen: Mapping[int, tuple[str, Round]],
    earlier: Callable[[int], Round] | None,
) -> None:
    """Refuse a round that is recorded again, and differs."""
    known, was = seen.get(one.number, ("", one))
    if not known and earlier is not None:
        known, was = "an earlier record", earlier(one.number)
    if was != one:
        msg = f"{place}: round {one.number} contradicts what {known} tells of it"
        raise InputError(msg)


def _decoded(line: bytes, place: str, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"{place}: holds no rounds as this version records them: {error}"
        raise InputError(msg) from None
