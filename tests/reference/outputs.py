"""What is written: section 7 of the page.

In: rows, scores and choices. Out: records as their JSON would decode, in the order of the files.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .contacts import Book, is_held_out, policy_of
from .decisions import Rule, choose, decision_id, reasons_of, told_in, trigger_of
from .fold import Example, Version
from .job import Job
from .order import Partition
from .pauses import Pasts
from .people import Row
from .records import Event
from .rounding import rounded
from .suppressions import items_of
from .times import duration, rfc3339


@dataclass
class Result:
    """All outputs of a run; every list is in the order of its file.

    Attributes
    ----------
    decisions
        One a trigger; all fields but `config` and `contributions`.
    scores
        One an accepted event and model.
    sessions
        One a closed session.
    responses
        One a decision that was shown and whose horizon is over, if the job wants to know.
    orphans
        One an outcome that is about nothing that is known.
    late
        One a late record. In a `place` the file is the number of the partition.
    dead
        One a dead letter: `reason`, `field` (None where no field is to blame) and `place`.
    features
        One an accepted event, in the order of scores: `event_id`, `person` (the person key),
        `clock` (ms) and `values` (name to float).
    counts
        `input`, `accepted`, `duplicate`, `conflicting`, `late`, `ignored`, `dead_letter`,
        `clamped`, `triggers`; by the names that occurred, `decisions`, `no_action`, `sessions`
        and `dead_letters` (the last three by reason); `funnel` by action and fate; by
        model `learned`, `censored`, `rejected`.
    metrics
        Each model's progressive metrics.
    answers
        What the summary says of responses; None where the job does not want to know.
    learning
        One a model and period with examples.
    examples
        What was labelled, in the order of the fold, one model after the other.
    held
        Events that wait for the mark: only where the run is to be continued.
    """

    decisions: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    responses: list[dict[str, Any]]
    orphans: list[dict[str, Any]]
    late: list[dict[str, Any]]
    dead: list[dict[str, Any]]
    features: list[dict[str, Any]]
    counts: dict[str, Any]
    metrics: dict[str, Any]
    answers: dict[str, Any] | None
    learning: list[dict[str, Any]]
    examples: list[Example]
    held: int


def file_order(row: Row) -> tuple[int, str, float]:
    """Return what decisions and scores are ordered by: clock, person key, processing order."""
    # A timer has no number: it fires after all events of its person with this clock.
    of_timer = row.fired is not None and row.event.type == ""
    return (row.clock, row.event.person, math.inf if of_timer else row.number)


def score_record(row: Row, model: str, version: Version, score: float) -> dict[str, Any]:
    """Return one line of scores."""
    return {
        "time": rfc3339(row.clock),
        **row.event.subject,
        "event_id": row.event.id,
        "model": model,
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


def decision_record(
    job: Job,
    row: Row,
    version: Version,
    scores: Mapping[str, float],
    learned: Mapping[tuple[str, str], float],
    book: Book,
    pasts: Pasts,
) -> dict[str, Any]:
    """Return one line of decisions; the version is that of intent. Its contact is noted."""
    trigger = trigger_of(row)
    own_id = decision_id(job, row, trigger)
    arms, counts = book.arms(row.event.person), book.counts(row)
    policy, used_up = policy_of(arms), book.used_up(counts)
    rule = Rule(policy, pasts.paused(row), used_up, learned)
    choice = choose(job, row, scores, own_id, rule)
    held_out = choice.offer is not None and is_held_out(arms, choice.offer)
    limits = [] if choice.offer is None else [one["name"] for one in book.limits_of(choice.offer)]
    supersedes = None
    if choice.offer is not None and not held_out:
        supersedes = book.send(row, choice.offer, own_id)
        book.reserve(row, choice.offer, own_id)
    features = {name: rounded(value) for name, value in row.values.items()}
    return {
        "decision_id": own_id,
        "decision_time": rfc3339(row.clock),
        **row.event.subject,
        "trigger": {
            "type": trigger,
            "event_ids": list(row.fired.ids) if row.fired else [row.event.id],
        },
        **delivery(choice.offer, row.clock),
        "supersedes": supersedes,
        "rank": 1,
        "priority": choice.priority,
        **choice.factors,
        "action_prob": choice.chance,
        "policy": policy,
        "arms": [
            {"experiment": name, "arm": None if arm is None else arm["name"]}
            for name, arm in arms.items()
        ],
        "held_out": held_out,
        "limits": [{"limit": name, "count": counts[name] + 1} for name in limits],
        "items": items_of(job, row.shopping, row.clock, choice.offer) if choice.offer else [],
        "candidates": choice.candidates,
        "model": {
            "name": "intent",
            "version": version.tick,
            "evidence": version.evidence,
            "positives": version.positives,
        },
        "score": scores["intent"],
        "features": features,
        "features_hash": hash_of(features),
        "profile_lag_ms": 0,
        "reasons": reasons_of(choice.offer, row, scores),
        "reason": None if choice.offer else choice.reason,
    }


def delivery(offer: Mapping[str, Any] | None, clock: int) -> dict[str, Any]:
    """Return what is to be delivered, where, and from when to when."""
    if offer is None:
        keys = ("channel", "placement", "treatment", "cost", "not_before", "expires_at")
        nothing = {"issue": "none", "group": "none", "name": "no_action", "texts": []}
        return {**nothing, **dict.fromkeys(keys)}
    name = offer["name"]
    return {
        "issue": offer.get("issue", "grow"),
        "group": offer.get("group", "") or name,
        "name": name,
        "channel": offer.get("channel", "onsite"),
        "placement": offer.get("placement"),
        "treatment": offer["treatment"],
        "cost": rounded(offer.get("cost", 0.0)),
        "texts": told_in(offer.get("texts", {})),
        "not_before": rfc3339(clock + duration(offer.get("wait", "PT0S"))),
        "expires_at": rfc3339(clock + duration(offer.get("expires_after", "PT30M"))),
    }


def hash_of(features: Mapping[str, float]) -> str:
    """Return the hash of rounded features: 8 bytes over little-endian float64."""
    packed = struct.pack(f"<{len(features)}d", *features.values())
    return hashlib.blake2b(packed, digest_size=8).hexdigest()


def late_record(event: Event, partition: Partition) -> dict[str, Any]:
    """Return one line of late records; a derived id has no number yet."""
    behind = 0 if partition.top is None else partition.top - event.time
    return {
        "time": rfc3339(event.time),
        **event.subject,
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "lateness_seconds": behind / 1000,
        "place": {"file": event.partition, "line": event.line},
    }
