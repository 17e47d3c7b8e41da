"""Every decision has the id that its event gives it."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from rtm_flows.audit.causes import Causes
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.audit.records import Record as Event
from tests.audit.sound import (
    CONFIG,
    decision,
    read,
)
from tests.measure.recorded import Record

EVENT = Event(1_704_067_200_000, "u:7", "web", "e-0", "view_item", "", "")


def cause(event: Event, **changed: Any) -> Record:
    """Return a decision that an event called for."""
    parts = "shop", event.person, f"event:{event.type}", event.time, event.source, event.id
    text = "\x1f".join(map(str, parts))
    own = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    trigger = {"type": f"event:{event.type}", "event_ids": [event.id]}
    return decision(**{"decision_id": own, "trigger": trigger} | changed)


DERIVED = EVENT._replace(id="~0123456789abcdef-0")


@pytest.mark.parametrize(
    ("record", "given", "wrong"),
    [
        (cause(EVENT), EVENT, False),
        (cause(EVENT), EVENT._replace(time=EVENT.time + 1), True),
        (cause(EVENT), EVENT._replace(source="app"), True),
        (cause(EVENT), EVENT._replace(person="a:7"), True),
        (cause(EVENT), EVENT._replace(type="search"), True),
        (cause(EVENT, decision_id="0" * 32), EVENT, True),
        (cause(EVENT, subject_id="8"), EVENT, True),
        (cause(EVENT, decision_time="2024-01-01T00:00:01Z"), EVENT, True),
        (cause(EVENT, trigger={"type": "event:search", "event_ids": ["e-0"]}), EVENT, True),
        (cause(EVENT, trigger={"type": "event:view_item", "event_ids": ["e-1"]}), EVENT, True),
        (cause(DERIVED), EVENT._replace(id=""), False),
        (cause(DERIVED), EVENT._replace(id="", source="app"), True),
        (cause(DERIVED, decision_time="2024-01-01T00:00:01Z"), EVENT._replace(id=""), True),
        (cause(EVENT, trigger={"type": "timer:later", "event_ids": ["e-1"]}), EVENT, False),
    ],
)
def test_an_id_is_that_of_its_event(record: Record, given: Event, *, wrong: bool) -> None:
    """Of its person, time, source, type and id; timers have ids of another kind."""
    known = Known(msgspec.convert(CONFIG, Declared))
    known.add(given)

    told = {check: list(texts) for check, texts in known.proofs(read(record))}
    assert bool(told.get("identity")) == wrong


@pytest.mark.parametrize(
    "config",
    [
        {"dedup": {"window": "PT0S"}},
        {"input": {"format": "segment"}},
        {"input": {"mapping": {"time": "at"}}},
    ],
)
def test_an_id_that_cannot_be_proved_is_not_asked_for(config: dict[str, Any]) -> None:
    """Of copies that were accepted, and of foreign records."""
    known = Known(msgspec.convert(CONFIG | config, Declared))
    known.add(EVENT)

    assert "identity" not in dict(known.proofs(read(cause(EVENT))))


def test_in_the_order_of_arrival_derived_ids_are_not_looked_at() -> None:
    """As the time of the event is not told."""
    causes = Causes("shop", in_order=False)

    assert causes.concern(read(cause(EVENT)))
    assert not causes.concern(read(cause(DERIVED)))
