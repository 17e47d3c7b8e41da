"""Lines of the outputs that the source and know steps write: late rows, dead letters, sessions.

In: columns, and the place of a record. Out: JSON lines with what puts them in order. Dead letters
hold no value of the record, unless the job says so, only where it lies and what was wrong.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from rtm_flows.columns import Column, Table
from rtm_flows.decisions.fields import SUBJECTS
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints, Progress
from rtm_flows.models.notes import Note
from rtm_flows.people.session_sums import RECORD
from rtm_flows.times import format_time, format_times

_ENCODE = msgspec.json.Encoder().encode
PAYLOAD_BYTES = 1 << 16
"""Of a record that a dead letter tells: a broker refuses records of more than about 1 MB."""
_ENGAGED_MS = 10_000
_CUT = np.array(["gap", "end_of_input"])
"""Why a session ended, by whether it was cut off."""
_PARTITIONS = 1 << 20

Where = tuple[str, int] | tuple[str, int, int]
"""File and line of a record; or topic, offset and partition."""

Place = Callable[[int], Where]
"""From the `row` of a record to where it stands."""


class Dead(NamedTuple):
    """A record that could not become an event; of a topic, `line` is the offset."""

    file: str
    line: int
    reason: str
    field: str | None
    detail: str
    partition: int | None = None
    payload: bytes | None = None
    """The record itself, where the job wants that; it may be personal."""


def late_lines(late: Table, place: Place) -> list[bytes]:
    """Return a line for every late row."""
    times = format_times(late["time"])
    rows = zip(
        times,
        late["person"].tolist(),
        late["source"].tolist(),
        late["id"].tolist(),
        late["type"].tolist(),
        (late["behind"] / 1000.0).tolist(),
        [_place(*place(row)) for row in late["row"].tolist()],
        strict=True,
    )
    return [
        _ENCODE(
            {
                "time": time,
                **_subject(person),
                "source": source,
                "id": id_,
                "type": kind,
                "lateness_seconds": behind,
                "place": where,
            }
        )
        for time, person, source, id_, kind, behind, where in rows
    ]


def dead_lines(dead: Sequence[Dead]) -> list[bytes]:
    """Return a line for every dead letter."""
    return [
        _ENCODE(
            {
                "reason": one.reason,
                "field": one.field,
                "detail": one.detail,
                "place": _place(one.file, one.line, one.partition),
                **_payload(one.payload),
            }
        )
        for one in dead
    ]


def _payload(record: bytes | None) -> dict[str, str | int]:
    """Return the record of a dead letter as text, cut off where it is long; nothing for None.

    Examples
    --------
    >>> _payload(b"broken")
    {'payload': 'broken', 'payload_encoding': 'utf-8', 'payload_bytes': 6}
    >>> _payload(bytes([255]))
    {'payload': '/w==', 'payload_encoding': 'base64', 'payload_bytes': 1}
    """
    if record is None:
        return {}
    told = record[:PAYLOAD_BYTES]
    try:
        text, encoding = told.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = b64encode(told).decode(), "base64"
    return {"payload": text, "payload_encoding": encoding, "payload_bytes": len(record)}


def _place(file: str, line: int, partition: int | None = None) -> dict[str, str | int]:
    if partition is None:
        return {"file": file, "line": line}
    return {"topic": file, "partition": partition, "offset": line}


def by_round(
    output: str,
    progress: Progress,
    partition: int,
    round_: int,
    lines: list[bytes],
    keys: Column | None = None,
) -> Lines:
    """Return lines of one batch of a partition, to be written in (round, partition, arrival).

    `keys` are the person keys of the lines, where they are somebody's.
    """
    return Lines(
        output=output,
        feeds=progress.feeds,
        marks=progress.rounds + 1,
        release=np.full(len(lines), round_, dtype=np.int64),
        order=np.full(len(lines), round_ * _PARTITIONS + partition, dtype=np.int64),
        tie=None,
        lines=block_of(lines),
        keys=keys,
    )


def session_lines(sessions: Table, lanes: Ints, ticks: Ints, tick_ms: int) -> Lines:
    """Return lines of closed sessions, to be written in (closed_at, person)."""
    closed_at = sessions["closed_at"]
    columns = [format_times(sessions[name]) for name in ("start", "end", "closed_at")]
    rows = zip(
        sessions["person"].tolist(),
        sessions["session"].tolist(),
        *columns,
        np.where(sessions["evicted"], "evicted", _CUT[sessions["cut"].astype(np.int64)]).tolist(),
        (sessions["end"] - sessions["start"]).tolist(),
        sessions["sums"].tolist(),
        strict=True,
    )
    return Lines(
        output="sessions",
        feeds=lanes,
        marks=ticks,
        release=closed_at // tick_ms,
        order=closed_at,
        tie=sessions["person"],
        lines=block_of(_session(*row) for row in rows),
    )


def learning_lines(notes: Sequence[tuple[str, Note]], done: int, plan: Plan) -> Lines:
    """Return lines of notes of models, to be written by tick; `done` is the first not folded."""
    ticks = np.array([note.tick for _, note in notes], dtype=np.int64)
    return Lines(
        output="learning",
        feeds=np.zeros(1, dtype=np.int64),
        marks=np.array([done], dtype=np.int64),
        release=ticks,
        order=ticks,
        tie=None,
        lines=block_of(_note(model, note, plan) for model, note in notes),
    )


def _note(model: str, note: Note, plan: Plan) -> bytes:
    end = (note.tick + 1) * plan.tick_ms
    since = {}
    if note.kind == "period":
        since = {"start": format_time(end - plan.period_ticks * plan.tick_ms)}
    return _ENCODE(
        {"time": format_time(end), "model": model, "kind": note.kind, **since, **note.fields}
    )


def _session(
    person: str,
    number: int,
    start: str,
    end: str,
    closed_at: str,
    reason: str,
    length: int,
    sums: list[int],
) -> bytes:
    named = dict(zip(RECORD, sums, strict=True))
    pages = named.pop("pages")
    engaged = length > _ENGAGED_MS or pages >= 2 or named["purchases"] > 0
    return _ENCODE(
        {
            **_subject(person),
            "session": number,
            "start": start,
            "end": end,
            "closed_at": closed_at,
            "reason": reason,
            **named,
            "value": named["value"] / 100,
            "engaged": engaged,
        }
    )


def _subject(person: str) -> dict[str, str]:
    return {"subject_id": person[2:], "subject_type": SUBJECTS[person[0]]}
