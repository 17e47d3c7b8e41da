"""Contacting: limits hold offers back, reports settle and release, arms are treated otherwise."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.lanes.answers import differences, of_core, of_reference

BEGIN = datetime(2024, 3, 30, 12, tzinfo=UTC)
"""A day before clocks are put forward in Europe."""
ZONES = (None, "Asia/Baku", "UTC", "Atlantis/Poseidonis")
ARMS = [
    {"name": "held", "share": 0.2, "policy": "hold_out"},
    {"name": "random", "share": 0.3, "policy": "random"},
    {"name": "first", "share": 0.2, "policy": "rules"},
]
JOB: dict[str, Any] = {
    "name": "shop",
    "lanes": 8,
    "time": {"order": "event", "lateness": "PT0S", "tick": "PT1H"},
    "input": {"sort": False},
    "triggers": {"types": ["search"]},
    "features": [{"name": "views", "kind": "session_count", "types": ["search"]}],
    "actions": [
        {"name": "sale", "propensity": 0.5, "value": 2.0, "expires_after": "PT6H",
         "treatments": [{"name": "mail", "channel": "email"}, {"name": "push", "channel": "push"}]},
        {"name": "receipt", "issue": "service", "channel": "email", "propensity": 1.0,
         "value": 0.25, "eligible": "views >= 2"},
    ],
    "limits": [
        {"name": "mail_week", "channels": "email", "issues": "grow", "most": 2, "per": "P7D"},
        {"name": "mail_day", "channels": "email", "most": 1, "per": "calendar_day"},
        {"name": "push_gap", "channels": ["push"], "interval": "PT5H"},
    ],
}  # fmt: skip


def search(person: int, at: datetime, number: int, zone: str | None = None) -> bytes:
    """Return an event that calls for a decision."""
    told = {"id": f"e{number}", "time": at.isoformat(), "type": "search", "user_id": f"p{person}"}
    return json.dumps(told | ({"timezone": zone} if zone else {})).encode()


def report(decision: Mapping[str, Any], kind: str, after: timedelta) -> bytes:
    """Return an event that tells what became of a decision."""
    told = {
        "id": f"{kind}-{decision['decision_id']}",
        "time": (datetime.fromisoformat(decision["decision_time"]) + after).isoformat(),
        "type": kind,
        "user_id": decision["subject_id"],
        "decision_id": decision["decision_id"],
    }
    return json.dumps(told).encode()


def in_time(lines: list[bytes]) -> list[bytes]:
    """Return lines in the order of their times."""
    return sorted(lines, key=lambda line: str(json.loads(line)["time"]))


def searches(rng: random.Random) -> Iterator[bytes]:
    """Yield a week of searches of a few people, some of whom tell a zone."""
    for number in range(150):
        at = BEGIN + timedelta(minutes=rng.randrange(7 * 24 * 60))
        yield search(rng.randrange(8), at, number, rng.choice(ZONES))


def reports(job: dict[str, Any], lines: list[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield what becomes of half of the decisions that the reference makes, soon or too late."""
    for decision in of_reference(job, [[lines]])["decisions"]:
        if decision["name"] != "no_action" and rng.random() < 0.5:
            kind = rng.choice(["delivered", "impression", "failed", "email_bounced"])
            yield report(decision, kind, timedelta(minutes=rng.choice([1, 90, 500])))


