"""Superseding: what is still on its way is void when the next decision for its place is made."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from rtm_flows.policy.contacts import Contacts
from rtm_flows.policy.deliveries import Deliveries
from tests.lanes.answers import Answer, differences, of_core, of_reference
from tests.lanes.consumer import Consumer
from tests.lanes.streams import Stream
from tests.lanes.test_checks_of_checks import red, unseen
from tests.lanes.test_contacting import BEGIN, JOB, decisions, in_time, report, search, searches

MINUTE = timedelta(minutes=1)
ACTIONS: list[dict[str, Any]] = [
    {"name": "sale", "propensity": 0.5, "value": 2.0, "wait": "PT30M", "expires_after": "PT6H",
     "treatments": [
         {"name": "mail", "channel": "email", "placement": "top"},
         {"name": "push", "channel": "push", "wait": "PT0S"},
     ]},
    {"name": "receipt", "issue": "service", "channel": "email", "propensity": 1.0, "value": 2.0,
     "wait": "PT10M", "expires_after": "P2D"},
]  # fmt: skip
MAIL: dict[str, Any] = {
    **JOB,
    "actions": [{**ACTIONS[0], "treatments": ACTIONS[0]["treatments"][:1]}],
    "limits": [],
}
LIMITS = [{"name": "two", "most": 2, "per": "PT9H"}]
SLOTS: Mapping[str, Any] = {
    "channel": lambda one: (one["channel"],),
    "placement": lambda one: (one["channel"], one["placement"]),
    "action": lambda one: (one["channel"], one["name"]),
}


def reports(job: dict[str, Any], lines: list[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield what becomes of half of the decisions that the reference makes."""
    for decision in of_reference(job, [[lines]])["decisions"]:
        if decision["name"] != "no_action" and rng.random() < 0.5:
            kind = rng.choice(["delivered", "failed"])
            yield report(decision, kind, rng.choice([1, 20, 300]) * MINUTE)


def world(seed: int, supersede: str, limits: list[dict[str, Any]]) -> Stream:
    """Return a job, and a week of searches and of what becomes of its decisions."""
    rng = random.Random(seed)
    job = {
        **JOB,
        "actions": ACTIONS,
        "limits": limits,
        "contacts": {"reports": bool(seed % 2)},
        "delivery": {"supersede": supersede},
        "exploration": {"kind": "epsilon", "share": 1.0},
        "triggers": {"types": ["search", "delivered"] if seed % 3 else ["search"]},
    }
    lines = in_time([*searches(rng)])
    for _ in range(2):  # what is reported changes what is decided
        lines = in_time([*dict.fromkeys([*lines, *reports(job, lines, rng)])])
    return Stream(job, [[lines[at : at + 40] for at in range(0, len(lines), 40)]])


@pytest.mark.no_cover
@pytest.mark.parametrize("supersede", SLOTS)
@pytest.mark.parametrize("limits", [[], LIMITS])
def test_superseding_agrees(limits: list[dict[str, Any]], supersede: str) -> None:
    """What is named, and what limits then allow, is as in the reference; whatever is reported."""
    named = Counter[bool]()
    for seed in range(8):
        job, rounds = world(seed, supersede, limits)

        found = of_core(job, rounds)

        assert (seed, differences(found, of_reference(job, rounds), job)) == (seed, [])
        named.update(one["supersedes"] is not None for one in found["decisions"])
    assert min(named[True], named[False]) > 50


