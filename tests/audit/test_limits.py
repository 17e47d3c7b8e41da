"""The auditor's limits and the decider's: two algorithms, one meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given

from rtm_flows.audit.declared import Declared, Rule, offers_of
from rtm_flows.audit.limits import LimitBook
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.records import Reading
from rtm_flows.policy.limits import FREE
from rtm_flows.times import format_time
from tests.audit.sound import decision, nothing, read
from tests.measure.recorded import Record
from tests.policy.histories import ACTIONS
from tests.policy.test_contacts import LIMITS, ZONES, Row, by_loop, histories, keyed

LATER = 4_000_000_000_000
NAMES = [action.name for action in ACTIONS]
CATALOGUE = [
    {"name": one.name, "channel": one.channel, "issue": one.issue, "group": one.group}
    for one in ACTIONS
]


def candidate(name: str, reason: str | None = None) -> Record:
    """Return a candidate that won, or that a limit holds back."""
    return {
        "name": name, "treatment": name, "priority": 1.0, "action_prob": float(reason is None),
        "stage_dropped": None if reason is None else "contact_policy", "reason": reason,
    }  # fmt: skip


def counted(**counts: int) -> list[Record]:
    """Return how far limits are used, as a record tells it."""
    return [{"limit": name, "count": count} for name, count in counts.items()]


def recorded(row: Row, at: int, limits: dict[str, int], held: str | None) -> Record:
    """Return the record of what a row wanted, and was granted or not."""
    action = ACTIONS[row.wants]
    common: Record = {
        "decision_id": str(at + 1), "decision_time": format_time(row.clock),
        "subject_id": str(row.person), "candidates": [candidate(action.name, held)],
        "trigger": {"type": "event:view_item", "event_ids": [f"{at:04}"]},
    }  # fmt: skip
    if held is not None:
        return nothing(**common, reason="held_back")
    return decision(
        **common, name=action.name, channel=action.channel, issue=action.issue,
        limits=counted(**limits),
        group=action.group or action.name, expires_at=format_time(min(row.expires, LATER)),
    )  # fmt: skip


def told(rows: Sequence[Row]) -> list[bytes]:
    """Return the input: of every row an event, which tells a zone and perhaps of a delivery."""
    other = {"want": "view_item", "lapse": "view_item"}
    kinds = {"settle": "delivered", "release": "failed", **other}
    return [
        json.dumps(
            {
                "time": format_time(row.clock), "user_id": row.person, "type": kinds[row.kind],
                "timezone": ZONES[row.zone], "decision_id": str(key), "id": f"{at:04}",
            }
        ).encode()
        for at, (row, key) in enumerate(zip(rows, keyed(rows), strict=True))
    ]  # fmt: skip


def book(config: dict[str, Any], lines: Sequence[bytes]) -> LimitBook:
    """Return the auditor's limits, of a job with the catalogue of the tests."""
    declared = msgspec.convert({"actions": CATALOGUE, **config}, Declared)
    outcomes = Outcomes(declared.contacts, in_order=declared.in_event_order)
    for record in Reading().read(lines):
        outcomes.add(record)
    return LimitBook(declared, outcomes, offers_of(declared.actions or ()))


def limits_of(keys: Sequence[dict[str, Any]]) -> tuple[Rule, ...]:
    """Return limits as the auditor reads them."""
    return msgspec.convert({"limits": keys}, Declared).limits


def meant(limit: Rule, row: Row) -> bool:
    """Tell whether a limit is of what a row wants."""
    action = ACTIONS[row.wants]
    return limit.means(
        offers_of(msgspec.convert({"actions": CATALOGUE}, Declared).actions or ())[
            action.name, action.name
        ]
    )


def entered(
    keys: Sequence[dict[str, Any]], rows: Sequence[Row], wrong: int | None = None
) -> list[list[str]]:
    """Return what is found in the record of every row that wanted something.

    What row number `wrong` tells is turned round: it counts one more, or was granted all the same.
    """
    limits = book({"limits": keys, "contacts": {"reports": True}}, told(rows))
    found = []
    about = keyed(rows)
    for at, (row, (counts, first)) in enumerate(zip(rows, by_loop(keys, rows), strict=True)):
        if row.kind == "lapse":
            who: Record = {"subject_id": str(row.person), "decision_time": format_time(row.clock)}
            void = nothing(**who, supersedes=str(about[at]), candidates=[])
            assert list(limits.enter(read(void))) == []
        if row.kind != "want":
            continue
        own = {
            limit.name: counts[place] + 1 + (at == wrong)
            for place, limit in enumerate(limits_of(keys))
            if meant(limit, row)
        }
        held = None if first == FREE or at == wrong else str(keys[first]["name"])
        found.append(list(limits.enter(read(recorded(row, at, own, held)))))
        if at == wrong:
            break
    return found


@given(LIMITS, histories())
def test_what_the_decider_grants_holds_back_and_counts_is_so(
    keys: list[dict[str, Any]], rows: list[Row]
) -> None:
    """To the contact, with outcomes that settle, release, come late or never."""
    assert not any(entered(keys, rows))


