"""Steps: what a model is to learn, one after the other.

In: labels, and perhaps weights. Out: the same, as every kind of model takes them. It refuses to
know which rows they are of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Steps(NamedTuple):
    """Steps of learning, of which several may be of one example."""

    labels: Sequence[bool]
    new: NDArray[np.bool_]
    """The first step of its example: the scaler learns it, and it counts as one."""
    weights: Sequence[float | None]
    """By which the gradient is multiplied; below 0 to take a step back. None: by what
    `by_chance` says."""


def plain(labels: Sequence[bool]) -> Steps:
    """Return the steps of examples that are learned once.

    Examples
    --------
    >>> plain([True, False]).weights
    [1.0, 1.0]
    """
    return Steps(labels, np.ones(len(labels), dtype=np.bool_), [1.0] * len(labels))


def by_chance(chance: float, label: bool) -> float:
    """Return the weight of a step that was, or will be, learned with the other label too.

    (1 - p)(1 + p) for a negative, 1 + p for a positive, p being the chance before the step: Ktena
    et al., "Addressing delayed feedback for continuous training with neural networks in CTR
    prediction" (RecSys 2019).

    Examples
    --------
    >>> by_chance(0.5, label=False), by_chance(0.5, label=True)
    (0.75, 1.5)
    """
    return 1.0 + chance if label else (1.0 - chance) * (1.0 + chance)