@pytest.mark.no_cover
@pytest.mark.parametrize("with_reports", [False, True])
@pytest.mark.parametrize("arms", [[], ARMS])
def test_contacts_agree(arms: list[dict[str, Any]], *, with_reports: bool) -> None:
    """Every decision is that of the reference, person by person; and all limits are met with."""
    experiments = [{"name": "layer", "arms": arms}] if arms else []
    contacts = {"zone": "Asia/Baku", "reports": with_reports}
    job = {**JOB, "contacts": contacts, "experiments": experiments}
    held, policies = Counter[str](), Counter[str]()
    for seed in range(12):
        rng = random.Random(seed)
        lines = in_time([*searches(rng)])
        for _ in range(3):  # what is reported changes what is decided, and so what is reported
            lines = in_time([*dict.fromkeys([*lines, *reports(job, lines, rng)])])
        rounds = [[lines[at : at + 40] for at in range(0, len(lines), 40)]]

        found = of_core(job, rounds)

        assert (seed, differences(found, of_reference(job, rounds), job)) == (seed, [])
        slates = (one["candidates"] for one in found["decisions"])
        held.update(
            c["reason"] for s in slates for c in s if c["stage_dropped"] == "contact_policy"
        )
        policies.update(one["policy"] for one in found["decisions"])
        policies.update("held out" for one in found["decisions"] if one["held_out"])
    assert set(held) == {"mail_week", "mail_day", "push_gap"}
    assert len(policies) == (4 if arms else 1)


def decisions(job: dict[str, Any], lines: list[bytes]) -> list[dict[str, Any]]:
    """Return the decisions of the core."""
    told: list[dict[str, Any]] = of_core(job, [[in_time(lines)]])["decisions"]
    return told


ONE: dict[str, Any] = {
    **JOB,
    "actions": [JOB["actions"][0] | {"treatments": [{"name": "mail", "channel": "email"}]}],
    "limits": [{"name": "mail_week", "channels": "email", "most": 1, "per": "P7D"}],
}


def told(decision: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what was done, and why nothing is."""
    return decision["name"], decision["reason"]


@pytest.mark.parametrize(
    ("kind", "second"),
    [
        (None, ("no_action", "held_back")),
        ("delivered", ("no_action", "held_back")),
        ("email_bounced", ("sale", None)),
    ],
)
def test_a_failed_delivery_does_not_count(kind: str | None, second: tuple[str, str | None]) -> None:
    """Without reports a contact counts for good; one that is told to have failed does not."""
    lines = [search(1, BEGIN, 1), search(1, BEGIN + timedelta(days=1), 2)]
    first = decisions(ONE, lines)[0]
    lines += [] if kind is None else [report(first, kind, timedelta(minutes=5))]

    assert [told(one) for one in decisions(ONE, lines)] == [("sale", None), second]


def test_with_reports_what_nobody_delivered_counts_until_it_expires() -> None:
    """For six hours, and not to the millisecond when they are over."""
    job = {**ONE, "contacts": {"reports": True}}
    before = [search(1, BEGIN, 1), search(1, BEGIN + timedelta(hours=6, milliseconds=-1), 2)]
    after = [search(1, BEGIN, 1), search(1, BEGIN + timedelta(hours=6), 2)]

    assert told(decisions(job, before)[1]) == ("no_action", "held_back")
    assert told(decisions(job, after)[1]) == ("sale", None)


def test_what_counts_is_told_with_the_limits_it_counts_for() -> None:
    """The first and the second of two a week; the third is held back, and says by what."""
    job = {**ONE, "limits": [{**ONE["limits"][0], "most": 2}]}
    lines = [search(1, BEGIN + timedelta(hours=at), at) for at in range(3)]

    one, two, three = decisions(job, lines)

    counts = [[(told["limit"], told["count"]) for told in d["limits"]] for d in (one, two, three)]
    assert counts == [[("mail_week", 1)], [("mail_week", 2)], []]
    (candidate,) = three["candidates"]
    assert (candidate["stage_dropped"], candidate["reason"]) == ("contact_policy", "mail_week")
    assert candidate["priority"] == 1.0


def test_whoever_is_held_out_has_a_decision_and_no_contact() -> None:
    """It is written down each time, as if nothing had come of it: nothing did."""
    everybody = [{"name": "held", "share": 1.0, "policy": "hold_out"}]
    job = {**ONE, "experiments": [{"name": "universal", "arms": everybody}]}
    lines = [search(1, BEGIN + timedelta(hours=at), at) for at in range(3)]

    for decision in decisions(job, lines):
        assert (told(decision), decision["held_out"]) == (("sale", None), True)
        assert decision["arms"] == [{"experiment": "universal", "arm": "held"}]
        assert decision["limits"] == [{"limit": "mail_week", "count": 1}]
