"""Merging: the decisions of two runs side by side, each with the one of the same id.

In: the lines of two files in the order in which a run writes them: by time, then person. Out: pairs
of the same id, and lines that only one file has. In memory are no more lines than wait for their
partner: a window, or as many as one person has at one moment. It refuses lines that are not in that
order, and does not look at what was decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line

WINDOW = 10_000
"""Lines without partner that wait of each file: decisions whose time differs still meet."""

_DIGEST = b',"config":"'
_CONFIG = re.compile(_DIGEST + rb'[0-9a-f]*"\}')

Key = tuple[str, str, str]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What each decision is found and counted by."""

    decision_id: str
    decision_time: str
    subject_id: str
    subject_type: str
    name: str
    channel: str | None = None
    config: str | None = None

    @property
    def key(self) -> Key:
        """Its place: time, then person key; `anonymous` before `user`, as a: is before u:."""
        return self.decision_time, self.subject_type, self.subject_id


class Read(NamedTuple):
    """A line, and its head."""

    line: Line
    head: Head


class Pair(NamedTuple):
    """What both files say of one decision; None where one does not know it."""

    first: Read | None
    second: Read | None
    alike: bool
    """They are the same to the byte, but for the digest of the configuration.

    That of the head is then the first's, for both; `digest_of` the line tells its own.
    """


class _Side:
    """One of the files: the line that is next, and those that wait for a partner."""

    def __init__(self, lines: Iterable[Line], path: str) -> None:
        self._lines, self._path = iter(lines), path
        self._reading = Reading(Head, path)
        self._before: Key = ("", "", "")
        self.waiting: dict[str, Read] = {}
        self.line: Line | None = None
        self._read: Read | None = None
        self.step()

    def step(self) -> None:
        self.line, self._read = next(self._lines, None), None

    def read(self) -> Read | None:
        """Return the next line with its head, which must not be before the last one's."""
        if self._read is None and self.line is not None:
            head = self._reading.of(self.line.data, self.line.offset)
            self.saw(head, self.line.offset)
            self._read = Read(self.line, head)
        return self._read

    def saw(self, head: Head, offset: int) -> None:
        if head.key < self._before:
            msg = (
                f"{self._path}, the line at byte {offset:,}: is before the line above it, at "
                f"{head.decision_time}; a run writes decisions in order of time and person: was "
                "the file put together, or sorted?"
            )
            raise InputError(msg)
        self._before = head.key


def merged(
    first: Iterable[Line], second: Iterable[Line], paths: tuple[str, str], window: int = WINDOW
) -> Iterator[Pair]:
    """Yield every decision of two files once, those of one id together.

    Parameters
    ----------
    first, second
        The lines of both.
    paths
        What errors call them.
    window
        How many lines without partner may wait, of each file.

    Raises
    ------
    InputError
        If a line is broken, lacks a field, or is not in order.
    """
    one, two = _Side(first, paths[0]), _Side(second, paths[1])
    while one.line is not None or two.line is not None:
        if one.line is not None and two.line is not None and alike(one.line.data, two.line.data):
            yield from _alike(one, two)
            continue
        a, b = one.read(), two.read()
        if a is not None and b is not None and a.head.decision_id == b.head.decision_id:
            one.step()
            two.step()
            yield Pair(a, b, alike=False)
        elif b is None or (a is not None and a.head.key <= b.head.key):
            yield from _alone(one, two, window, is_first=True)
        else:
            yield from _alone(two, one, window, is_first=False)
    yield from (Pair(read, None, alike=False) for read in one.waiting.values())
    yield from (Pair(None, read, alike=False) for read in two.waiting.values())


def alike(one: bytes, two: bytes) -> bool:
    """Tell whether two lines are the same, but for a digest of the configuration at their end.

    Examples
    --------
    >>> alike(b'{"a":1,"config":"0a"}', b'{"a":1,"config":"ff"}')
    True
    """
    if one == two:
        return True
    at = one.rfind(_DIGEST)
    if at < 0 or len(one) != len(two) or one[:at] != two[:at]:
        return False
    return bool(_CONFIG.fullmatch(one, at) and _CONFIG.fullmatch(two, at))


def digest_of(line: bytes) -> str | None:
    """Return the digest of the configuration at the end of a line, None if there is none.

    Examples
    --------
    >>> digest_of(b'{"a":1,"config":"0a"}')
    '0a'
    """
    at = line.rfind(_DIGEST)
    return line[at + len(_DIGEST) : -2].decode() if _CONFIG.fullmatch(line, max(0, at)) else None


def _alike(one: _Side, two: _Side) -> Iterator[Pair]:
    """Yield the next lines of both, which are alike; only one of them needs to be read."""
    read, line = one.read(), two.line
    if read is None or line is None:
        return
    two.saw(read.head, line.offset)
    one.step()
    two.step()
    yield Pair(read, Read(line, read.head), alike=True)


def _alone(mine: _Side, other: _Side, window: int, *, is_first: bool) -> Iterator[Pair]:
    """Let the next line of a side wait, unless its partner does; give up what waits too long."""
    read = mine.read()
    if read is None:
        return
    mine.step()
    name = read.head.decision_id
    partner = other.waiting.pop(name, None)
    if partner is not None:
        pair = (read, partner) if is_first else (partner, read)
        yield Pair(*pair, alike=alike(read.line.data, partner.line.data))
        return
    # A file that was put together may have one id twice: the earlier one goes alone.
    gone = [mine.waiting.pop(name)] if name in mine.waiting else []
    mine.waiting[name] = read
    if len(mine.waiting) > window:
        oldest = next(iter(mine.waiting.values()))
        if oldest.head.key < read.head.key:
            gone.append(mine.waiting.pop(oldest.head.decision_id))
    for left in gone:
        yield Pair(left, None, alike=False) if is_first else Pair(None, left, alike=False)
