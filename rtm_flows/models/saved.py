"""The saved form of a logistic model: its state as plain values, and what must hold of them.

In: a record as it was read back. Out: the same record, checked. It refuses to know how the
bytes were kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import msgspec

from rtm_flows.errors import RecoveryError

RIVER = "0.26"
"""River's series whose arithmetic the kernel repeats."""


class Saved(msgspec.Struct, kw_only=True):
    """State of a model: what was learned, of which features, and by whose rules."""

    names: list[str]
    learning_rate: float
    n: int
    positives: int
    intercept: float
    origin: list[float]
    total: list[float]
    squares: list[float]
    weights: list[float]
    river: str = RIVER


def check_saved(saved: Saved, names: Sequence[str]) -> Saved:
    """Return the record if it belongs to these features and can be learned on.

    Raises
    ------
    RecoveryError
        If the features or River's series differ, or a number cannot be.
    """
    if saved.names != list(names):
        msg = f"saved model has other features: need {list(names)}; got {saved.names}"
        raise RecoveryError(msg)
    if saved.river != RIVER:
        msg = f"saved model follows another River: need {RIVER}; got {saved.river}"
        raise RecoveryError(msg)
    columns = (saved.origin, saved.total, saved.squares, saved.weights)
    numbers = [saved.intercept, *chain.from_iterable(columns)]
    sound = (
        all(len(column) == len(names) for column in columns)
        and all(map(math.isfinite, numbers))
        and all(s > 0.0 or (s == 0.0 and w == 0.0) for s, w in zip(*columns[2:], strict=True))
        and 0 <= saved.positives <= saved.n
    )
    if not sound:
        msg = "saved model holds numbers that no learning gives; restore an older snapshot"
        raise RecoveryError(msg)
    return saved