@given(LIMITS, histories())
def test_a_wrong_count_and_a_grant_too_many_are_found(
    keys: list[dict[str, Any]], rows: list[Row]
) -> None:
    """In whichever row they are, where a limit is of what it wanted."""
    plain = by_loop(keys, rows)
    for at, row in enumerate(rows):
        if row.kind == "want":
            (*before, last) = entered(keys, rows, wrong=at)
            assert not any(before)
            if plain[at][1] != FREE:
                name = keys[plain[at][1]]["name"]
                assert any(f"{name!r} allows" in text for text in last)
            own = [limit.name for limit in limits_of(keys) if meant(limit, row)]
            wrong = [text for text in last if "is told to count" in text]
            assert [text.split("'")[1] for text in wrong] == own


def mail(number: int, **changed: Any) -> Record:
    """Return the decision to mail that the number-th event of a day called for."""
    sent = {
        "name": "mail", "channel": "email", "group": "news", "candidates": [candidate("mail")],
        "trigger": {"type": "event:view_item", "event_ids": [f"e{number}"]},
    }  # fmt: skip
    return decision(number, **sent | changed)


GAP = {"name": "gap", "channels": "email", "interval": "PT1H"}


def second(lines: Sequence[bytes], expires: str, **config: Any) -> list[str]:
    """Return what is found in a second mail, two minutes after the first one."""
    limits = book({"limits": [GAP], "contacts": {"reports": True}} | config, lines)
    times = ("2024-01-01T00:00:00Z", "2024-01-01T00:02:00Z")
    one, other = (
        mail(n, decision_id="ab"[n], decision_time=time, expires_at=expires, limits=counted(gap=1))
        for n, time in enumerate(times)
    )
    assert list(limits.enter(read(one))) == []
    return list(limits.enter(read(other)))


def outcome(**changed: object) -> bytes:
    """Return a record that tells of a delivery."""
    told = {"time": 1_704_067_260, "user_id": "7", "type": "delivered", "decision_id": "a"}
    return json.dumps(told | {"id": "e0x"} | changed).encode()


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        (None, False),
        ({}, True),
        ({"user_id": "8"}, False),
        ({"user_id": None, "anonymous_id": "7"}, False),
        ({"decision_id": "b"}, False),
        ({"type": "failed"}, False),
        ({"type": "impression", "user_id": 7}, True),
        ({"time": "yesterday"}, False),
        ({"time": None}, False),
        ({"time": "2024-01-01T00:01:59.999Z"}, True),
        ({"time": "2024-01-01 00:02:00z", "id": "e1"}, True),
        ({"time": "2024-01-01T00:02:00Z", "id": "e2"}, False),
        # What is told before it was decided tells of nothing.
        ({"time": "2023-12-31T23:59:59Z"}, False),
        ({"time": "2024-01-01T00:00:00Z", "id": "e00"}, True),
        ({"time": "2024-01-01T00:00:00Z", "id": "d"}, False),
        # By its own clock it was told later, but it had come by then.
        ({"time": "2024-01-01T09:00:00Z", "received_at": "2024-01-01T00:01:00Z"}, True),
        ({"time": "2024-01-01T00:59:00Z", "received_at": "2024-01-01T00:01:00Z"}, False),
    ],
)
def test_a_contact_that_expired_counts_once_it_is_told(
    changed: dict[str, object] | None, *, counted: bool
) -> None:
    """After it was made, before the next decision in the order of events, by the same person."""
    lines = [] if changed is None else [outcome(**changed)]
    found = second(lines, expires="2024-01-01T00:01:00Z")

    assert found == (
        ["'gap' allows 1; 1 counted before", "'gap' is told to count 1; it is 2"] * counted
    )


@pytest.mark.parametrize(
    ("changed", "released"),
    [
        ({"type": "failed"}, True),
        ({"type": "email_bounced"}, True),
        ({"type": "failed", "time": "2024-01-01T00:02:00Z", "id": "e2"}, False),
        ({"type": "failed", "time": "2024-01-01T00:02:00Z", "id": None}, True),
    ],
)
@pytest.mark.parametrize("reports", [False, True])
def test_a_contact_that_failed_counts_no_more(
    changed: dict[str, object], *, released: bool, reports: bool
) -> None:
    """Where a derived id leaves it open what came first, the decider is believed."""
    contacts = {"reports": reports}
    found = second([outcome(**changed)], expires="2024-01-02T00:00:00Z", contacts=contacts)

    assert (found == []) == released


def test_without_reports_a_contact_counts_for_good() -> None:
    """Long after it has expired."""
    assert second([], expires="2024-01-01T00:01:00Z", contacts={}) != []


def test_in_the_order_of_arrival_a_report_may_have_come_later() -> None:
    """So both are believed: that it counts, and that it does not."""
    config = {"time": {"order": "log"}, "input": {"sort": False}}

    assert second([outcome()], expires="2024-01-01T00:01:00Z", **config) == []


