"""The default learner as bytes: its parameters with a header and a checksum, never code.

In: a learner, or bytes. Out: the other. It refuses to know where the bytes are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.adagrad import EPS
from rtm_flows.models.learner import Learner
from rtm_flows.models.newton import WIDEST
from rtm_flows.models.reservoir import ROWS
from rtm_flows.models.saved import RIVER
from rtm_flows.models.scales import KNOTS
from rtm_flows.models.sealed import seal, unseal

Array = NDArray[np.float64]

KIND = "learner"
"""What the sealed bytes say they are."""


class SavedLearner(msgspec.Struct, kw_only=True):
    """State of a learner; arrays as little-endian bytes of float64 or 64-bit integers."""

    numbers: list[str]
    texts: list[str]
    n: int
    positives: int
    scaler: bytes
    knots: bytes
    sample: bytes
    ranks: bytes
    of_number: list[int]
    of_text: list[tuple[int, int, int]]
    weights: bytes
    covariance: bytes
    intercept: float
    places: bytes
    place_weights: bytes
    place_squares: bytes
    blend: list[float]
    river: str = RIVER


def save(learner: Learner) -> bytes:
    """Return the whole state of a learner; `load` reads it back to the bit."""
    scales, slots = learner.encoder.scales, learner.encoder.slots
    scaler, adagrad = scales.scaler, learner.adagrad
    # A place that was never learned has the square it began with.
    touched = np.flatnonzero(adagrad.squares != EPS)
    record = SavedLearner(
        numbers=list(learner.numbers),
        texts=list(learner.texts),
        n=learner.n,
        positives=learner.positives,
        scaler=_packed(np.stack([scaler.origin, scaler.total, scaler.squares])),
        knots=_packed(scales.knots),
        sample=_packed(scales.reservoir.rows),
        ranks=scales.reservoir.ranks.astype("<u8").tobytes(),
        of_number=slots.of_number.tolist(),
        of_text=[(column, code, slot) for (column, code), slot in slots.of_text.items()],
        weights=_packed(learner.newton.weights),
        covariance=_packed(learner.newton.covariance),
        intercept=adagrad.intercept,
        places=touched.astype("<i8").tobytes(),
        place_weights=_packed(adagrad.weights[touched]),
        place_squares=_packed(adagrad.squares[touched]),
        blend=[*learner.blend.weights, *learner.blend.covariance],
    )
    return seal(KIND, record)


def load(data: bytes, numbers: Sequence[str], texts: Sequence[str]) -> Learner:
    """Read back a learner saved with the same columns.

    Raises
    ------
    RecoveryError
        If the bytes are damaged, or were saved with other columns or for another River.
    """
    saved = unseal(KIND, data, SavedLearner)
    if (saved.numbers, saved.texts) != (list(numbers), list(texts)):
        msg = (
            f"saved learner has other columns: need numbers {list(numbers)} and texts "
            f"{list(texts)}; got numbers {saved.numbers} and texts {saved.texts}"
        )
        raise RecoveryError(msg)
    if saved.river != RIVER:
        msg = f"saved learner follows another River: need {RIVER}; got {saved.river}"
        raise RecoveryError(msg)
    learner = Learner(numbers, texts)
    try:
        _restore(learner, saved)
    except ValueError as error:
        msg = f"saved learner holds numbers that no learning gives ({error}); restore an older one"
        raise RecoveryError(msg) from None
    return learner


def _restore(learner: Learner, saved: SavedLearner) -> None:
    learner.n, learner.positives = saved.n, saved.positives
    _restore_scales(learner, saved)
    _restore_slots(learner, saved)
    width = learner.encoder.slots.width
    learner.newton.weights = _read(saved.weights, width)
    learner.newton.covariance = _read(saved.covariance, width, width)
    adagrad = learner.adagrad
    places = np.frombuffer(saved.places, dtype="<i8")
    _demand(
        not len(places) or (places.min() >= 0 and places.max() < len(adagrad.weights)), "places"
    )
    adagrad.weights[places] = _read(saved.place_weights, len(places))
    adagrad.squares[places] = _read(saved.place_squares, len(places))
    _demand(bool((adagrad.squares > 0.0).all()), "squares")
    numbers = [saved.intercept, *saved.blend]
    _demand(len(saved.blend) == 12 and all(map(math.isfinite, numbers)), "blend")
    adagrad.intercept = saved.intercept
    learner.blend.weights, learner.blend.covariance = saved.blend[:3], saved.blend[3:]


def _restore_scales(learner: Learner, saved: SavedLearner) -> None:
    scales, size = learner.encoder.scales, len(saved.numbers)
    _demand(0 <= saved.positives <= saved.n, "counts")
    scales.scaler.n = scales.reservoir.seen = saved.n
    sums = _read(saved.scaler, 3, size)
    scales.scaler.origin, scales.scaler.total, scales.scaler.squares = sums
    _demand(bool((scales.scaler.squares >= 0.0).all()), "variances")
    scales.knots = _read(saved.knots, KNOTS, size)
    kept = min(saved.n, ROWS)
    scales.reservoir.ranks = np.frombuffer(saved.ranks, dtype="<u8").astype(np.uint64)
    _demand(len(scales.reservoir.ranks) == kept, "ranks")
    scales.reservoir.rows = _read(saved.sample, kept, size, finite=False)


def _restore_slots(learner: Learner, saved: SavedLearner) -> None:
    slots = learner.encoder.slots
    given = [slot for slot in saved.of_number if slot >= 0]
    given += [slot for _, _, slot in saved.of_text]
    _demand(len(saved.of_number) == len(slots.of_number), "slots of numbers")
    _demand(sorted(given) == list(range(1, len(given) + 1)) and len(given) < WIDEST, "slots")
    _demand(all(0 <= at < len(saved.texts) for at, _, _ in saved.of_text), "slots of texts")
    of_text = {(column, code): slot for column, code, slot in saved.of_text}
    slots.restore(saved.of_number, of_text)


def _packed(values: Array) -> bytes:
    return values.astype("<f8").tobytes()


def _read(data: bytes, *shape: int, finite: bool = True) -> Array:
    """Return an array of its own, of this shape and of finite numbers."""
    values = np.frombuffer(data, dtype="<f8").astype(np.float64).reshape(shape)
    _demand(not finite or bool(np.isfinite(values).all()), "numbers that are not finite")
    return values


def _demand(sound: object, what: str) -> None:
    if not sound:
        raise ValueError(what)
