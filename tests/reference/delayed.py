"""The fold of rows that wait for a purchase: section 5 of the page, by each of the three policies.

In: examples by parts, as `purchases` tells them. Out: versions, and how well rows were predicted
when they came. The steps are River's own, with its example weights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .features import as_model_sees
from .fold import Example, Fold, Predicted
from .job import Job
from .newton import Newton

Weight = float | str


class DelayedFold(Fold):
    """A fold that predicts a row when it comes, and judges it when it is over."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, "intent")
        self.predicted: dict[tuple[str, int], Predicted] = {}

    def _moments(self, examples: Iterable[Example]) -> Iterator[list[Example]]:
        """Yield the parts one by one: each is of a moment of its own."""
        for example in examples:
            yield [example]

    def _learn_together(self, moment: Iterable[Example]) -> None:
        for example in moment:
            self._learn_part(example)

    def _learn_part(self, example: Example) -> None:
        number, part = divmod(example.sequence, 3)
        seen = as_model_sees(example.values, self.job.features)
        if not all(math.isfinite(value) for value in seen.values()):
            self.rejected += part == 2
            return
        row = (example.person, number)
        if part == 0:
            self.predicted[row] = self._predict(example, seen)
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
        if part == 0:
            self._step(seen, "(1 - p)(1 + p)" if weighted else 1.0, label=False)
        elif part == 1:
            if not weighted:
                self._step(seen, -1.0, label=False)
            self._step(seen, "1 + p" if weighted else 1.0, label=True)

    def _count_row(self, seen: Mapping[str, float]) -> None:
        self.evidence += 1
        for model in self.models.values():
            scaler_of(model).learn_one(dict(seen))

    def _step(self, seen: Mapping[str, float], weight: Weight, *, label: bool) -> None:
        for model in self.models.values():
            if isinstance(model, Newton):
                model.step(seen, label, lambda chance: in_numbers(weight, chance))
                continue
            near = model["StandardScaler"].transform_one(dict(seen))
            chance = float(model["LogisticRegression"].predict_proba_one(near)[True])
            model["LogisticRegression"].learn_one(near, label, w=in_numbers(weight, chance))
        self.positives += label
        self.steps += 1


def scaler_of(model: Any) -> Any:
    """Return the scaler of a model of any kind."""
    return model.scaler if isinstance(model, Newton) else model["StandardScaler"]


def in_numbers(weight: Weight, chance: float) -> float:
    """Return a weight, given the chance before the step."""
    p = min(max(chance, 1 / (1 + math.exp(30))), 1 / (1 + math.exp(-30)))
    match weight:
        case "1 + p":
            return 1 + p
        case "(1 - p)(1 + p)":
            return (1 - p) * (1 + p)
    return float(weight)
