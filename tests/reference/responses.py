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

from .decisions import decision_id, offers_of, trigger_of
from .job import Job, Responses, matches
from .metrics import ece, log_loss, millionths
from .outputs import hash_of
from .people import Row
from .records import Event
from .rounding import rounded
from .times import rfc3339

Name = tuple[str, str]
"""An action and its treatment."""


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


Life = tuple[str, int]
"""A person, and which of the person's lives."""


@dataclass
class Told:
    """What all people have given."""

    settled: list[Settled] = field(default_factory=list)
    orphans: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    censored: int = 0
    unlearned: int = 0


def tell(
    job: Job, rule: Responses, rows: Iterable[Row], ends: Mapping[Life, int], until: float
) -> Told:
    """Return what came of the decisions of all people, up to a time, given when lives ended."""
    told = Told()
    people: dict[Life, Answers] = {}
    for row in rows:
        key = row.event.person, row.life
        if key not in people:
            people[key] = Answers(row.event, job, rule, told)
        people[key].take(row)
    for key, person in people.items():
        person.resolve_before(ends.get(key, until))
        told.unlearned += len(person.waiting) * (key in ends)
        told.censored += len(person.waiting) * (key not in ends)
    return told


class Answers:
    """The decisions of one person, and what came of them."""

    def __init__(self, event: Event, job: Job, rule: Responses, told: Told) -> None:
        self.person, self.subject = event.person, event.subject
        self.job, self.rule, self.told = job, rule, told
        self.crossings = [one["name"] for one in job.moments if one["kind"] == "score_crossing"]
        self.treatments: dict[str, list[str]] = {}
        for offer in offers_of(job.actions):
            self.treatments.setdefault(offer["name"], []).append(offer["treatment"])
        self.decisions: list[Decided] = []
        self.possible: list[Decided] = []
        self.waiting: list[Decided] = []

    def take(self, row: Row) -> None:
        """Take in an event: first what it says of earlier decisions, then its own."""
        event = row.event
        self.resolve_before(row.clock)
        if row.fired is not None:
            self.decisions.append(self._decided(row, trigger_of(row)))
            return
        for name, types in self.rule.lists.items():
            if event.type in types:
                self.told.outcomes[name] += 1
                self._note(event, row.clock, self._answer(event, row.clock, name == "positive"))
        if matches(self.job.trigger_types, event.type):
            self.decisions.append(self._decided(row, trigger_of(row)))
        self.possible += [self._decided(row, name) for name in self.crossings]

    def _decided(self, row: Row, trigger: str) -> Decided:
        """Return the decision of a row, by a trigger."""
        served = {name: rounded(value) for name, value in row.values.items()}
        own_id = decision_id(self.job, row, trigger)
        return Decided(own_id, row.clock, row.number, hash_of(served))

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
        forms, treatment = self.treatments[action], event.text.get("treatment")
        if treatment is None and len(forms) == 1:
            treatment = forms[0]
        if treatment not in forms:
            return "unknown_action"
        for one in self.waiting:
            if one.decision_id == named:
                same = (one.action, one.treatment) == (action, treatment)
                one.welcome = one.welcome or (welcome and same)
                return None if same else "another_action"
        rule = self.rule
        latest = self.decisions[-rule.remembered :]
        if self.crossings:
            latest += self.possible[-rule.remembered * len(self.crossings) :]
        for one in latest:
            if one.decision_id == named and clock <= one.clock + rule.within + rule.horizon:
                return self._show(one, (action, treatment), clock, welcome)
        return "unknown_decision"

    def _show(self, one: Decided, what: Name, clock: int, welcome: bool) -> str | None:
        if one.shown is not None:
            return "settled"
        if clock > one.clock + self.rule.within:
            return "too_late"
        if len(self.waiting) == self.rule.waiting:
            return "too_many_waiting"
        one.action, one.treatment = what
        one.shown, one.welcome = clock, welcome
        self.waiting.append(one)
        return None


class Statistics:
    """What is known of each action after each tick."""

    def __init__(self, actions: Sequence[Mapping[str, Any]], tick: int, lag: int) -> None:
        self.offers = {(one["name"], one["treatment"]): one for one in offers_of(actions)}
        self.tick, self.lag = tick, lag
        self.learned: list[tuple[int, Name, bool]] = []
        self.predicted: dict[Name, list[tuple[int, bool]]] = {name: [] for name in self.offers}

    def learn(self, settled: Sequence[Settled]) -> None:
        """Learn in the order (label time, person, sequence), tick by tick."""
        for one in sorted(settled, key=lambda s: (s.time, s.person, s.decided.number)):
            tick, what = one.time // self.tick, (one.decided.action, one.decided.treatment)
            before = millionths(self.chance(what, tick - 1))
            self.predicted[what].append((before, one.decided.welcome))
            self.learned.append((tick, what, one.decided.welcome))

    def chance(self, what: Name, tick: int) -> float:
        """Return the propensity of an offer as of the end of a tick.

        What its action's other treatments have taught is its prior, and the action's own is theirs.
        """
        weight = self.offers[what].get("prior_weight", 20.0)
        known = [(name, label) for at, name, label in self.learned if at <= tick]
        others = [label for name, label in known if name[0] == what[0] and name != what]
        own = [label for name, label in known if name == what]
        believed = mean_of(self.offers[what].get("prior", 0.05), weight, others)
        return rounded(mean_of(believed, weight, own))

    def at(self, clock: int) -> dict[Name, tuple[float, int]]:
        """Return the propensities that a row at this clock is served with, and of how many each."""
        last = clock // self.tick - self.lag
        counted = Counter(name for tick, name, _ in self.learned if tick <= last)
        return {name: (self.chance(name, last), counted[name]) for name in self.offers}

    def figures(self) -> dict[str, Any]:
        """Return how well each offer was predicted, by action and treatment."""
        told: dict[str, Any] = {}
        for name, predicted in self.predicted.items():
            told.setdefault(name[0], {})[name[1]] = {
                "n": len(predicted),
                "positives": sum(label for _, label in predicted),
                "propensity": self.chance(name, 10**12),
                "log_loss": log_loss(predicted),
                "ece": ece(predicted),
                "baselines": {"prior": {"log_loss": self._prior_loss(name)}},
            }
        return told

    def _prior_loss(self, name: Name) -> float | None:
        prior = millionths(self.offers[name].get("prior", 0.05))
        return log_loss([(prior, label) for _, label in self.predicted[name]])


def mean_of(prior: float, weight: float, labels: Sequence[bool]) -> float:
    """Return the mean of a chance after some responses; without any it is the prior."""
    return (weight * prior + sum(labels)) / (weight + len(labels)) if labels else prior
