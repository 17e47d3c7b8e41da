"""A forest beside the models that decide: what trees would have made of the same examples.

In: vectors of features in declared order, and labels. Out: chances, each given before its label
was learned, and bytes to save. It refuses to take a model's place: its state is its examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.logistic import usable
from rtm_flows.models.sealed import seal, unseal

if TYPE_CHECKING:
    from river.forest import ARFClassifier

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Rows = NDArray[np.float32]

SUREST = 1e-3
"""No chance is nearer to 0 or 1: a leaf that has seen one label only says 0 or 1."""

PRIOR = 0.05
"""The chance before any example."""

_LARGEST = 3e38
_KIND = "forest"


class _Saved(msgspec.Struct, kw_only=True):
    names: list[str]
    rule: ForestRule
    n: int
    rows: bytes
    labels: bytes
    river: str


class Forest:
    """River's `forest.ARFClassifier` in generations, at a bounded cost an example.

    A generation learns `rule.most` examples and is then felled. Half way the next is planted
    beside it and takes its place when it is full-grown, so that the forest that predicts has
    always learned between a half and all of the latest `rule.most` examples, the first apart. So
    it forgets by itself, and River's own drift detectors and background trees, which would
    double the cost, are off.

    River's trees cannot be saved as parameters. What is saved are the examples that the forest
    which predicts has learned, and restoring is learning them once more, in order: to the bit
    the same forest, under the same version of River. Values are learned as float32.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors.
    rule
        Its bounds.

    Attributes
    ----------
    n
        Examples learned, in all generations.
    promotable
        False: it may be compared with the model that decides, and not take its place.

    Examples
    --------
    >>> forest = Forest(["views"], ForestRule(trees=3))
    >>> x = np.array([[1.0], [9.0]] * 100)
    >>> _ = forest.learn_rows(x, [False, True] * 100)
    >>> [chance > 0.5 for chance in forest.predict_rows(x[:2]).tolist()]
    [False, True]
    """

    promotable: Final = False

    def __init__(self, names: Sequence[str], rule: ForestRule | None = None) -> None:
        self.names = tuple(names)
        self.rule = ForestRule() if rule is None else rule
        self.n = 0
        self._start(0)

    def predict_rows(self, x: Matrix) -> Vector:
        """Return the chance of each row, all of them usable; changes nothing."""
        rows = self._rows_of(x)
        return np.array([self._chance(_row(values)) for values in rows.tolist()], np.float64)

    def learn_rows(self, x: Matrix, labels: Sequence[bool]) -> Vector:
        """Learn examples in turn; return the chance of each as it was before.

        Parameters
        ----------
        x
            (examples, features), all of them usable (see `logistic.usable`).
        labels
            As many.

        Raises
        ------
        ValueError
            If a feature is not finite, or there are not as many labels.
        """
        if len(x) != len(labels):
            msg = f"need a label for each of {len(x)} examples; got {len(labels)}"
            raise ValueError(msg)
        chances = np.empty(len(x))
        for at in range(len(x)):
            one = slice(at, at + 1)
            chances[at] = self.predict_rows(x[one])[0]
            self.learn(x[one], labels[one])
        return chances

    def learn(self, x: Matrix, labels: Sequence[bool]) -> None:
        """Learn examples in turn: as `learn_rows`, without a word of their chances."""
        for values, label in zip(self._rows_of(x), labels, strict=True):
            self._learn(_row(values.tolist()), bool(label))
            self._keep(values, bool(label))

    def to_bytes(self) -> bytes:
        """Return the examples that the state consists of; `from_bytes` learns them again."""
        saved = _Saved(
            names=list(self.names),
            rule=self.rule,
            n=self.n,
            rows=bytes(self._rows),
            labels=bytes(self._labels),
            river=_river(),
        )
        return seal(_KIND, saved)

    @classmethod
    def from_bytes(cls, data: bytes, names: Sequence[str], rule: ForestRule) -> Forest:
        """Restore a forest saved with the same features under the same rule.

        Takes as long as learning its examples did, `rule.most` at most.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features, under another rule, or
            by another version of River.
        """
        saved = unseal(_KIND, data, _Saved)
        for what, found, need in (
            ("has other features", saved.names, list(names)),
            ("follows another rule", saved.rule, rule),
            ("follows another River", saved.river, _river()),
        ):
            if found != need:
                msg = f"saved {_KIND} {what}: need {need}; got {found}"
                raise RecoveryError(msg)
        forest = cls(names, rule)
        forest._restore(saved)
        return forest

    def _restore(self, saved: _Saved) -> None:
        generation = max(0, saved.n // self.rule.half - 1)
        count = saved.n - generation * self.rule.half
        sizes = (len(saved.labels), len(saved.rows))
        rows = np.frombuffer(saved.rows, dtype="<f4", count=sizes[1] // 4)
        if sizes != (count, 4 * count * len(self.names)) or not np.isfinite(rows).all():
            msg = f"saved {_KIND} does not hold the examples it tells of; restore an older snapshot"
            raise RecoveryError(msg)
        self._start(generation)
        self.n = saved.n - count
        for values, label in zip(rows.reshape(count, len(self.names)), saved.labels, strict=True):
            self._learn(_row(values.tolist()), bool(label))
            self._keep(values, bool(label))

    def _start(self, generation: int) -> None:
        self._generation = generation
        self._rows, self._labels = bytearray(), bytearray()
        self._serving = self._planted(generation)
        self._young: ARFClassifier | None = None

    def _planted(self, generation: int) -> ARFClassifier:
        """Return a generation without any example."""
        from river import drift, forest

        rule, never = self.rule, cast(Any, drift.NoDrift)  # River gives it no types
        return forest.ARFClassifier(
            n_models=rule.trees,
            max_depth=rule.depth,
            grace_period=rule.grace,
            leaf_prediction="mc",
            drift_detector=never(),
            warning_detector=never(),
            seed=rule.seed + generation,
        )

    def _chance(self, row: dict[Any, Any]) -> float:
        if not self._labels:
            return PRIOR
        chance = float(self._serving.predict_proba_one(row).get(True, 0.0))
        return min(max(chance, SUREST), 1.0 - SUREST)

    def _learn(self, row: dict[Any, Any], label: bool) -> None:
        self._serving.learn_one(row, label)
        if self._young is not None:
            self._young.learn_one(row, label)

    def _keep(self, values: Rows, label: bool) -> None:
        """Keep an example, and at the end of half a generation plant the next."""
        self._rows += values.astype("<f4").tobytes()
        self._labels.append(label)
        self.n += 1
        half = self.rule.half
        if len(self._labels) == 2 * half and self._young is not None:
            self._generation += 1
            self._serving = self._young
            del self._labels[:half], self._rows[: half * 4 * len(self.names)]
        if len(self._labels) == half:
            self._young = self._planted(self._generation + 1)

    def _rows_of(self, x: Matrix) -> Rows:
        """Return rows as they are learned and kept."""
        if x.shape[1:] != (len(self.names),) or not usable(x).all():
            msg = f"need rows of {len(self.names)} finite features up to 1e100; got shape {x.shape}"
            raise ValueError(msg)
        return np.clip(x, -_LARGEST, _LARGEST).astype(np.float32)


def _row(values: list[float]) -> dict[Any, Any]:
    """Return a row as River takes it, by place: names would be hashed at random."""
    return dict(enumerate(values))


def _river() -> str:
    return version("river")
