"""Runs that went on under other configurations, audited: each part by the one that held."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from rtm_flows.audit.auditor import audit
from rtm_flows.audit.continuity import believed
from rtm_flows.audit.declared import Declared
from rtm_flows.audit.findings import Certificate
from rtm_flows.audit.known import Known
from rtm_flows.audit.upgraded import Upgraded
from rtm_flows.config import load
from rtm_flows.config.changes import changes
from rtm_flows.lanes.plan import Plan
from tests.audit import worlds
from tests.lanes.refitted import Refitted
from tests.lanes.streams import Stream

Plain = dict[str, Any]
SEEDS = (0, 1, 3, 7)
GAP: Plain = {"name": "gap", "interval": "PT1H"}
PAUSE: Plain = {"name": "vain", "after": 2, "within": "PT1H", "lasts": "PT1H"}


def other(rng: random.Random, keys: Plain, *, spans: bool) -> Plain:
    """Return a job that goes on from another: rules are changed, and more of them added."""
    found = copy.deepcopy(keys)
    found["actions"] = [{"name": "more", "value": 3.0}, *found["actions"]]
    found["limits"] = [*found.get("limits", []), {**GAP, "name": "later", "actions": "more"}]
    if "per" in found["limits"][0]:
        found["limits"][0]["most"] = rng.choice([1, 2, 3])
    found["pauses"] = [*found.get("pauses", []), {**PAUSE, "name": "rests"}]
    found["exploration"] = {"kind": "epsilon", "share": 0.3}
    found["floor"] = 0.1
    if "suppressions" in found and spans:
        found["suppressions"] = {**found["suppressions"], "bought": "PT7M", "ignored": 1}
    moments = found.get("triggers", {}).get("moments", [])
    found["triggers"] = found.get("triggers", {}) | {
        "moments": [*moments[::-1], {"name": "later", "kind": "silence", "after": "PT2M"}]
    }
    return found


class Played:
    """A run that became another in the middle, and went back at last."""

    def __init__(self, seed: int, *, back: bool) -> None:
        rng = random.Random(seed)
        keys = worlds.job(rng) | {"lanes": 3, "input": {"sort": False}}
        keys["time"] = keys.get("time", {}) | {"order": "event", "lateness": "PT1M"}
        self.lines = list(worlds.lines(rng, 300))
        batches = [self.lines[at : at + 20] for at in range(0, len(self.lines), 20)]
        given = Stream(keys, [batches])
        changed = other(rng, keys, spans=seed % 4 == 3)
        plans = [Plan.of(load(one), 1) for one in (keys, changed)]
        assert not changes(load(keys), load(changed)).refused
        self.declared = {
            plan.digest: msgspec.convert(one, Declared)
            for plan, one in zip(plans, (keys, changed), strict=True)
        }
        cluster = Refitted(given, rng)
        for left, plan in ((10, plans[1]), (5, plans[0]))[: 2 if back else 1]:
            cluster.until(left)
            cluster.go_on_as(plan)
            cluster.read_as(load(changed if plan is plans[1] else keys))
        self.files, self.summary = cluster.run(0.0)

    def audited(self, known: Known | Upgraded) -> Certificate:
        """Audit it."""
        late = map(msgspec.json.decode, self.files["late"].splitlines())
        dead = map(msgspec.json.decode, self.files["dead_letters"].splitlines())
        lost = {one["place"]["line"] for one in (*late, *dead)}
        for record in known.reading.read(self.lines, lost):
            known.add(record)
        lines = self.files["decisions"].splitlines()
        return audit(lambda: iter(lines), known=known)

    def upgraded(self, given: Mapping[str, Declared]) -> Upgraded:
        """Return what is known of it with some configurations."""
        lines = self.files["decisions"].splitlines()
        named = [msgspec.json.decode(line)["config"] for line in lines]
        last = list(dict.fromkeys(named[::-1]))[::-1]
        return Upgraded(given, list(dict.fromkeys(named)), last)


def test_every_part_is_proved_by_its_own_configuration() -> None:
    """By that of the last part alone, much would be violated that is not."""
    proved, wrong = Counter[str](), 0
    for seed in SEEDS:
        run = Played(seed, back=seed % 2 == 1)
        certificate = run.audited(run.upgraded(run.declared))
        assert certificate.violations == (), seed
        proved.update({one.check: one.proved for one in certificate.verdicts})
        wrong += run.audited(Known(list(run.declared.values())[-1])).found
    asked = {"choice", "arms", "limits", "pauses", "suppressions", "identity", "configuration"}
    assert asked <= {check for check, n in proved.items() if n}
    assert wrong > 20


def test_a_configuration_that_is_missing_is_told() -> None:
    """Of its decisions, and of what hangs on them, nothing is proved."""
    run = Played(0, back=False)
    first, second = run.declared.items()
    certificate = run.audited(run.upgraded(dict([second])))
    missing = [one for one in certificate.violations if one.check == "configuration"]
    asked = {one.check: one.proved for one in certificate.verdicts}

    assert len(missing) == len(certificate.violations) > 0
    assert first[0] in missing[0].text
    assert asked["limits"] == asked["pauses"] == asked["suppressions"] == 0
    assert first[0] in certificate.notes[0]


def parts(*tables: Plain) -> list[Declared]:
    """Return configurations that differ in some tables."""
    return [msgspec.convert(table, Declared) for table in tables]


def test_what_is_believed_is_what_was_not_followed_all_along() -> None:
    """New limits count from their begin; new pauses do not tell with which event they begin."""
    told = believed(parts({"limits": [GAP]}, {"limits": [GAP, {**GAP, "name": "b"}]}), again=False)
    assert [one.limits for one in told] == [frozenset(), frozenset()]
    gone = parts({"limits": [GAP]}, {}, {"limits": [GAP]})
    assert [one.limits for one in believed(gone, again=False)] == [set(), set(), {"gap"}]
    assert [one.limits for one in believed(gone[:2], again=True)] == [{"gap"}, set()]
    paused = believed(parts({}, {"pauses": [PAUSE]}), again=False)
    assert [one.pauses for one in paused] == [set(), {"vain"}]
    same = believed(parts({"pauses": [PAUSE]}, {"pauses": [PAUSE], "floor": 0.5}), again=True)
    assert [one.pauses for one in same] == [set(), set()]
    begun = believed(parts({}, {"suppressions": {}}), again=False)
    assert [one.suppressions for one in begun] == [False, True]
    spans = parts({"suppressions": {}}, {"suppressions": {"bought": "P1D"}})
    assert [one.suppressions for one in believed(spans, again=True)] == [True, True]
    steady = parts({"suppressions": {}}, {"suppressions": {}, "floor": 0.5})
    assert [one.suppressions for one in believed(steady, again=True)] == [False, False]
    stays = parts({}, {"people": {"inactive": "P9D"}})
    assert [one.lives for one in believed(stays, again=False)] == [True, True]
