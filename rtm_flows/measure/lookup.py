"""Lookup: one decision by its id, and the scores that were served with it.

In: the files of a run, open for reading. Out: records with their places. It refuses to know where
the files lie, and reads no more of them than it must.
"""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.recorded import Reading, Recorded, RecordedScore
from rtm_flows.measure.scan import BLOCK, Line, Seen, lines, lines_with, seek_ordered, whole_size

DIGITS = 32
"""Of a whole id."""

_ID = re.compile(r"[0-9a-f]{4,32}")
_PRIORITY = re.compile(rb'"rank":1,"priority":([0-9.e+-]+)')
_MOST = 5


class _Id(msgspec.Struct):
    decision_id: str


class _Time(msgspec.Struct):
    time: str


class Found(NamedTuple):
    """A decision, and its line."""

    line: Line
    decision: Recorded


def find_decision(
    file: BinaryIO,
    path: str,
    text: str,
    *,
    block: int = BLOCK,
    seen: Seen | None = None,
    growing: bool = False,
) -> Found:
    """Return the decision that has an id, or one whose id begins so and no other's does.

    A whole id ends the search where it is found; the beginning of one is looked for everywhere.

    Parameters
    ----------
    file, block, seen, growing
        As for `lines`.
    path
        What errors call the file.
    text
        The id, or its first 4 digits or more.

    Raises
    ------
    InputError
        If the text is no id, nothing or more than one has it, or its line is broken.
    """
    wanted = text.strip().lower()
    if not _ID.fullmatch(wanted):
        msg = (
            f"{text!r} is no decision id: these are {DIGITS} digits from 0-9 and a-f; the first 4 "
            "or more will do"
        )
        raise InputError(msg)
    needle = b'"decision_id":"' + wanted.encode()
    found: list[Line] = []
    for line in lines_with(file, needle, block=block, seen=seen, growing=growing):
        found.append(line)
        if len(wanted) == DIGITS or len(found) > _MOST:
            break
    if not found:
        raise InputError(_nothing(file, path, wanted, growing=growing))
    if len(found) > 1:
        ids = Reading(_Id, path)
        some = ", ".join(ids.of(line.data, line.offset).decision_id for line in found[:_MOST])
        more = " and more" if len(found) > _MOST else ""
        msg = f"{wanted}: begins the ids of several decisions in {path}: {some}{more}"
        raise InputError(msg)
    return Found(found[0], Reading(Recorded, path).of(found[0].data, found[0].offset))


def find_foremost(
    file: BinaryIO, path: str, *, seen: Seen | None = None, growing: bool = False
) -> Found:
    """Return the decision of the highest priority of those by which something is done.

    Of equal ones the first.

    Parameters
    ----------
    file, path, seen, growing
        As for `find_decision`.

    Raises
    ------
    InputError
        If nothing is done by any decision, or the line is broken.
    """
    best: tuple[float, Line] | None = None
    # Only a line by which something is done has a candidate without a reason why it was dropped.
    for line in lines_with(file, b'"reason":null', block=BLOCK, seen=seen, growing=growing):
        told = _PRIORITY.search(line.data)
        priority = float(told[1]) if told else 0.0
        if best is None or priority > best[0]:
            best = priority, line
    if best is None:
        msg = f"{path}: nothing is done by any decision; give the id of one, to see why"
        raise InputError(msg)
    return Found(best[1], Reading(Recorded, path).of(best[1].data, best[1].offset))


def _nothing(file: BinaryIO, path: str, wanted: str, *, growing: bool) -> str:
    """Say that nothing was found; or, by an error of its own, that this file has no ids."""
    file.seek(0)
    for line in lines(file, growing=growing):
        Reading(_Id, path).of(line.data, line.offset)
        break
    return (
        f"{wanted}: no decision in {path} has this id. Ids are those of one job's name: is it "
        "another run's? Give its folder with --run"
    )


def scores_of(
    file: BinaryIO, path: str, size: int, decision: Recorded, *, growing: bool = False
) -> list[RecordedScore]:
    """Return the scores of all models at the event of a decision, in the order of the file.

    The file is in order of time, so its lines are found by halving.

    Parameters
    ----------
    file, path, growing
        `scores.jsonl`, as for `find_decision`.
    size
        Its length in bytes; of one that is still written, as far as it goes.
    decision
        Whose scores are wanted.
    """
    clock, scores = Reading(_Time, path), Reading(RecordedScore, path)
    time = decision.decision_time
    size = whole_size(file, size) if growing else size
    start = seek_ordered(file, size, lambda line: clock.of(line, file.tell()).time < time)
    file.seek(start)
    found = []
    for line in lines(file, block=1 << 16, growing=growing):
        score = scores.of(line.data, line.offset)
        if score.time != time:
            break
        if _same_event(score, decision):
            found.append(score)
    return found


def _same_event(score: RecordedScore, decision: Recorded) -> bool:
    return (
        score.subject_id == decision.subject_id
        and score.subject_type == decision.subject_type
        and score.event_id in decision.trigger.event_ids
    )