def test_whoever_is_held_out_has_no_contact() -> None:
    """So the next one counts as the first."""
    limits = book({"limits": [GAP]}, [])
    for number in range(2):
        held = mail(number, held_out=True, limits=counted(gap=1))
        assert list(limits.enter(read(held))) == []


HELD = nothing(0, candidates=[candidate("mail", "gap")], reason="held_back")


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (HELD, "('mail', 'mail') is held back by 'gap', which allows 1; 0 counted"),
        (
            {**HELD, "candidates": [candidate("banner", "gap")]},
            "('banner', 'banner') is held back, but falls under no limit",
        ),
        (
            {**HELD, "candidates": [candidate("mail", "other")]},
            "('mail', 'mail') is held back by 'other', but falls under ['gap']",
        ),
        (mail(0), "limits are [], but it falls under ['gap']"),
        (mail(0, limits=counted(gap=2)), "'gap' is told to count 2; it is 1"),
        (mail(0, limits=counted(gap=1, day=1)), "limits are ['gap', 'day'], but it falls under"),
    ],
)
def test_what_is_held_back_or_counted_without_cause_is_found(record: Record, text: str) -> None:
    """By the limit that is told."""
    (found,) = book({"limits": [GAP]}, []).enter(read(record))

    assert found.startswith(text)


def test_what_must_be_held_back_and_is_not_is_found() -> None:
    """Also where something else is done."""
    limits = book({"limits": [GAP]}, [])
    assert list(limits.enter(read(mail(0, limits=counted(gap=1))))) == []
    lost = candidate("mail", "x") | {"stage_dropped": "arbitration", "reason": "outranked"}
    banner = mail(1, name="banner", channel="onsite", candidates=[candidate("banner"), lost])

    (found,) = limits.enter(read(banner))
    assert found == "'gap' is used up, but ('mail', 'mail') is outranked: 'outranked'"


def test_a_zone_holds_from_when_it_is_told() -> None:
    """Until the next one that is known; of two at one time, until the later in canonical place."""
    rule = {"limits": [{"name": "day", "channels": "email", "per": "calendar_day", "most": 1}]}
    lines = [
        outcome(time="2024-01-01T18:00:00Z", timezone="Asia/Baku", id="b"),
        outcome(time="2024-01-01T18:00:00Z", timezone="UTC", id="a"),
        outcome(time="2024-01-01T19:00:00Z", timezone="Atlantis/Poseidonis", id="c"),
    ]
    for at, count in (("19:59:59.999", 2), ("20:00:00", 1)):
        limits = book(rule, lines)
        first = mail(0, decision_time="2024-01-01T12:00:00Z", limits=counted(day=1))
        assert list(limits.enter(read(first))) == []
        later = mail(1, decision_time=f"2024-01-01T{at}Z", limits=counted(day=count))
        found = [text for text in limits.enter(read(later)) if "told to count" in text]
        assert found == []


@pytest.mark.parametrize(("first", "found"), [("02:59:59.999", 1), ("03:00:00", 2)])
def test_a_day_may_begin_at_one(first: str, found: int) -> None:
    """Where midnight is skipped, as in Brazil in 2018: at 03:00 UTC it was one o'clock."""
    day = {"name": "day", "most": 2, "per": "calendar_day"}
    limits = book({"limits": [day], "contacts": {"zone": "America/Sao_Paulo"}}, [])
    times = (f"2018-11-04T{first}Z", "2018-11-04T03:30:00Z")

    for time, count in zip(times, (1, found), strict=True):
        sent = mail(decision_time=time, limits=counted(day=count), number=count)
        assert list(limits.enter(read(sent))) == []


def test_of_what_expired_without_a_word_sixteen_are_remembered() -> None:
    """What is told of the seventeenth before the last comes too late."""
    lines = [outcome(decision_id=str(n), time="2024-01-01T00:30:00Z", id="x") for n in range(18)]
    often = {"name": "often", "most": 99, "per": "P1D", "channels": "email"}
    limits = book({"limits": [often], "contacts": {"reports": True}}, lines)
    for n in range(18):
        time = {"decision_time": f"2024-01-01T00:{n:02}:00Z"}
        sent = mail(n, decision_id=str(n), **time, expires_at=f"2024-01-01T00:{n:02}:30Z")
        assert list(limits.enter(read({**sent, "limits": counted(often=1)}))) == []

    late = mail(30, decision_time="2024-01-01T01:00:00Z", limits=counted(often=18))
    assert list(limits.enter(read(late))) == []


def test_what_was_held_back_before_came_to_no_limit() -> None:
    """By a suppression or a pause, for which it is proved elsewhere."""
    pause = {"name": "tired", "after": 1, "within": "P1D", "lasts": "P1D"}
    limits = book({"limits": [GAP], "pauses": [pause]}, [])
    assert list(limits.enter(read(mail(0, limits=counted(gap=1))))) == []
    suppressed = candidate("mail", "live_cart") | {"stage_dropped": "suppression"}
    for sole in (candidate("mail", "tired"), suppressed):
        assert list(limits.enter(read(nothing(1, candidates=[sole], reason="held_back")))) == []
