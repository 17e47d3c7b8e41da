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
    policy: Record = {"policy": "full", "arms": {}, "held_out": False, "limits": {}}
    return {**record, **policy, "features_hash": digest}
