"""The fold of rows that wait for a purchase: section 5 of the page, by each of the three policies.

In: examples by parts, as `purchases` tells them. Out: versions, and how well rows were predicted
when they came. The steps are River's own, with its example weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .features import as_model_sees
from .fold import Example, Fold
from .job import Job


class DelayedFold(Fold):
    """A fold that predicts a row when it comes, and judges it when it is over."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, "intent")
        self.model = self.models[self.rule.kind]
        self.predicted: dict[tuple[str, int], float] = {}

    def _learn_one(self, example: Example) -> None:
        number, part = divmod(example.sequence, 3)
        seen = as_model_sees(example.values, self.job.features)
        if not all(math.isfinite(value) for value in seen.values()):
            self.rejected += part == 2
            return
        row = (example.person, number)
        if part == 0:
            self.predicted[row] = self._version(-1, self.model).score(seen)
        elif part == 1:
            self.corrected += 1
        else:
            self._judge(self.predicted.pop(row), example)
        self._follow_policy(part, seen, label=example.label)

    def _follow_policy(self, part: int, seen: Mapping[str, float], *, label: bool) -> None:
        if self.job.labels == "wait":
            if part == 2:
                self._count_row(seen)
                self._step(seen, 1.0, label=label)
            return
        if part == 0:
            self._count_row(seen)
        weighted = self.job.labels == "fake_negative_weighted"
        chance = self._chance(seen)
        if part == 0:
            self._step(seen, (1 - chance) * (1 + chance) if weighted else 1.0, label=False)
        elif part == 1:
            if not weighted:
                self._step(seen, -1.0, label=False)
            self._step(seen, 1 + chance if weighted else 1.0, label=True)

    def _count_row(self, seen: Mapping[str, float]) -> None:
        self.evidence += 1
        self.model["StandardScaler"].learn_one(dict(seen))

    def _step(self, seen: Mapping[str, float], weight: float, *, label: bool) -> None:
        near = self.model["StandardScaler"].transform_one(dict(seen))
        self.model["LogisticRegression"].learn_one(near, label, w=weight)
        self.positives += label
        self.steps += 1

    def _chance(self, seen: Mapping[str, float]) -> float:
        near = self.model["StandardScaler"].transform_one(dict(seen))
        return float(self.model["LogisticRegression"].predict_proba_one(near)[True])
