"""Stories of one person, told in a few words, and what an audit makes of decisions in them.

A step of a story is a time in minutes (or days: `2d`), a type, and in any order an item, `#` and a
transaction, `!` and a case, `x` and pieces, `=` and the id of a decision, `@` and an action, where
`/` and a treatment may follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.times import format_time
from tests.audit.sound import decision, read
from tests.measure.recorded import START, Record

MINUTE = 60_000
TIMERS = {"triggers": {"moments": [{"name": "quiet", "kind": "silence", "after": "PT30M"}]}}


def when(text: str) -> int:
    """Return the milliseconds of a step's time."""
    minutes = float(text[:-1]) * 1440 if text.endswith("d") else float(text)
    return START + round(minutes * MINUTE)


def line(step: str, number: int) -> bytes:
    """Return a step as a line of the input."""
    time, type_, *words = step.split()
    told: Record = {"time": format_time(when(time)), "type": type_, "id": f"e{number:03}"}
    for word in words:
        if word[0] == "@":
            action, _, treatment = word[1:].partition("/")
            told |= {"action": action} | ({"treatment": treatment} if treatment else {})
        else:
            names = {"#": "transaction_id", "!": "case_id", "x": "quantity", "=": "decision_id"}
            name = names.get(word[0], "item_id")
            told[name] = word if name == "item_id" else word[1:]
    return json.dumps(told | {"user_id": "7"}).encode()


def known(config: dict[str, Any], story: Sequence[str]) -> Known:
    """Return what a configuration and a story make known."""
    one = Known(msgspec.convert({"name": "shop"} | config, Declared))
    for record in one.reading.read([line(step, at) for at, step in enumerate(story)]):
        one.add(record)
    return one


def at_the_end(story: Sequence[str], **changed: Any) -> Record:
    """Return a decision on the last step of a story."""
    return at_step(story, len(story) - 1, **changed)


def at_step(story: Sequence[str], number: int, **changed: Any) -> Record:
    """Return a decision on a step of a story."""
    time, type_ = story[number].split()[:2]
    name, event = f"event:{type_}", f"e{number:03}"
    trigger = {"type": name, "event_ids": [event]}
    return _decision(when(time), (name, when(time), "shop", event), trigger, changed)


def by_timer(time: str, **changed: Any) -> Record:
    """Return a decision of a timer at a time."""
    due = when(time)
    return _decision(
        due, ("quiet", due, "silence", ""), {"type": "quiet", "event_ids": []}, changed
    )


def _decision(
    time: int, parts: tuple[object, ...], trigger: dict[str, Any], changed: dict[str, Any]
) -> Record:
    text = "\x1f".join(map(str, ("shop", "u:7", *parts)))
    own = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    told = {"decision_id": own, "decision_time": format_time(time), "trigger": trigger}
    return decision(**told | changed)


def told(known_: Known, record: Record, check: str) -> list[str] | None:
    """Return what a check finds in a decision; None if it was not asked."""
    found = {name: list(texts) for name, texts in known_.proofs(read(record))}
    return found.get(check)


def candidate(name: str, reason: str | None, stage: str = "contact_policy") -> Record:
    """Return a candidate that won, or that is held back at a stage."""
    return {
        "name": name, "treatment": name, "priority": 1.0, "action_prob": float(reason is None),
        "stage_dropped": None if reason is None else stage, "reason": reason,
    }  # fmt: skip