@pytest.fixture(scope="module")
def some() -> list[tuple[Stream, Answer]]:
    """Return two worlds, one of which is told of all deliveries, with the reference's answers."""
    worlds = [world(seed, "channel", LIMITS) for seed in range(2)]
    return [(one, of_reference(one.plain, one.partitions)) for one in worlds]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("owner", "part"), [(Deliveries, "hear"), (Contacts, "lapse"), (Contacts, "settle")]
)
def test_a_part_that_is_taken_out_is_seen(
    owner: type, part: str, some: list[tuple[Stream, Answer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison with the reference finds it, in the decisions."""
    worlds, wanted = zip(*some, strict=True)
    assert red(wanted, worlds) == set()

    monkeypatch.setattr(owner, part, lambda *given: None)

    assert unseen({"decisions"}, wanted, worlds) == set()


def made(*after: float, lines: tuple[bytes, ...] = (), **keys: Any) -> list[dict[str, Any]]:
    """Return the decisions of one person's searches, so many minutes after the begin."""
    asked = [search(1, BEGIN + at * MINUTE, number) for number, at in enumerate(after)]
    job = {**MAIL, "delivery": {"supersede": "channel"}, **keys}
    return decisions(job, [*asked, *lines])


def supersede_of(found: list[dict[str, Any]]) -> list[int | None]:
    """Return of each decision the place of the one that it supersedes."""
    places = {one["decision_id"]: place for place, one in enumerate(found)}
    return [places.get(one["supersedes"]) for one in found]


def test_each_decision_supersedes_the_latest_that_is_on_its_way() -> None:
    """Each is named once; at the very instant at which it expires it is on its way no more."""
    hours = 6 * 60
    assert supersede_of(made(0, 1, 2)) == [None, 0, 1]
    assert supersede_of(made(0, hours - 1 / 60)) == [None, 0]
    assert supersede_of(made(0, hours)) == [None, None]


def test_nothing_is_superseded_unless_a_job_says_so() -> None:
    """By default every decision stands by itself."""
    assert supersede_of(made(0, 1, delivery={})) == [None, None]


@pytest.mark.parametrize("kind", ["delivered", "email_bounced"])
def test_what_was_reported_is_not_superseded(kind: str) -> None:
    """It has gone out or failed: there is nothing to make void."""
    (first,) = made(0)
    told = (report(first, kind, 31 * MINUTE),)

    assert supersede_of(made(0, 40, lines=told)) == [None, None]
    assert supersede_of(made(0, 30, lines=told)) == [None, 0]


def test_whoever_is_held_out_supersedes_nothing() -> None:
    """Nothing is on its way to them."""
    everybody = [{"name": "held", "share": 1.0, "policy": "hold_out"}]
    arms = [{"name": "universal", "arms": everybody}]

    assert supersede_of(made(0, 1, experiments=arms)) == [None, None]


@pytest.mark.parametrize(
    ("supersede", "wanted"), [("channel", 0), ("placement", None), ("action", None)]
)
def test_a_place_is_what_the_job_says(supersede: str, wanted: int | None) -> None:
    """Two actions by mail, one of them at a place of its own."""
    first = {**MAIL["actions"][0], "applicable": "views == 1"}
    second = {"name": "letter", "channel": "email", "applicable": "views == 2"}
    found = made(0, 1, actions=[first, second], delivery={"supersede": supersede})

    assert [one["name"] for one in found] == ["sale", "letter"]
    assert supersede_of(found)[1] == wanted


ONE_IN_NINE_HOURS = {"name": "one", "most": 1, "per": "PT9H"}


def names(found: list[dict[str, Any]]) -> list[str]:
    """Return what is done."""
    return [one["name"] for one in found]


def test_a_contact_that_is_superseded_counts_while_the_new_one_is_judged() -> None:
    """So nobody is reached the sooner for it: the second is held back, and supersedes nothing."""
    found = made(0, 1, limits=[ONE_IN_NINE_HOURS])

    assert names(found) == ["sale", "no_action"]
    assert supersede_of(found) == [None, None]


@pytest.mark.parametrize(
    ("reporting", "second", "wanted"),
    [
        (False, 29, ["sale", "sale", "sale"]),
        (False, 30, ["sale", "sale", "no_action"]),
        (True, 30, ["sale", "sale", "sale"]),
    ],
)
def test_what_has_surely_not_gone_out_is_no_contact_more(
    reporting: bool, second: float, wanted: list[str]
) -> None:
    """Before it might go out; or later too, where all that goes out is reported."""
    found = made(0, second, 60, limits=[{**LIMITS[0]}], contacts={"reports": reporting})

    assert names(found) == wanted
    counts = [[limit["count"] for limit in one["limits"]] for one in found]
    assert counts[:2] == [[1], [2]]


def test_what_went_out_although_it_was_void_counts_once_it_is_told() -> None:
    """The person was reached."""
    first, _ = made(0, 29, limits=LIMITS)
    told = (report(first, "delivered", 31 * MINUTE),)

    assert names(made(0, 29, 60, limits=LIMITS)) == ["sale", "sale", "sale"]
    assert names(made(0, 29, 60, limits=LIMITS, lines=told)) == ["sale", "sale", "no_action"]


def pause_of(decision: Mapping[str, Any]) -> float:
    """Return how many seconds the channel takes: up to four hours."""
    return 4 * 3600 * int(decision["decision_id"][:4], 16) / 65_536


def consumed(job: dict[str, Any], lines: list[bytes], supersede: str, by: str) -> Consumer:
    """Return a consumer that has followed the decisions of a job, with the places of a rule."""
    consumer = Consumer(pause_of, SLOTS[by])
    plain = {**job, "delivery": {"supersede": supersede}}
    consumer.follow(of_core(plain, [[lines]])["decisions"])
    return consumer


@pytest.mark.parametrize("supersede", SLOTS)
def test_who_keeps_the_contract_has_one_message_a_place(supersede: str) -> None:
    """However long the channel takes: at no time could two of one place go out."""
    exploration = {"kind": "epsilon", "share": 1.0}
    job = {**JOB, "actions": ACTIONS, "limits": [], "exploration": exploration}
    for seed in range(4):
        lines = in_time([*searches(random.Random(seed))])

        consumer = consumed(job, lines, supersede, supersede)
        careless = consumed(job, lines, "none", supersede)

        assert (consumer.most, careless.most > 1) == (1, True)
        assert 20 < len(consumer.sent) < len(careless.sent)
        made = {one.decision["supersedes"]: one.decision for one in consumer.sent}
        for one in consumer.sent:
            newer = made.get(one.decision["decision_id"])
            assert newer is None or one.time <= datetime.fromisoformat(newer["decision_time"])


def test_a_job_without_actions_has_nothing_to_make_void() -> None:
    """Nothing is done, whatever the rule of delivery says."""
    job = {**JOB, "actions": [], "limits": [], "delivery": {"supersede": "channel"}}

    found = of_core(job, [[[search(0, BEGIN, 0)]]])

    assert [one["supersedes"] for one in found["decisions"]] == [None]
