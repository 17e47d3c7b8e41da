"""Lines of decisions and scores, made by hand for those who read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rtm_flows.times import format_time

START = 1_704_067_200_000
CONFIG = "059dc907d099872d"

Record = dict[str, Any]


def decision_id(*parts: object) -> str:
    """Return an id as decisions have them."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def decision(number: int = 0, **changed: Any) -> Record:
    """Return a record of a decision: the number-th second of a person's life."""
    record: Record = {
        "decision_id": decision_id(number),
        "decision_time": format_time(START + 1000 * number),
        "subject_id": "7",
        "subject_type": "user",
        "trigger": {"type": "event:view_item", "event_ids": [f"e-{number}"]},
        "issue": "grow", "group": "cart", "name": "greet", "channel": "onsite",
        "direction": "inbound", "placement": None, "treatment": "banner",
        "rank": 1, "priority": 1.5, "propensity": 0.25,
        "context_weight": 1.0, "value": 6.0, "levers": 1.0, "cost": 0.0,
        "action_prob": 1.0,
        "candidates": [
            {"name": "greet", "treatment": "banner", "priority": 1.5, "action_prob": 1.0,
             "stage_dropped": None, "reason": None},
            {"name": "nudge", "treatment": "nudge", "priority": 0.5, "action_prob": 0.0,
             "stage_dropped": "arbitration", "reason": "outranked"},
            {"name": "mail", "treatment": "mail", "priority": None, "action_prob": 0.0,
             "stage_dropped": "eligibility", "reason": "views above 3"},
        ],
        "rule_trace": [{"stage": "eligibility", "rule": "views > 1"}],
        "model": {"name": "intent", "version": 28401119, "evidence": 380, "positives": 19},
        "score": 0.25, "contributions": None,
        "features": {"views": 2.0, "price": 12.5},
        "features_hash": "00", "profile_lag_ms": 0,
        "reasons": [], "reason": None, "texts": [],
        "not_before": format_time(START + 1000 * number),
        "expires_at": format_time(START + 1000 * number + 60_000),
        "config": CONFIG,
    }  # fmt: skip
    return {**record, **changed}


def nothing(number: int = 0, **changed: Any) -> Record:
    """Return a record of a decision to do nothing."""
    dropped = {"name": "greet", "treatment": "banner", "priority": 0.5, "action_prob": 0.0,
               "stage_dropped": "arbitration", "reason": "below_floor"}  # fmt: skip
    none = dict.fromkeys(
        ("channel", "direction", "placement", "treatment", "propensity", "context_weight",
         "value", "levers", "cost", "not_before", "expires_at"),
    )  # fmt: skip
    return decision(
        number,
        **{
            "issue": "none", "group": "none", "name": "no_action", "priority": 0.0, **none,
            "candidates": [dropped], "reason": "below_floor",
            **changed,
        },
    )  # fmt: skip


def score(number: int = 0, **changed: Any) -> Record:
    """Return a record of the score of the number-th event."""
    record = {
        "time": format_time(START + 1000 * number), "subject_id": "7", "subject_type": "user",
        "event_id": f"e-{number}", "model": "intent", "version": 28401119, "score": 0.25,
    }  # fmt: skip
    return {**record, **changed}


def as_lines(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Return records as a run writes them."""
    return b"".join(
        json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        for record in records
    )
