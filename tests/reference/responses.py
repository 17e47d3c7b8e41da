"""Responses: section 5 of the page, what one person does with what was shown, and what it teaches.

In: the accepted events of all people with their features, and the time that was reached. Out:
decisions whose horizon is over, each with its label, and outcomes that are about none that is
known; the chance that each action is welcome, as of any tick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .decisions import decision_id
from .job import Job, Responses, matches
from .metrics import ece, log_loss, millionths
from .outputs import hash_of
from .people import Row
from .records import Event
from .rounding import rounded
from .times import rfc3339


@dataclass
class Decided:
    """A decision of the person: what an outcome may name."""

    decision_id: str
    clock: int
    number: int
    features_hash: str
    action: str = ""
    treatment: str = ""
    shown: int | None = None
    welcome: bool = False


@dataclass
class Settled:
    """A decision whose horizon is over."""

    time: int
    person: str
    subject: Mapping[str, str]
    decided: Decided

    def record(self) -> dict[str, Any]:
        """Return one line of responses."""
        one = self.decided
        return {
            "decision_id": one.decision_id,
            **self.subject,
            "action": one.action,
            "treatment": one.treatment,
            "decision_time": rfc3339(one.clock),
            "shown_time": rfc3339(one.shown or 0),
            "label": one.welcome,
            "label_time": rfc3339(self.time),
            "features_hash": one.features_hash,
        }


@dataclass
class Told:
    """What all people have given."""

    settled: list[Settled] = field(default_factory=list)
    orphans: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    censored: int = 0


def tell(job: Job, rule: Responses, rows: Iterable[Row], until: float) -> Told:
    """Return what came of the decisions of all people, up to a time."""
    told = Told()
    people: dict[str, Answers] = {}
    for row in rows:
        key = row.event.person
        if key not in people:
            people[key] = Answers(row.event, job, rule, told)
        people[key].take(row)
    for person in people.values():
        person.resolve_before(until)
        told.censored += len(person.waiting)
    return told


class Answers:
    """The decisions of one person, and what came of them."""

    def __init__(self, event: Event, job: Job, rule: Responses, told: Told) -> None:
        self.person, self.subject = event.person, event.subject
        self.job, self.rule, self.told = job, rule, told
        self.treatments = {one["name"]: treatment_of(one) for one in job.actions}
        self.decisions: list[Decided] = []
        self.waiting: list[Decided] = []

    def take(self, row: Row) -> None:
        """Take in an event: first what it says of earlier decisions, then its own."""
        event = row.event
        self.resolve_before(row.clock)
        for name, types in self.rule.lists.items():
            if event.type in types:
                self.told.outcomes[name] += 1
                self._note(event, row.clock, self._answer(event, row.clock, name == "positive"))
        if matches(self.job.trigger_types, event.type):
            served = {name: rounded(value) for name, value in row.values.items()}
            own_id = decision_id(self.job, row, "event:" + event.type)
            self.decisions.append(Decided(own_id, row.clock, row.number, hash_of(served)))

    def _note(self, event: Event, clock: int, reason: str | None) -> None:
        """Note an outcome that is nobody's, for some reason."""
        if reason is not None:
            record = {
                "time": rfc3339(clock),
                **event.subject,
                "event_id": event.id,
                "type": event.type,
                **{name: event.text.get(name) for name in ("decision_id", "action", "treatment")},
                "reason": reason,
            }
            self.told.orphans.append((clock, self.person, record))

    def resolve_before(self, time: float) -> None:
        """Settle what waits and is over."""
        for one in list(self.waiting):
            end = (one.shown or 0) + self.rule.horizon
            if end < time:
                self.waiting.remove(one)
                self.told.settled.append(Settled(end, self.person, self.subject, one))

    def _answer(self, event: Event, clock: int, welcome: bool) -> str | None:
        named, action = event.text.get("decision_id"), event.text.get("action")
        if named is None:
            return "no_decision_id"
        if action is None or action not in self.treatments:
            return "unknown_action"
        if event.text.get("treatment", self.treatments[action]) != self.treatments[action]:
            return "unknown_action"
        for one in self.waiting:
            if one.decision_id == named:
                one.welcome = one.welcome or (welcome and one.action == action)
                return None if one.action == action else "another_action"
        rule = self.rule
        for one in self.decisions[-rule.remembered :]:
            if one.decision_id == named and clock <= one.clock + rule.within + rule.horizon:
                return self._show(one, action, clock, welcome)
        return "unknown_decision"

    def _show(self, one: Decided, action: str, clock: int, welcome: bool) -> str | None:
        if one.shown is not None:
            return "settled"
        if clock > one.clock + self.rule.within:
            return "too_late"
        if len(self.waiting) == self.rule.waiting:
            return "too_many_waiting"
        one.action, one.treatment = action, self.treatments[action]
        one.shown, one.welcome = clock, welcome
        self.waiting.append(one)
        return None


class Statistics:
    """What is known of each action after each tick."""

    def __init__(self, actions: Sequence[Mapping[str, Any]], tick: int, lag: int) -> None:
        self.actions = {one["name"]: one for one in actions}
        self.tick, self.lag = tick, lag
        self.learned: list[tuple[int, str, bool]] = []
        self.predicted: dict[str, list[tuple[int, bool]]] = {name: [] for name in self.actions}

    def learn(self, settled: Sequence[Settled]) -> None:
        """Learn in the order (label time, person, sequence), tick by tick."""
        for one in sorted(settled, key=lambda s: (s.time, s.person, s.decided.number)):
            tick, action = one.time // self.tick, one.decided.action
            before = millionths(self.chance(action, tick - 1))
            self.predicted[action].append((before, one.decided.welcome))
            self.learned.append((tick, action, one.decided.welcome))

    def chance(self, action: str, tick: int) -> float:
        """Return the propensity of an action as of the end of a tick."""
        prior = self.actions[action].get("prior", 0.05)
        weight = self.actions[action].get("prior_weight", 20.0)
        labels = [label for at, name, label in self.learned if name == action and at <= tick]
        if not labels:
            return rounded(prior)
        return rounded((weight * prior + sum(labels)) / (weight + len(labels)))

    def at(self, clock: int) -> dict[str, float]:
        """Return the propensities that a row at this clock is served with."""
        return {name: self.chance(name, clock // self.tick - self.lag) for name in self.actions}

    def figures(self) -> dict[str, Any]:
        """Return how well each action was predicted."""
        return {
            name: {
                treatment_of(one): {
                    "n": len(self.predicted[name]),
                    "positives": sum(label for _, label in self.predicted[name]),
                    "propensity": self.chance(name, 10**12),
                    "log_loss": log_loss(self.predicted[name]),
                    "ece": ece(self.predicted[name]),
                    "baselines": {"prior": {"log_loss": self._prior_loss(name)}},
                }
            }
            for name, one in self.actions.items()
        }

    def _prior_loss(self, action: str) -> float | None:
        prior = millionths(self.actions[action].get("prior", 0.05))
        return log_loss([(prior, label) for _, label in self.predicted[action]])


def treatment_of(action: Mapping[str, Any]) -> str:
    """Return the treatment of an action: its name unless it says otherwise."""
    return action.get("treatment", "") or str(action["name"])
