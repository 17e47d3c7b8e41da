"""Moments and suppressions that come, go and change on the way: what stays, and what begins."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.config.changes import changes
from rtm_flows.lanes.plan import Plan
from rtm_flows.times import format_time
from tests.lanes.cluster import Cluster
from tests.lanes.refitted import Refitted
from tests.lanes.shopped import shopped
from tests.lanes.streams import START, Stream, stream

Plain = dict[str, Any]
Decisions = dict[str, Plain]
QUIET = {"name": "came", "kind": "silence", "after": "PT3S"}


def plan_of(given: Stream, plain: Plain) -> Plan:
    """Return the plan of a changed job, under the digest of the first: outputs tell it."""
    job = load(plain)
    assert not changes(given.job, job).refused
    return Plan.of(job, len(given.partitions))._replace(digest=given.plan.digest)


def told(files: dict[str, bytes]) -> Decisions:
    """Return decisions by id."""
    return {one["decision_id"]: one for one in map(json.loads, files["decisions"].splitlines())}


def run(given: Stream) -> Decisions:
    """Return the decisions of a stream in one run."""
    return told(Cluster(given, 1, random.Random(0)).run(0.0)[0])


def changed(given: Stream, plain: Plain, seed: int) -> tuple[Decisions, str]:
    """Return the decisions of a run that goes on as another job, and how far it had come then."""
    cluster = Refitted(given, random.Random(seed))
    cluster.until(cluster.left // 2)
    cluster.go_on_as(plan_of(given, plain))
    if set(load(plain).text) > set(given.job.text):
        cluster.read_as(load(plain))
    reached = format_time(cluster.reached or START)
    return told(cluster.run(0.02)[0]), reached


def free(seed: int, make: Any = stream) -> Stream:
    """Return a stream of one partition in which no decision depends on another one."""
    made: Stream = make(seed)
    lines = [line for partition in made.partitions for batch in partition for line in batch]
    given = Stream(made.plain, [[lines[at : at + 9] for at in range(0, len(lines), 9)]])
    given.plain["dedup"] = {"window": "PT1H"}
    given.plain["time"] |= {"order": "event", "lateness": "PT20S"}
    for key in ("limits", "pauses", "delivery", "experiments"):
        given.plain.pop(key, None)
    actions = given.plain["actions"]
    given.plain["actions"] = [one for one in actions if "trigger" not in one.get("applicable", "")]
    moments = given.plain.get("triggers", {}).get("moments", [])
    given.plain["triggers"] = {"types": ["*"], "moments": moments}
    return given


def by_trigger(decisions: Decisions, name: str) -> tuple[Decisions, Decisions]:
    """Return the decisions of a trigger, and all others."""
    own = {key: one for key, one in decisions.items() if one["trigger"]["type"] == name}
    return own, {key: one for key, one in decisions.items() if key not in own}


def at(decision: Plain) -> str:
    """Return when a decision was made."""
    return str(decision["decision_time"])


def config_free(decision: Plain) -> Plain:
    """Return a decision without what names its configuration."""
    return {**decision, "config": ""}


def test_a_moment_that_comes_is_set_by_what_comes_after_it() -> None:
    """Nothing else is decided otherwise; it fires as in a run that knew it from the beginning."""
    missed = 0
    for seed in (3, 4):
        given = free(seed)
        plain = copy.deepcopy(given.plain)
        plain["triggers"]["moments"] = [QUIET, *plain["triggers"]["moments"]]
        whole, others = by_trigger(run(Stream(plain, given.partitions)), "came")
        times = {
            one["trigger"]["event_ids"][0]: at(one)
            for one in others.values()
            if one["trigger"]["type"].startswith("event:")
        }
        decisions, reached = changed(given, plain, seed)
        came, rest = by_trigger(decisions, "came")
        set_by = {key: times[one["trigger"]["event_ids"][0]] for key, one in whole.items()}

        assert list(map(config_free, rest.values())) == list(map(config_free, others.values()))
        assert {key for key, time in set_by.items() if time > reached} <= came.keys()
        assert came.keys() <= whole.keys()
        missed += len(whole) - len(came)
    assert missed


@pytest.mark.parametrize("seed", [12, 24, 9])
def test_moments_that_go_leave_all_others_alone(seed: int) -> None:
    """Of none that is gone is anything decided after that; what is kept of others goes by name."""
    given = free(seed)
    plain = copy.deepcopy(given.plain)
    moments = plain["triggers"]["moments"]
    plain["triggers"]["moments"] = moments[1::2][::-1]
    names = {one["name"] for one in moments[::2]}
    expected = run(given)
    decisions, reached = changed(given, plain, seed)
    gone = {key for key, one in expected.items() if one["trigger"]["type"] in names}

    assert len(moments) > 4
    assert {key: one for key, one in decisions.items() if key not in gone} == {
        key: one for key, one in expected.items() if key not in gone
    }
    assert all(at(decisions[key]) <= reached for key in gone & decisions.keys())
    assert gone - decisions.keys()


SPANS = {"live_cart": "PT9S", "bought": "PT7S", "removed": "PT5S", "delivery": "PT8S", "ignored": 1}


@pytest.mark.parametrize("seed", [0, 2])
def test_other_spans_of_suppressions_go_by_what_was_kept(seed: int) -> None:
    """What is decided since is what a run decides that went by them from the beginning."""
    given = free(seed, shopped)
    given.plain["suppressions"]["live_cart"] = "PT4S"
    given.plain["floor"] = 0.0
    plain = copy.deepcopy(given.plain)
    plain["suppressions"] = {**plain["suppressions"], **SPANS, "marketing": ["grow"]}
    expected = run(Stream(plain, given.partitions))
    before = run(given)
    decisions, reached = changed(given, plain, seed)

    since = {key for key, one in decisions.items() if at(one) > reached}
    assert since
    assert [config_free(decisions[key]) for key in sorted(since)] == [
        config_free(expected[key]) for key in sorted(since)
    ]
    assert before.keys() == decisions.keys()


def test_what_is_not_followed_for_a_while_begins_anew() -> None:
    """A case that was closed while nobody looked does not hold anything back for ever."""
    kinds = [
        *("case_opened", "search", "search"),  # looked at
        *("case_closed", "search", "search"),  # not looked at
        *("search", "search", "case_opened", "search", "search"),
    ]
    lines = [
        json.dumps({"id": f"e{n}", "time": START + 60_000 * n, "type": kind, "user_id": "ann",
                    "case_id": "c"}).encode()
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    plain: Plain = {
        "name": "tiny", "lanes": 1, "input": {"sort": False}, "time": {"lateness": "PT0S"},
        "suppressions": {}, "actions": [{"name": "sell", "propensity": 1.0}],
    }  # fmt: skip
    given = Stream(plain, [[[line] for line in lines]])
    off = {**plain, "suppressions": {"open_case": False}}
    cluster = Refitted(given, random.Random(1))
    for left, job in ((8, off), (5, plain)):
        cluster.until(left)
        cluster.go_on_as(plan_of(given, job))
    decisions = sorted(told(cluster.run(0.0)[0]).values(), key=at)
    reasons = [one["candidates"][0]["reason"] for one in decisions]

    assert reasons == ["open_case"] * 2 + [None] * 6 + ["open_case"] * 3
