"""Records with nothing wrong in them, and what finds things in those that have."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import msgspec

from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.audit.proofs import PROOFS, asked
from rtm_flows.audit.record import Decision
from tests.measure import recorded
from tests.measure.recorded import Record

CONFIG: dict[str, Any] = {
    "name": "shop",
    "floor": 0.6,
    "actions": [
        {"name": "nudge", "channel": "push", "cost": 0.25},
        {"name": "greet", "group": "cart", "treatments": [{"name": "banner"}],
         "propensity": "score", "value": 6.0, "expires_after": "PT1M"},
        {"name": "mail", "channel": "email"},
    ],
}  # fmt: skip
"""A configuration with the catalogue of the records, in which greet is not declared first."""


def decision(number: int = 0, **changed: Any) -> Record:
    """Return a decision to greet, which is sure to win."""
    return {**_whole(recorded.decision(number)), **changed}


def nothing(number: int = 0, **changed: Any) -> Record:
    """Return a decision to do nothing, as the one candidate that passed is below the floor."""
    return {**_whole(recorded.nothing(number)), **changed}


def read(record: Record) -> Decision:
    """Return a record as the auditor reads it."""
    return msgspec.convert(record, Decision)


def found(record: Record, config: dict[str, Any] | None = None) -> dict[str, list[str]]:
    """Return what each check finds in a record, where it finds something."""
    one = read(record)
    told = [(check, list(proof(one))) for check, proof in PROOFS.items() if asked(check, one)]
    if config is not None:
        known = Known(msgspec.convert(config, Declared))
        told += [(check, list(texts)) for check, texts in known.proofs(one)]
    return {check: texts for check, texts in told if texts}


def _whole(record: Record) -> Record:
    numbers = list(record["features"].values())
    packed = struct.pack(f"<{len(numbers)}d", *numbers)
    digest = hashlib.blake2b(packed, digest_size=8).hexdigest()
    policy: Record = {"policy": "full", "arms": [], "held_out": False, "limits": []}
    return {**record, **policy, "features_hash": digest}


def offer(name: str, priority: float | None, reason: str | None, chance: float = 0.0) -> Record:
    """Return a candidate."""
    stage = None if reason is None else "arbitration"
    if reason in ("week", "views above 3"):
        stage = "contact_policy" if reason == "week" else "eligibility"
    return {
        "name": name, "treatment": "banner" if name == "greet" else name, "priority": priority,
        "action_prob": chance, "stage_dropped": stage, "reason": reason,
    }  # fmt: skip


MAIL = offer("mail", None, "views above 3")


def slate(greet: float, nudge: float, lost: str = "not_drawn") -> Record:
    """Return a decision to greet that was drawn, with the chances of both that were open."""
    candidates = [offer("greet", 1.5, None, greet), offer("nudge", 1.0, lost, nudge), MAIL]
    return decision(action_prob=greet, candidates=candidates)


def idle(*candidates: Record, reason: str) -> Record:
    """Return a decision to do nothing."""
    return nothing(candidates=list(candidates), reason=reason)


LOW = offer("nudge", 0.3, "below_floor")


def below_floor() -> Record:
    """Return a sound decision to do nothing, by the catalogue."""
    return idle(offer("greet", 0.5, "below_floor"), LOW, MAIL, reason="below_floor")
