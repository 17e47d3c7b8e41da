"""Judge any party's scores by one yardstick: their log loss against what then happened.

In: the events and a party's records. Out: the mean log loss of its scores. Refuses to know what
the party itself took for a label: here, for all alike, an event is labelled with whether a
purchase follows it in its session. Events at or after the first purchase of a session are left
out, and so are those of sessions still open at the end without one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.job import SESSION_GAP_MS

CLIP = 1e-6


class Event(msgspec.Struct, gc=False):
    """What of an event decides the labels."""

    event_id: str
    ts: int
    user_id: str
    type: str


class Session:
    """One person's session while its outcome is not known."""

    __slots__ = ("last_ms", "purchased", "waiting")

    def __init__(self) -> None:
        self.last_ms = 0
        self.purchased = False
        self.waiting: list[str] = []


def outcomes(events: Path) -> dict[str, bool]:
    """Return the label of every event that has one, by its id."""
    decode = msgspec.json.Decoder(Event).decode
    people: dict[str, Session] = {}
    labels: dict[str, bool] = {}
    newest_ms = 0
    with events.open("rb") as lines:
        for line in lines:
            event = decode(line)
            newest_ms = max(newest_ms, event.ts)
            _fold(people.setdefault(event.user_id, Session()), event, labels)
    for session in people.values():
        if newest_ms - session.last_ms > SESSION_GAP_MS:
            labels.update(dict.fromkeys(session.waiting, False))
    return labels


def _fold(session: Session, event: Event, labels: dict[str, bool]) -> None:
    time_ms = max(event.ts, session.last_ms)
    if time_ms - session.last_ms > SESSION_GAP_MS:
        labels.update(dict.fromkeys(session.waiting, False))
        session.waiting, session.purchased = [], False
    session.last_ms = time_ms
    if event.type == "purchase" and not session.purchased:
        labels.update(dict.fromkeys(session.waiting, True))
        session.waiting, session.purchased = [], True
    elif not session.purchased:
        session.waiting.append(event.event_id)


class Record(msgspec.Struct, gc=False):
    """What of a record is judged."""

    event_id: str
    p: float | None = None
    score: float | None = None

    @property
    def chance(self) -> float:
        """The score, under either of its names."""
        given = self.p if self.score is None else self.score
        if given is None:
            msg = f"a record has neither `p` nor `score`: event {self.event_id}"
            raise ValueError(msg)
        return given


class Wrapped(msgspec.Struct, gc=False):
    """A record as Pathway writes it: in a column of a changed row."""

    o: Record


def scores(out: Path) -> Iterator[Record]:
    """Give the records of a file, or of all files of a folder."""
    parts = sorted(p for p in out.rglob("*") if p.is_file()) if out.is_dir() else [out]
    for part in parts:
        with part.open("rb") as lines:
            for line in lines:
                if line.startswith(b'{"o":'):
                    yield msgspec.json.decode(line, type=Wrapped).o
                else:
                    yield msgspec.json.decode(line, type=Record)


def log_loss(labels: dict[str, bool], out: Path) -> float | None:
    """Return the mean log loss of the labelled records; None if no record has a label."""
    losses = []
    for record in scores(out):
        if (label := labels.get(record.event_id)) is not None:
            p = min(max(record.chance, CLIP), 1 - CLIP)
            losses.append(-math.log(p if label else 1 - p))
    return math.fsum(losses) / len(losses) if losses else None
