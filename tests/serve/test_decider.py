"""Decisions within a request: what a context may leave out, what is refused, and what stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import rtm_flows as rtm
from rtm_flows.errors import ConfigError, InputError, ProfileError
from rtm_flows.serve.decider import Decider
from rtm_flows.serve.profile import Profile
from rtm_flows.serve.profiles import Profiles, profiles

JOB: dict[str, Any] = {
    "name": "shop",
    "lanes": 4,
    "triggers": {
        "types": ["decision_requested", "add_to_cart"],
        "moments": [
            {"name": "quiet", "kind": "silence", "after": "PT1M"},
            {"name": "twice", "kind": "count", "types": ["search"], "count": 2, "within": "PT9S"},
        ],
    },
    "limits": [{"name": "some", "most": 2, "per": "P1D"}],
    "features": [
        {"name": "cart", "kind": "cart_value"},
        {"name": "seen", "kind": "lifetime_count", "types": ["*"]},
    ],
    "actions": [{"name": "nudge", "propensity": 0.5}],
}
FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)


def event(seconds: float, person: str = "ann", kind: str = "search", **more: Any) -> dict[str, Any]:
    """Return a canonical event some seconds after the first."""
    time = (FIRST + timedelta(seconds=seconds)).isoformat()
    known = {"time": time, "user_id": person, "type": kind}
    return {**known, "id": f"{person}{seconds}", **more}


HISTORY = [event(0), event(1, "bob"), event(2, kind="add_to_cart", item_id="hat", price=30)]


@pytest.fixture
def job() -> rtm.Job:
    """A small job with limits and moments."""
    return rtm.load(JOB)


@pytest.fixture
def shop(job: rtm.Job) -> Profiles:
    """Two people."""
    return profiles(job, HISTORY)


def test_a_request_needs_only_its_time(job: rtm.Job, shop: Profiles) -> None:
    """Its type and person are filled in, and a derived id is its own."""
    asked = FIRST + timedelta(seconds=5)
    decided = rtm.decide(job, shop["ann"], {"time": asked})
    spelled = {"time": asked, "user_id": "ann", "type": "decision_requested"}

    assert decided.json == rtm.decide(job, shop["ann"], {"time": asked, "type": None}).json
    assert decided.scores == rtm.decide(job, shop["ann"], spelled).scores
    assert decided.decision is not None
    assert decided.decision.trigger.type == "event:decision_requested"
    assert decided.decision.trigger.event_ids[0].startswith("~")
    assert (decided.decision.name, decided.decision.features["cart"]) == ("nudge", 30.0)
    assert decided.scores == {"intent": decided.decision.score}


def test_nothing_is_changed(job: rtm.Job, shop: Profiles) -> None:
    """However often, and in whatever order people are asked about, a question has one answer."""
    asked = {"time": FIRST + timedelta(minutes=2)}
    people = [shop["ann"], shop["bob"], shop["nobody"], shop.anonymous("ann")]
    stored = [one.to_bytes() for one in people]
    decider = Decider(job)
    found = [decider.decide(one, asked).lines for one in people]

    again = [decider.decide(one, asked).lines for one in reversed(people)]
    assert again[::-1] == found
    assert [one.to_bytes() for one in people] == stored
    assert [rtm.decide(job, Profile.from_bytes(one), asked).lines for one in stored] == found
    assert len(set(found)) == len(found)


def test_a_caller_can_go_on_from_what_was_decided(job: rtm.Job, shop: Profiles) -> None:
    """The profile after knows the event, and the contacts that were reserved for the limit."""
    profile, found = shop["ann"], list[tuple[str, float | None]]()
    for second in (5, 6):
        decided = rtm.decide(job, profile, {"time": FIRST + timedelta(seconds=second)})
        assert decided.decision is not None
        found.append((decided.decision.name, decided.decision.features["seen"]))
        profile = decided.profile

    # One of the two contacts of the day went with the cart.
    assert found == [("nudge", 3.0), ("no_action", 4.0)]
    assert shop["ann"].time == shop.time != profile.time


def test_timers_that_were_due_come_first(job: rtm.Job, shop: Profiles) -> None:
    """And moments on the event come behind its own decision."""
    later = rtm.decide(job, shop["ann"], event(100, kind="decision_requested"))
    searched = rtm.decide(job, shop["ann"], event(20))
    twice = rtm.decide(job, searched.profile, event(25))

    assert [one.trigger.type for one in later.decisions] == ["quiet", "event:decision_requested"]
    assert later.decision == later.decisions[1]
    assert (searched.json, searched.decision, searched.lines) == (None, None, ())
    assert searched.scores
    assert [one.trigger.type for one in twice.decisions] == ["twice"]
    assert twice.decision is None


def test_an_event_of_the_history_is_a_duplicate(job: rtm.Job, shop: Profiles) -> None:
    """It is not decided on again, as in the flow."""
    decided = rtm.decide(job, shop["ann"], event(2, kind="add_to_cart", item_id="hat", price=30))

    assert (decided.fate, decided.json, decided.lines, decided.scores) == (
        "duplicate",
        None,
        (),
        {},
    )


REFUSED: list[tuple[Any, str]] = [
    ({"type": "search"}, "context: is no event: missing_field at time"),
    ({"time": "soon"}, "context: is no event: bad_time at time"),
    (event(5, kind="serach"), "context: is no event: unknown_type at type"),
    (event(5, "bob"), "must be an event of u:ann, as the profile; got u:bob"),
    (event(1), "time must not be before 2026-03-02T10:00:02.000Z, .* Give the later of the two"),
    (b" ", "context: must be one JSON object"),
]


@pytest.mark.parametrize(("context", "message"), REFUSED)
def test_what_cannot_be_decided_on_is_refused(
    job: rtm.Job, shop: Profiles, context: Any, message: str
) -> None:
    """With the field, and what to do."""
    with pytest.raises(InputError, match=message):
        rtm.decide(job, shop["ann"], context)


def test_the_profile_of_another_job_is_refused(shop: Profiles) -> None:
    """Also if only a rule differs."""
    other = rtm.load({**JOB, "floor": 0.1})

    with pytest.raises(ProfileError, match=r"u:ann belongs to another job: .*; make it anew"):
        rtm.decide(other, shop["ann"], {"time": FIRST + timedelta(minutes=1)})


def test_damaged_bytes_are_no_profile(shop: Profiles) -> None:
    """One changed byte is found, and so is what was never a profile."""
    stored = shop["ann"].to_bytes()
    damaged = stored[:-1] + bytes([stored[-1] ^ 1])

    for data in (damaged, b"", b"profile", stored[:-1]):
        with pytest.raises(ProfileError, match="these bytes are no sound profile"):
            Profile.from_bytes(data)


def test_a_profile_of_another_format_is_refused(
    shop: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do."""
    stored = shop["ann"].to_bytes()
    monkeypatch.setattr("rtm_flows.serve.profile.FORMAT", 1000)

    with pytest.raises(ProfileError, match=r"reads format 1000: make it anew from the history"):
        Profile.from_bytes(stored)


