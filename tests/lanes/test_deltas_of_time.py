"""What changes of people by time alone is saved, though nothing is heard of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rtm_flows.decisions.identity import decision_id
from tests.lanes.streams import EARLY, FEATURES, LEARNED, START, Stream, arriving
from tests.lanes.test_deltas import Lazy, Saved

JOB: dict[str, Any] = {
    "name": "tiny",
    "lanes": 1,
    "input": {"sort": False},
    "time": {"lateness": "PT0S", "tick": "PT1S", "lag": 2},
    "sessions": {"gap": "PT5S"},
    "dedup": {"window": "PT1H"},
    "features": FEATURES,
    "actions": [],
    "triggers": {"types": ["*"]},
}
CHURN = {"models": {"churn": {**EARLY, "horizon": "PT20S"}}}
INTENT = {"models": {"intent": {**EARLY, "horizon": "PT20S"}}}
ANSWERED = {"actions": LEARNED, "responses": {"horizon": "PT20S", "within": "PT1M"}}
QUIET = {"triggers": {"types": ["*"], "moments": [
    {"name": "quiet", "kind": "silence", "after": "PT20S"}]}}  # fmt: skip


def line(person: str, second: int, kind: str, **more: str) -> bytes:
    """Return an event."""
    told = {"id": f"{person}{second}", "time": START + 1000 * second, "type": kind}
    return json.dumps({**told, "user_id": person, **more}).encode()


def lines() -> list[bytes]:
    """Return two events of ann, the second an answer to the first, and many of bob."""
    asked = decision_id("tiny", "u:ann", "event:search", (START, "tiny", "ann0"))
    shown = {"decision_id": asked, "action": "ask", "treatment": "ask"}
    first = [line("ann", 0, "search"), line("ann", 1, "impression", **shown)]
    return [*first, *(line("bob", second, "search") for second in range(2, 60, 2))]


@pytest.mark.parametrize(
    ("rule", "changes"), [({}, 1), (CHURN, 2), (INTENT, 2), (ANSWERED, 2), (QUIET, 2)]
)
def test_what_time_alone_changes_is_saved(
    rule: dict[str, Any], changes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a session, of a horizon of either model or of a decision, and a timer."""
    monkeypatch.setattr("rtm_flows.lanes.rolling.Roll", Lazy)
    given = Stream({**JOB, **rule}, [[[one] for one in lines()]])
    saved, states = Saved(given.plan, 64), list[bytes]()
    for batch in list(arriving(given.job, given.partitions))[:-1]:
        saved.engine.push(batch)
        assert [saved.save(name, [0]) for name in saved.steps] == [[], []]
        states.append(saved.engine._know.whole(0, "u:ann").people)

    after_her_last = states[2:]
    found = [one for one, before in zip(after_her_last[1:], after_her_last, strict=False)
             if one != before]  # fmt: skip
    assert len(found) == changes
