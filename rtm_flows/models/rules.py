"""By which rule a model learns, who challenges it, and how it is decided.

In: keys of the configuration that mean the same for every model. Out: checked records. It refuses
to know what is predicted.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rtm_flows.features.own.loading import check_code, check_plain
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.own.loading import load_class

DEFAULT_RATE = 0.01

Served = Literal["newton", "sgd"]
"""Kinds that have versions to score with."""

Shadowed = Literal["forest", "newton", "python", "sgd"]
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
    kind
        As of the model it challenges; also `forest`, River's forest, and `python`, a class of one's
        own, which can be measured and not served.
    forest
        Bounds of a challenger of kind `forest`.
    code
        Of kind `python`: `module:Class`, importable as `import module` is.
    options
        Of kind `python`: given to the class as keyword arguments.

    Raises
    ------
    ValueError
        As `Rule` does, or if there are keys of another kind.

    Examples
    --------
    >>> Challenger(kind="sgd").called
    'sgd'
    """

    name: str = ""
    forest: ForestRule | None = None
    code: str | None = None
    options: dict[str, Any] = {}

    def __post_init__(self) -> None:
        """Refuse keys that another kind has."""
        super().__post_init__()
        self._check_own()
        if self.forest is not None and self.kind != "forest":
            msg = f'`forest` has no meaning beside kind "{self.kind}": leave it out'
            raise ValueError(msg)

    def _check_own(self) -> None:
        if self.kind != "python":
            if self.code is not None or self.options:
                msg = (
                    f'`code` and `options` have no meaning beside kind "{self.kind}": leave them '
                    "out"
                )
                raise ValueError(msg)
            return
        if self.code is None:
            msg = 'kind "python" needs `code`, as "shop_models:Trees"; got none'
            raise ValueError(msg)
        check_code(self.code)
        check_plain(self.options)

    @property
    def contract(self) -> str:
        """The class of one's own with its version; empty of other kinds.

        Raises
        ------
        ModelError
            If there is no such class.
        """
        return f"{self.code} version {load_class(self.code).version}" if self.code else ""

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
