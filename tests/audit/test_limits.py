"""The auditor's limits and the decider's: two algorithms, one meaning."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given

from rtm_flows.audit.limits import LimitBook, Rule
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.record import Decision
from rtm_flows.policy.contacts import NEVER, Reservation
from rtm_flows.policy.limits import FREE
from rtm_flows.times import format_time
from tests.measure.recorded import decision
from tests.policy.histories import ACTIONS
from tests.policy.test_contacts import LIMITS, ZONES, Row, Worker, by_loop, column, histories, keyed

LATER = 4_000_000_000_000


def recorded(row: Row, key: int) -> Decision:
    """Return the record of what a row wanted."""
    action = ACTIONS[row.wants]
    told = decision(
        decision_id=str(key), decision_time=format_time(row.clock), subject_id=str(row.person),
        name=action.name, channel=action.channel, issue=action.issue,
        group=action.group or action.name, expires_at=format_time(min(row.expires, LATER)),
    )  # fmt: skip
    return msgspec.convert(told, Decision)


def told(rows: list[Row], keys: list[int]) -> Outcomes:
    """Return what the input tells of deliveries and zones."""
    kinds = {"settle": "delivered", "release": "failed", "want": "view_item"}
    lines = [
        json.dumps(
            {
                "time": format_time(row.clock), "user_id": row.person, "type": kinds[row.kind],
                "timezone": ZONES[row.zone], "decision_id": str(key),
            }
        ).encode()
        for row, key in zip(rows, keys, strict=True)
    ]  # fmt: skip
    outcomes = Outcomes()
    assert outcomes.read(lines) == len(rows)
    return outcomes


def at_home(rows: list[Row]) -> list[Row]:
    """Return the rows of people who stay where they are."""
    return [dataclasses.replace(row, zone=row.person) for row in rows]


def book(keys: list[dict[str, Any]], outcomes: Outcomes) -> LimitBook:
    """Return the auditor's limits."""
    return LimitBook(msgspec.convert(keys, list[Rule]), outcomes)


@given(LIMITS, histories())
def test_what_the_decider_grants_is_never_a_violation(
    keys: list[dict[str, Any]], rows: list[Row]
) -> None:
    """With outcomes that settle, release, come late or never."""
    rows = at_home(rows)
    decision_keys = keyed(rows)
    limits = book(keys, told(rows, decision_keys))

    for row, key, (_, first) in zip(rows, decision_keys, by_loop(keys, rows), strict=True):
        if row.kind == "want" and first == FREE:
            assert list(limits.enter(recorded(row, key))) == []


@given(LIMITS, histories())
def test_whatever_the_decider_would_hold_back_is_found(
    keys: list[dict[str, Any]], rows: list[Row]
) -> None:
    """If all is granted all the same, by the names of all limits that are used up."""
    rows = [dataclasses.replace(row, kind="want", expires=NEVER) for row in at_home(rows)]
    worker, limits = Worker(keys), book(keys, told(rows, keyed(rows)))

    for row, key in zip(rows, keyed(rows), strict=True):
        slots, clocks, wants = (column([row], name) for name in ("person", "clock", "wants"))
        used = worker.contacts.used(slots, clocks, worker.codes[column([row], "zone")])
        up = (used.up & worker.limits.applies[wants])[0].tolist()
        expected = [one["name"] for one, yes in zip(keys, up, strict=True) if yes]
        assert [text.split("'")[1] for text in limits.enter(recorded(row, key))] == expected

        one = Reservation(
            slots, clocks, worker.limits.masks[wants], np.array([key], dtype=np.uint64),
            column([row], "expires"),
        )  # fmt: skip
        worker.contacts.reserve(one)


def outcome(**changed: object) -> bytes:
    """Return a record that tells of a delivery."""
    told = {"time": 1_700_000_000, "user_id": "7", "type": "delivered", "decision_id": "a"}
    return json.dumps(told | changed).encode()


@pytest.mark.parametrize(
    ("line", "settled"),
    [
        (outcome(), 1_700_000_000_000),
        (outcome(time="2023-11-14T22:13:20.500Z"), 1_700_000_000_500),
        (outcome(time=1_700_000_000_001), 1_700_000_000_001),
        (outcome(user_id=7, type="impression"), 1_700_000_000_000),
        (outcome(id="late"), None),
        (outcome(user_id=None), None),
        (outcome(user_id=None, anonymous_id="7"), None),
        (outcome(time="yesterday"), None),
        (outcome(time=None), None),
        (outcome(type="failed"), None),
        (outcome(decision_id="b"), None),
        (b'{"decision_id":', None),
        (b"[]", None),
    ],
)
def test_a_delivery_is_told_by_its_own_person(line: bytes, settled: int | None) -> None:
    """What cannot be read tells nothing; nor does what came too late."""
    outcomes = Outcomes(late={"late"})
    outcomes.read([line])

    assert outcomes.settled("u:7", "a") == settled


def test_a_zone_holds_from_when_it_is_told() -> None:
    """Until the next one."""
    outcomes = Outcomes()
    outcomes.read([outcome(time=200, timezone="Asia/Baku"), outcome(time=100, timezone="UTC")])

    found = [outcomes.zone("u:7", now) for now in (99_999, 100_000, 199_999, 200_000)]
    assert found == [None, "UTC", "UTC", "Asia/Baku"]


@pytest.mark.parametrize(("first", "found"), [("02:59:59.999", 0), ("03:00:00", 1)])
def test_a_day_may_begin_at_one(first: str, found: int) -> None:
    """Where midnight is skipped, as in Brazil in 2018: at 03:00 UTC it was one o'clock."""
    rule = Rule(name="day", most=1, per="calendar_day")
    limits = LimitBook([rule], Outcomes(), zone="America/Sao_Paulo")
    times = (f"2018-11-04T{first}Z", "2018-11-04T03:30:00Z")
    mails = [decision(n, decision_time=time) for n, time in enumerate(times)]

    told = [list(limits.enter(msgspec.convert(mail, Decision))) for mail in mails]
    assert [len(texts) for texts in told] == [0, found]
