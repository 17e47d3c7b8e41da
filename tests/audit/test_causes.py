"""Every decision has the id that its event gives it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest

from rtm_flows.audit.causes import Causes
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.known import Known
from rtm_flows.audit.records import Reading
from rtm_flows.audit.records import Record as Event
from rtm_flows.times import format_time
from tests.audit.sound import CONFIG, decision, found, read
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
NAMELESS = EVENT._replace(id="", given=DERIVED.id)


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
        (cause(DERIVED), NAMELESS, False),
        (cause(DERIVED), NAMELESS._replace(source="app"), True),
        (cause(DERIVED), NAMELESS._replace(given="~0123456789abcdef-1"), True),
        (cause(DERIVED, decision_time="2024-01-01T00:00:01Z"), NAMELESS, True),
        (cause(EVENT, trigger={"type": "later", "event_ids": ["e-1"]}), EVENT, True),
    ],
)
def test_an_id_is_that_of_its_event(record: Record, given: Event, *, wrong: bool) -> None:
    """Of its person, time, source, type and id."""
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


MOMENTS = [
    {"name": "left", "kind": "cart_abandonment", "after": "PT1H"},
    {"name": "quiet", "kind": "silence", "after": "PT1H"},
    {"name": "pause", "kind": "silence", "after": "PT1H", "quantile": 0.9},
    {"name": "gone", "kind": "session_end"},
    {
        "name": "missed",
        "kind": "absence",
        "after_types": ["!", "search"],
        "of": [],
        "within": "P1D",
    },
    {"name": "stuck", "kind": "checkout_abandonment", "after": "PT1H"},
    {"name": "both", "kind": "sequence", "first": ["search"], "then": ["view_item"]},
    {"name": "often", "kind": "count", "types": "search"},
    {"name": "hot", "kind": "score_crossing"},
]


def moment(name: str, kind: str, at: str, *ids: str, **changed: Any) -> Record:
    """Return a decision of a timer that was due at a time of day."""
    due = EVENT.time + 60_000 * (60 * int(at[:2]) + int(at[3:]))
    text = f"shop\x1fu:7\x1f{name}\x1f{due}\x1f{kind}\x1f"
    told = {
        "decision_id": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
        "trigger": {"type": name, "event_ids": list(ids)},
        "decision_time": format_time(due),
    }
    return decision(**told | changed)


def on_event(name: str, *ids: str, **changed: Any) -> Record:
    """Return a decision of a moment that fired on the event of the tests."""
    parts = "shop", EVENT.person, name, EVENT.time, EVENT.source, EVENT.id
    own = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    trigger = {"type": name, "event_ids": list(ids)}
    return decision(**{"decision_id": own, "trigger": trigger} | changed)


@pytest.mark.parametrize(
    ("record", "type_", "wrong"),
    [
        (moment("left", "cart_abandonment", "01:00", "e-0"), "add_to_cart", False),
        (moment("left", "cart_abandonment", "24:00", "e-0"), "add_to_cart", False),
        (moment("left", "silence", "01:00", "e-0"), "add_to_cart", True),
        (moment("left", "cart_abandonment", "01:00", "e-0", subject_id="8"), "add_to_cart", True),
        (moment("pause", "silence", "24:00", "e-0"), "view_item", False),
        (moment("quiet", "silence", "01:00", "e-0"), "view_item", False),
        (moment("quiet", "silence", "01:00", "e-1"), "view_item", True),
        (moment("quiet", "silence", "01:00"), "view_item", True),
        (moment("quiet", "silence", "00:30", "e-0"), "view_item", True),
        (moment("gone", "session_end", "00:30", "e-0"), "view_item", False),
        (moment("gone", "session_end", "01:00", "e-0"), "view_item", True),
        (moment("missed", "absence", "24:00", "e-0"), "view_item", False),
        (moment("missed", "absence", "24:00", "e-0"), "search", True),
        (moment("stuck", "checkout_abandonment", "01:00", "e-0"), "add_payment_info", False),
        (moment("stuck", "checkout_abandonment", "01:00", "e-0"), "purchase", True),
        (on_event("both", "e-9", "e-0"), "view_item", False),
        (on_event("both", "e-0", "e-9"), "view_item", True),
        (on_event("both", "e-9", "e-0"), "search", True),
        (on_event("often", "e-9", "e-0"), "search", False),
        (on_event("hot", "e-0"), "purchase", False),
        (on_event("hot", "e-0", decision_id="0" * 32), "purchase", True),
        (on_event("cold", "e-0"), "purchase", True),
    ],
)
def test_an_id_is_that_of_its_moment(record: Record, type_: str, *, wrong: bool) -> None:
    """Of what is due when, and where one event alone sets the timer, of that one."""
    known = Known(msgspec.convert(CONFIG | {"triggers": {"moments": MOMENTS}}, Declared))
    known.add(EVENT._replace(type=type_))

    told = {check: list(texts) for check, texts in known.proofs(read(record))}
    assert bool(told["identity"]) == wrong


def test_of_timers_the_id_is_proved_without_input() -> None:
    """It follows from the record and the configuration; where copies are accepted it has a 0."""
    moments = {"triggers": {"moments": MOMENTS}}
    record = moment("quiet", "silence", "00:30", "e-5")
    assert "identity" not in found(record, CONFIG | moments)
    copies = {"dedup": {"window": "PT0S"}}
    assert "identity" in found(record, CONFIG | moments | copies)
    text = "shop\x1fu:7\x1fgone\x1f1704067200000\x1fsession_end\x1f\x1f0"
    own = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    zero = moment("gone", "session_end", "00:00", decision_id=own)
    assert "identity" not in found(zero, CONFIG | moments | copies)


def test_in_the_order_of_arrival_only_the_cause_is_proved() -> None:
    """As clocks may be later than the times of events."""
    declared = msgspec.convert(
        CONFIG
        | {"time": {"order": "log"}, "input": {"sort": False}, "triggers": {"moments": MOMENTS}},
        Declared,
    )
    causes = Causes(declared)
    causes.add(EVENT)
    later = {"decision_time": "2024-01-01T00:00:01Z"}

    assert list(causes.prove(read(cause(EVENT, **later)))) == []
    assert list(causes.prove(read(on_event("hot", "e-0", **later)))) == []
    assert list(causes.prove(read(cause(EVENT, decision_id="0" * 32)))) != []
    assert list(causes.prove(read(moment("quiet", "silence", "00:30", "e-0")))) == []
    assert list(causes.prove(read(moment("quiet", "silence", "00:30", **later)))) != []


def test_records_without_an_id_are_given_that_of_their_fields() -> None:
    """As section 1 of the page has it: a hash of fields, and how many came before."""
    line = json.dumps({"time": 1.5, "user_id": 7, "type": "search", "price": "2.50", "url": "/"})
    fields = ["1.5", "", "", "", "7", "", "search", "2.50", *[""] * 14]
    text = "\x1f".join(field or "\x00" for field in fields)
    own = "~" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    reading = Reading("web")
    other = json.dumps({"time": 1.5, "user_id": 7, "type": "search"})
    given = [one.event_id for one in reading.read([line.encode(), other.encode(), line.encode()])]
    assert [given[0], given[2]] == [f"{own}-0", f"{own}-1"]
    assert given[1].endswith("-0")
    assert given[1] != given[0]
