"""Drift: whether a model still fits the examples that come.

In: the losses of a model's predictions, each made before its example was learned. Out: where they
had risen. It refuses to know the model, and what is done about an alarm.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.log_loss import log_losses
from rtm_flows.models.page_hinkley import PageHinkley, PageHinkleyState
from rtm_flows.models.saved import RIVER
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.windows import Windows, WindowsState

Vector = NDArray[np.float64]

LIMIT = 1e100
"""Largest magnitude of a loss; its square must not overflow."""

_KIND = "drift detector"


class _Saved(msgspec.Struct, kw_only=True):
    rule: DriftRule
    state: msgspec.Raw
    river: str = RIVER


def losses_beside(
    chances: Vector, rates: Vector, labels: Sequence[bool] | NDArray[np.bool_]
) -> Vector:
    """Return how much more each prediction lost than the running rate did, in nats.

    What makes every prediction worse, as an hour in which more people buy, is in both and takes
    no part; what the model knew beyond the rate, and knows no longer, is what remains.

    Parameters
    ----------
    chances
        The model's, before each example was learned.
    rates
        The running rate before each example, `(positives + 1) / (examples + 20)`.
    labels
        What came true.

    Examples
    --------
    >>> losses_beside(np.array([0.2, 0.9]), np.array([0.1, 0.1]), [False, True]).round(3).tolist()
    [0.118, -2.197]
    """
    return log_losses(chances, labels) - log_losses(rates, labels)


class Drift:
    """A detector of a rise of the loss, never of a fall; after an alarm it starts anew.

    No alarm depends on how the losses were cut into calls, or on whether the detector was saved
    and read back between them. Its memory is bounded: 192 blocks of losses at most.

    Parameters
    ----------
    rule
        Which detector, and how easily it alarms.

    Examples
    --------
    >>> drift = Drift(DriftRule())
    >>> drift.add([0.1, 0.2] * 1000)
    []
    >>> Drift.from_bytes(drift.to_bytes(), DriftRule()).add([0.3, 0.4] * 100)
    [99]
    """

    def __init__(self, rule: DriftRule) -> None:
        self.rule = rule
        detector = Windows if rule.detector == "windows" else PageHinkley
        self._detector: Windows | PageHinkley = detector(rule.sensitivity, rule.warm_up)

    def add(self, losses: Sequence[float] | Vector) -> list[int]:
        """Take losses in, in order; return the places of those at which it alarmed.

        Raises
        ------
        ValueError
            If a loss is not finite, or beyond 1e100.
        """
        values = np.asarray(losses, dtype=np.float64)
        if not (np.absolute(values) <= LIMIT).all():
            msg = "losses must be finite and up to 1e100; got others: clip chances to (0, 1)"
            raise ValueError(msg)
        return self._detector.add(values)

    def to_bytes(self) -> bytes:
        """Return the whole state; `from_bytes` reads it back to the bit."""
        state = msgspec.Raw(msgspec.msgpack.encode(self._detector.state()))
        return seal(_KIND, _Saved(rule=self.rule, state=state))

    @classmethod
    def from_bytes(cls, data: bytes, rule: DriftRule) -> Drift:
        """Read back a detector saved under a rule that looks for the same.

        The response may be another: it is not the detector's.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved under another rule or for another River.
        """
        saved = unseal(_KIND, data, _Saved)
        if saved.river != RIVER:
            msg = f"saved {_KIND} follows another River: need {RIVER}; got {saved.river}"
            raise RecoveryError(msg)
        if msgspec.structs.replace(saved.rule, response=rule.response) != rule:
            msg = f"saved {_KIND} follows another rule: need {rule}; got {saved.rule}"
            raise RecoveryError(msg)
        drift = cls(rule)
        try:
            _restore(drift._detector, saved.state)
        except (ValueError, msgspec.DecodeError) as error:
            msg = f"saved {_KIND} holds what no losses give ({error}); restore an older snapshot"
            raise RecoveryError(msg) from None
        return drift


def _restore(detector: Windows | PageHinkley, state: msgspec.Raw) -> None:
    if isinstance(detector, Windows):
        detector.restore(msgspec.msgpack.decode(state, type=WindowsState))
    else:
        detector.restore(msgspec.msgpack.decode(state, type=PageHinkleyState))