def test_a_profile_names_nobody_else(shop: Profiles) -> None:
    """Neither people nor their events."""
    assert b"bob" not in shop["ann"].to_bytes()
    assert b"ann" not in shop["bob"].to_bytes()
    assert not {b"ann", b"bob"} & set(shop["eve"].to_bytes().split(b"u:"))


def test_flat_records_are_read_as_lines() -> None:
    """Where the job writes some fields only, there is no whole record."""
    flat = rtm.load({**JOB, "outputs": {"decisions": {"fields": ["user_id", "action"]}}})
    decided = rtm.decide(
        flat, profiles(flat, HISTORY)["ann"], {"time": FIRST + timedelta(seconds=5)}
    )

    assert json.loads(decided.json or b"") == {"user_id": "ann", "action": "nudge"}
    with pytest.raises(ConfigError, match=r"outputs\.decisions\.fields"):
        _ = decided.decision


def test_bytes_are_a_record_of_the_jobs_own_format(job: rtm.Job) -> None:
    """A mapping is a canonical event all the same; types that the input ignores are told."""
    mapping = {"time": "at", "id": "no", "user_id": "who", "type": "what",
               "types": {"ask": "decision_requested"}, "ignore": ["noise"]}  # fmt: skip
    mapped = rtm.load({**JOB, "input": {"format": "mapping", "mapping": mapping}})
    ann = profiles(mapped, [])["ann"]
    raw = {"at": FIRST.isoformat(), "no": "7", "who": "ann", "what": "ask"}
    plain = {"time": FIRST, "id": "7"}

    assert rtm.decide(mapped, ann, json.dumps(raw).encode()).json == (
        rtm.decide(mapped, ann, plain).json
    )
    ignored = rtm.decide(mapped, ann, json.dumps({**raw, "what": "noise"}).encode())
    assert (ignored.fate, ignored.lines, ignored.profile) == ("ignored", (), ann)
