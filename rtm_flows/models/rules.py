"""By which rule a model learns, who challenges it, and how it is decided.

In: keys of the configuration that mean the same for every model. Out: checked records. It refuses
to know what is predicted.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.models.forest_rule import ForestRule

DEFAULT_RATE = 0.01

Served = Literal["newton", "sgd"]
"""Kinds that have versions to score with."""

Shadowed = Literal["forest", "newton", "sgd"]
"""Kinds of challengers: those, and what can be measured only."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model learns.

    Attributes
    ----------
    kind
        `newton`: a logistic regression by Newton's steps, which find their own length and cost the
        square of the number of features; `sgd`: by stochastic gradient descent, which costs less
        and learns less from each example.
    learning_rate
        Step of the weights of `sgd`, above 0 and at most 1. The intercept's step is River's own
        0.01.

    Raises
    ------
    ValueError
        If the rate is out of its range, or has no meaning beside the kind.

    Examples
    --------
    >>> Rule().kind
    'newton'
    """

    kind: Shadowed = "newton"
    learning_rate: float = DEFAULT_RATE

    def __post_init__(self) -> None:
        """Refuse a rate that cannot be meant."""
        if not 0.0 < self.learning_rate <= 1.0:
            msg = f"`learning_rate` must be above 0 and at most 1; got {self.learning_rate}"
            raise ValueError(msg)
        if self.kind != "sgd" and self.learning_rate != DEFAULT_RATE:
            msg = (
                f'`learning_rate` has no meaning beside kind "{self.kind}": leave it out; got '
                f"{self.learning_rate}"
            )
            raise ValueError(msg)


class Challenger(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that learns in the shadow of the one that is served.

    Attributes
    ----------
    name
        What it is called; by default its kind.
    forest
        Bounds of a challenger of kind `forest`: River's forest, which can be measured and not
        served.

    Raises
    ------
    ValueError
        As `Rule` does, or if there are bounds of a forest beside another kind.

    Examples
    --------
    >>> Challenger(kind="sgd").called
    'sgd'
    """

    name: str = ""
    forest: ForestRule | None = None

    def __post_init__(self) -> None:
        """Refuse bounds of a forest that is none."""
        super().__post_init__()
        if self.forest is not None and self.kind != "forest":
            msg = f'`forest` has no meaning beside kind "{self.kind}": leave it out'
            raise ValueError(msg)

    @property
    def called(self) -> str:
        """Its name, or its kind where it has none."""
        return self.name or self.kind


class Promotion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a challenger takes the champion's place: what `models.duel` is told.

    Attributes
    ----------
    after
        Examples compared before the first look, at least 2; later looks are at twice as many each.
    level
        Chance that from one change to the next any challenger is promoted which is not better,
        above 0 and at most 0.5.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    after: int = 1000
    level: float = 0.01

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        if self.after < 2:
            msg = f"`after` must be at least 2; got {self.after}"
            raise ValueError(msg)
        if not 0.0 < self.level <= 0.5:
            msg = f"`level` must be above 0 and at most 0.5; got {self.level}"
            raise ValueError(msg)
