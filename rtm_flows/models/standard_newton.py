"""Newton's steps on standardised features, with versions that decide can score with.

In: vectors of features in declared order, and labels. Out: parameters laid out as those of
`Logistic`, and bytes to save. It refuses to know what the features mean, when an example was
labelled, and when a model is good enough to be believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.logistic import laid_out
from rtm_flows.models.newton import WIDEST, Newton
from rtm_flows.models.saved import RIVER
from rtm_flows.models.scaler import Scaler
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.steps import Steps

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

MOST = WIDEST - 1
"""Most features; one more weight is the intercept."""


class _Saved(msgspec.Struct, kw_only=True):
    """State of a model; arrays as little-endian bytes of float64."""

    names: list[str]
    n: int
    positives: int
    scaler: bytes
    weights: bytes
    covariance: bytes
    river: str = RIVER


class StandardNewton:
    """`Newton` over an intercept and the features as `Scaler` scales them.

    The order within one example is that of `Logistic`: the scaler learns first, the regression
    then learns the vector scaled with the new mean and variance. Weights are of deviations as they
    are at the time: when the scaler moves, weights and covariance stay as they are. To carry them
    over, so that no logit changes, was tried and is worse: it carries over how little was known of
    a scale when it was first seen.

    What is learned from allows for what is not known, as `Newton` does; what is served is the
    logit of the mean weights, since a version must be linear.

    Parameters
    ----------
    names
        Names of the features, in the order of the vectors; at most `MOST`.

    Attributes
    ----------
    positives
        Positive examples learned.

    Raises
    ------
    ValueError
        If there are more features than `MOST`.

    Examples
    --------
    >>> from rtm_flows.models.steps import plain
    >>> model = StandardNewton(["views", "cart"])
    >>> x = np.array([[1.0, 0.0], [1.0, 1.0]] * 20)
    >>> versions = model.learn_steps(x, plain([False, True] * 20))
    >>> versions.shape, bool(versions[-1, -1] > 2.0)
    ((41, 7), True)
    """

    def __init__(self, names: Sequence[str]) -> None:
        if len(names) > MOST:
            msg = f"Newton's steps take at most {MOST} features; got {len(names)}"
            raise ValueError(msg)
        self.names = tuple(names)
        self.positives = 0
        self.scaler = Scaler(len(names))
        self.newton = Newton()
        # So that there is a weight for every feature from the start.
        self.newton.learn_rows(np.zeros((0, 1 + len(names))), [])

    @property
    def n(self) -> int:
        """Examples learned."""
        return self.scaler.n

    def learn_steps(self, x: Matrix, steps: Steps) -> Matrix:
        """Take steps in turn, with one usable row of `x` each; at least one.

        A step that is not new is scaled by what the scaler knows by then.

        Returns
        -------
        NDArray[np.float64]
            The parameters before the first and after each step, (steps + 1, parameters).
        """
        examples, scaled = self.scaler.learn_some(x, steps.new)
        rows = np.concatenate([np.ones((len(x), 1)), scaled.x], axis=1)
        weights = np.empty((len(x) + 1, rows.shape[1]))
        weights[0] = self.newton.weights
        self.newton.learn_rows(rows, steps.labels, weights[1:], steps.weights)
        found = laid_out(
            examples, self.positives, steps.labels, weights[:, 0], weights[:, 1:], scaled
        )
        self.positives = int(found[-1, 1])
        return found

    def widened(self, names: Sequence[str], values: Vector) -> StandardNewton:
        """Return the model that would be, had further features held these values all along.

        Parameters
        ----------
        names
            Names of all features, the further ones last.
        values
            Of these, as a model sees them.
        """
        wide = StandardNewton(names)
        wide.positives = self.positives
        wide.scaler, wide.newton = self.scaler.widened(values), self.newton.widened(len(values))
        return wide

    def parameters(self) -> Vector:
        """Return what scoring needs, as one new row: see `Logistic.parameters`."""
        weights = self.newton.weights
        counts = [self.n, self.positives, weights[0]]
        return np.concatenate([counts, self.scaler.mean, weights[1:] / self.scaler.std])

    def to_bytes(self) -> bytes:
        """Return the whole state; `from_bytes` reads it back to the bit."""
        scaler = self.scaler
        record = _Saved(
            names=list(self.names),
            n=self.n,
            positives=self.positives,
            scaler=_packed(np.stack([scaler.origin, scaler.total, scaler.squares])),
            weights=_packed(self.newton.weights),
            covariance=_packed(self.newton.covariance),
        )
        return seal("newton", record)

    @classmethod
    def from_bytes(cls, data: bytes, names: Sequence[str]) -> StandardNewton:
        """Read back a model saved with the same features.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other features or for another River.
        """
        saved = unseal("newton", data, _Saved)
        if saved.names != list(names):
            msg = f"saved model has other features: need {list(names)}; got {saved.names}"
            raise RecoveryError(msg)
        if saved.river != RIVER:
            msg = f"saved model follows another River: need {RIVER}; got {saved.river}"
            raise RecoveryError(msg)
        model = cls(names)
        if not model._restore(saved):
            msg = "saved model holds numbers that no learning gives; restore an older snapshot"
            raise RecoveryError(msg)
        return model

    def _restore(self, saved: _Saved) -> bool:
        """Take over a saved state; return whether any learning can have given it."""
        size = len(self.names)
        lengths = (3 * size, size + 1, (size + 1) ** 2)
        parts = [np.frombuffer(d, "<f8") for d in (saved.scaler, saved.weights, saved.covariance)]
        if tuple(map(len, parts)) != lengths:
            return False
        scaler, weights, covariance = (part.astype(np.float64) for part in parts)
        self.positives, self.scaler.n = saved.positives, saved.n
        self.scaler.origin, self.scaler.total, self.scaler.squares = scaler.reshape(3, size)
        self.newton.weights, self.newton.covariance = weights, covariance.reshape(size + 1, -1)
        return (
            all(map(math.isfinite, np.concatenate([scaler, weights, covariance]).tolist()))
            and bool((self.scaler.squares >= 0.0).all())
            and bool((self.newton.covariance == self.newton.covariance.T).all())
            and 0 <= saved.positives <= saved.n
        )


def _packed(values: Matrix) -> bytes:
    return values.astype("<f8").tobytes()
