"""What is written: section 7 of the page.

In: rows, scores and choices. Out: records as their JSON would decode, in the order of the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .decisions import choose, decision_id
from .fold import Version
from .job import Job
from .order import Partition
from .people import Row
from .records import Event
from .times import rfc3339


@dataclass
class Result:
    """All outputs of a run; every list is in the order of its file.

    Attributes
    ----------
    decisions
        One a trigger. `candidates` maps each action to its priority (None if it was not
        eligible) and to why it was not chosen: the text of the condition that dropped it,
        `outranked` or `below_floor`; None if it was. For `no_action` the priority is 0 and the
        factors are None; `reason` is None for all others.
    scores
        One an accepted event.
    sessions
        One a closed session.
    late
        One a late record, with `mark`, the time before which it was late.
    dead
        One a dead letter: `reason` and `field` (None where no field is to blame).
    features
        One an accepted event, in the order of scores: `event_id`, `person` (the person key),
        `clock` (ms) and `values` (name to float).
    counts
        `input`, `accepted`, `duplicate`, `conflicting`, `late`, `ignored`, `dead_letter`,
        `clamped`, `triggers`, `decisions` (by the names that occurred), `sessions` (by reason),
        `learned`, `censored`, `rejected`.
    metrics
        The model's progressive metrics.
    held
        Events that wait for the mark: only where the run is to be continued.
    """

    decisions: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    late: list[dict[str, Any]]
    dead: list[dict[str, Any]]
    features: list[dict[str, Any]]
    counts: dict[str, Any]
    metrics: dict[str, Any]
    held: int


def file_order(row: Row) -> tuple[int, str, int]:
    """Return what decisions and scores are ordered by: clock, person key, processing order."""
    return (row.clock, row.event.person, row.number)


def score_record(row: Row, version: Version, score: float) -> dict[str, Any]:
    """Return one line of scores."""
    return {
        "time": rfc3339(row.clock),
        **row.event.subject,
        "event_id": row.event.id,
        "model": "intent",
        "version": version.tick,
        "score": score,
    }


def feature_record(row: Row) -> dict[str, Any]:
    """Return the features of one row."""
    return {
        "event_id": row.event.id,
        "person": row.event.person,
        "clock": row.clock,
        "values": dict(row.values),
    }


def decision_record(job: Job, row: Row, version: Version, score: float) -> dict[str, Any]:
    """Return one line of decisions."""
    choice = choose(job.actions, job.floor, row, score)
    trigger = "event:" + row.event.type
    return {
        "decision_id": decision_id(job, row, trigger),
        "decision_time": rfc3339(row.clock),
        **row.event.subject,
        "trigger": {"type": trigger, "event_ids": [row.event.id]},
        "name": choice.name,
        "priority": choice.priority,
        **choice.factors,
        "score": score,
        "candidates": dict(choice.candidates),
        "reason": choice.reason,
        "model": {
            "name": "intent",
            "version": version.tick,
            "evidence": version.evidence,
            "positives": version.positives,
        },
    }


def late_record(event: Event, partition: Partition) -> dict[str, Any]:
    """Return one line of late records; it has the id it came with, or None."""
    return {
        "time": rfc3339(event.time),
        **event.subject,
        "source": event.source,
        "event_id": None if event.derived else event.id,
        "type": event.type,
        "mark": rfc3339(int(partition.mark)),
    }
