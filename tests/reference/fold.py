"""The fold: learning and versions, section 5 of the page, with River itself.

In: labelled examples. Out: the version of each tick, and how well it predicted before it learned.
It knows no person's state and no decision.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from river import linear_model, optim, preprocessing

from .contest import Contest
from .features import as_model_sees
from .job import Job, Rule
from .metrics import Metrics, log_loss, quality
from .newton import Newton
from .rounding import rounded
from .rules import holds
from .times import rfc3339


@dataclass(frozen=True)
class Example:
    """A row with its label, and the model that is to learn it."""

    label_time: int
    person: str
    sequence: int
    values: Mapping[str, float]
    label: bool
    model: str = "intent"

    @property
    def place(self) -> tuple[int, str, int]:
        """What examples are ordered by."""
        return (self.label_time, self.person, self.sequence)


def prior(positives: int, examples: int) -> float:
    """Return the score that is served while there is too little evidence."""
    return (positives + 1) / (examples + 20)


@dataclass(frozen=True)
class Version:
    """The model after all examples of ticks up to `tick`."""

    tick: int
    model: Any
    evidence: int
    positives: int
    mature: int
    mature_positives: int

    @property
    def is_mature(self) -> bool:
        """Whether it has learned enough to be believed."""
        enough = self.evidence >= self.mature and self.positives >= self.mature_positives
        return enough and self.evidence > 0

    def score(self, values: Mapping[str, float]) -> float:
        """Return the rounded score of a row: the prior while immature, else the model's."""
        if not self.is_mature:
            return rounded(prior(self.positives, self.evidence))
        return rounded(self.model.predict_proba_one(dict(values))[True])


@dataclass(frozen=True)
class Predicted:
    """What a row was given when it was asked, by all who contend and by the baselines."""

    served: float
    scores: Mapping[str, float]
    is_mature: bool
    baselines: Mapping[str, float]


def new_model(rule: Rule) -> Any:
    """Return a model of the kind asked for, with River's verbs."""
    if rule.kind == "newton":
        return Newton()
    regression = linear_model.LogisticRegression(optim.SGD(rule.learning_rate))
    return preprocessing.StandardScaler() | regression


class Fold:
    """One model as it learns, and the versions it has left behind."""

    def __init__(self, job: Job, name: str = "intent") -> None:
        self.job, self.name, self.rule = job, name, job.models[name]
        contestants = {self.rule.kind: self.rule, **self.rule.challengers}
        self.models = {name: new_model(rule) for name, rule in contestants.items()}
        self.contest = Contest(list(contestants), self.rule)
        self.evidence = 0
        self.positives = 0
        self.rejected = self.corrected = 0
        self.steps = 0
        self.metrics = Metrics(name for name, _ in job.slices)
        self.examples: list[Example] = []
        self.versions: list[Version] = []

    def learn(self, examples: Iterable[Example]) -> None:
        """Learn its own examples in order, and leave a version after each tick that taught any."""
        by_tick: dict[int, list[Example]] = {}
        own = [example for example in examples if example.model == self.name]
        self.examples = sorted(own, key=lambda example: example.place)
        for example in self.examples:
            by_tick.setdefault(example.label_time // self.job.tick, []).append(example)
        for tick, of_tick in sorted(by_tick.items()):
            before = self.steps, self.contest.champion
            for moment in self._moments(of_tick):
                self._learn_together(moment)
            self.contest.end_of_tick(tick)
            if (self.steps, self.contest.champion) != before:
                champion = copy.deepcopy(self.models[self.contest.champion])
                self.versions.append(self._version(tick, champion))

    def _moments(self, examples: Iterable[Example]) -> Iterator[list[Example]]:
        """Yield the examples of one person and label time, which are predicted together."""
        for _, together in groupby(examples, key=lambda one: (one.label_time, one.person)):
            yield list(together)

    def _learn_together(self, moment: Iterable[Example]) -> None:
        told: list[tuple[Example, Mapping[str, float], Predicted]] = []
        for example in moment:
            seen = as_model_sees(example.values, self.job.features)
            if not all(math.isfinite(value) for value in seen.values()):
                self.rejected += 1
                continue
            told.append((example, seen, self._predict(example, seen)))
        for example, values, before in told:
            self._judge(before, example)
            for model in self.models.values():
                model.learn_one(values, example.label)
            self.steps += 1
            self.evidence += 1
            self.positives += example.label

    def _predict(self, example: Example, seen: Mapping[str, float]) -> Predicted:
        now = {name: self._version(-1, model) for name, model in self.models.items()}
        scores = {name: version.score(seen) for name, version in now.items()}
        served = scores[self.contest.champion]
        is_mature = now[self.rule.kind].is_mature
        return Predicted(served, scores, is_mature, self.metrics.baselines(self._ago(example)))

    def _judge(self, before: Predicted, example: Example) -> None:
        slices = [name for name, when in self.job.slices if _inside(when, example.values)]
        period = example.label_time // self.job.period
        ago = self._ago(example)
        self.metrics.update(before.served, before.baselines, example.label, slices, period, ago)
        self.contest.predicted(before.scores, example.label, before.is_mature)

    def _ago(self, example: Example) -> float | None:
        """Return the seconds of the first declared feature of the first kind that there is."""
        kinds: list[tuple[str, list[str] | None]] = [
            ("away_seconds", None),
            ("since_seconds", ["*"]),
        ]
        if self.name == "intent":
            kinds.insert(0, ("since_seconds", ["purchase"]))
        for kind, types in kinds:
            for feature in self.job.features:
                if feature["kind"] == kind and types in (None, feature.get("types")):
                    return example.values[feature["name"]]
        return None

    def figures(self) -> dict[str, Any]:
        """Return how well was predicted, and how the challengers did."""
        return {**self.metrics.figures(), **self.contest.figures()}

    def _version(self, tick: int, model: Any) -> Version:
        mature, mature_positives = self.rule.mature, self.rule.mature_positives
        return Version(tick, model, self.evidence, self.positives, mature, mature_positives)

    def notes(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield all promotions, then the figures of each period, with their times."""
        for promotion in self.contest.promotions:
            told = dict(promotion)
            end = (told.pop("tick") + 1) * self.job.tick
            note = {"time": rfc3339(end), "model": self.name, "kind": "promotion", **told}
            yield end, note
        for number, (model, baseline) in sorted(self.metrics.periods.items()):
            end = (number + 1) * self.job.period
            yield (
                end,
                {
                    "time": rfc3339(end),
                    "model": self.name,
                    "kind": "period",
                    "start": rfc3339(end - self.job.period),
                    **quality(model),
                    "prior_log_loss": log_loss(baseline),
                },
            )

    def version_for(self, clock: int) -> Version:
        """Return the version with which a row at this clock is scored."""
        latest = clock // self.job.tick - self.job.lag
        visible = [version for version in self.versions if version.tick <= latest]
        if visible:
            return visible[-1]
        return Version(-1, None, 0, 0, self.rule.mature, self.rule.mature_positives)


def _inside(when: Iterable[str], values: Mapping[str, float]) -> bool:
    """Say whether all rules hold for the features of a row."""
    return all(holds(rule, values) for rule in when)
