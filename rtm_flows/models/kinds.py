"""Kinds of models: what may learn in a stream, by the name that a configuration gives it.

In: the name of a kind with its keys, the names of the features, and perhaps saved bytes. Out: a
model. It refuses to know who is served, and how well anybody predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.forest import Forest
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.logistic import Logistic
from rtm_flows.models.own.shadow import OwnShadow
from rtm_flows.models.rules import Challenger, Rule
from rtm_flows.models.standard_newton import StandardNewton
from rtm_flows.models.steps import Steps

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@runtime_checkable
class Servable(Protocol):
    """A model whose versions others can score with: linear, one row of parameters each.

    No bit of a version depends on how the examples were cut into calls, and `to_bytes` keeps the
    whole state, so that a model that was read back goes on to the same bits.
    """

    def learn_steps(self, x: Matrix, steps: Steps, /) -> Matrix:
        """Take steps in turn, at least one, each of a usable row of `x`.

        The parameters before the first and after each step are returned, laid out as those of
        `Logistic`, (steps + 1, parameters).
        """
        ...

    def parameters(self) -> Vector:
        """Return the parameters as they are."""
        ...

    def widened(self, names: Sequence[str], values: Vector, /) -> Servable:
        """Return the model that would be, had further features held these values all along."""
        ...

    def to_bytes(self) -> bytes:
        """Return the whole state, sealed."""
        ...


class Shadow(Protocol):
    """A model that can be measured, and not served: a challenger that is never promoted.

    What `Servable` promises of versions holds of its chances. It learns each example once.
    """

    def predict_rows(self, x: Matrix, /) -> Vector:
        """Return the chance of usable rows as it is; changes nothing."""
        ...

    def learn(self, x: Matrix, labels: Sequence[bool], /) -> None:
        """Learn usable examples in turn, or none."""
        ...

    def to_bytes(self) -> bytes:
        """Return the whole state, sealed."""
        ...


class Kind(NamedTuple):
    """How models of one kind come to be."""

    make: Callable[[Sequence[str], Rule], Servable | Shadow]
    """From the names of the features and the keys of the configuration."""
    read: Callable[[bytes, Sequence[str], Rule], Servable | Shadow]
    """From what `to_bytes` gave, and what it was made from; refuses other bytes."""


def _bounds(rule: Rule) -> ForestRule:
    """Return the bounds of a forest: the challenger's own, or the usual ones."""
    own = rule.forest if isinstance(rule, Challenger) else None
    return own or ForestRule()


def _own(rule: Rule) -> tuple[str, Mapping[str, Any]]:
    """Return the class of one's own, and its options."""
    code = rule.code if isinstance(rule, Challenger) else None
    return code or "", rule.options if isinstance(rule, Challenger) else {}


KINDS: dict[str, Kind] = {
    "forest": Kind(
        lambda names, rule: Forest(names, _bounds(rule)),
        lambda data, names, rule: Forest.from_bytes(data, names, _bounds(rule)),
    ),
    "newton": Kind(
        lambda names, rule: StandardNewton(names),
        lambda data, names, rule: StandardNewton.from_bytes(data, names),
    ),
    "python": Kind(
        lambda names, rule: OwnShadow(names, *_own(rule)),
        lambda data, names, rule: OwnShadow.from_bytes(data, names, *_own(rule)),
    ),
    "sgd": Kind(
        lambda names, rule: Logistic(names, rule.learning_rate),
        lambda data, names, rule: Logistic.from_bytes(data, names),
    ),
}
"""All kinds by name; `rules` says the names too, and a test that the two agree."""


def model_of(rule: Rule, names: Sequence[str]) -> Servable | Shadow:
    """Return a new model of a kind.

    Examples
    --------
    >>> type(model_of(Rule(kind="newton"), ["views"])).__name__
    'StandardNewton'
    """
    return KINDS[rule.kind].make(names, rule)


def read_model(rule: Rule, data: bytes, names: Sequence[str]) -> Servable | Shadow:
    """Return a model of a kind as it was saved.

    Raises
    ------
    RecoveryError
        If the bytes are damaged, or were saved of another kind, with other features or for
        another River.
    """
    return KINDS[rule.kind].read(data, names, rule)
