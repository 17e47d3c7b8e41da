"""By which rule a model learns, as the configuration tells it.

In: the keys that every model has, served or not. Out: a checked record. It refuses to know what
is predicted.
"""

from __future__ import annotations

from typing import Literal

import msgspec

DEFAULT_RATE = 0.01


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model learns.

    Attributes
    ----------
    kind
        `sgd`: a logistic regression by stochastic gradient descent; `newton`: by Newton's steps,
        which learns more from each example and costs the square of the number of features.
    learning_rate
        Step of the weights of `sgd`, above 0 and at most 1. The intercept's step is River's own
        0.01. Newton's steps find their own length.

    Raises
    ------
    ValueError
        If the rate is out of its range, or has no meaning beside the kind.

    Examples
    --------
    >>> Rule().kind
    'sgd'
    """

    kind: Literal["newton", "sgd"] = "sgd"
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
