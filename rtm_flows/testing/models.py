"""Checking a model written in Python: whether it keeps to its contract.

In: the class, its options, and the names of features. Out: nothing, or an error that tells the
promise that was broken. What it can't find: a promise broken only by rows that it did not try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import ModelError
from rtm_flows.features.own.loading import check_code
from rtm_flows.models.own import OwnModel
from rtm_flows.models.own.shadow import OwnShadow

Matrix = NDArray[np.float64]
_FEATURES = ("session_events", "cart_value", "since_purchase")


def check_model(
    code: str | type[OwnModel],
    options: Mapping[str, Any] | None = None,
    *,
    features: Sequence[str] = _FEATURES,
    examples: int = 200,
    seeds: Sequence[int] = range(3),
) -> None:
    """Prove on random examples that a model keeps to its contract.

    Its chances are numbers from 0 to 1; asking changes nothing; a second one that is told the same
    says the same to the bit, and so does one that was saved and loaded anywhere on the way.

    Parameters
    ----------
    code
        `module:Class` as in the configuration, or the class; it must be importable.
    options
        As in the configuration.
    features
        Names of the features of the examples.
    examples
        How many are learned for each seed, at least 4.
    seeds
        One random stream for each.

    Raises
    ------
    ModelError
        At the first promise that is broken.
    ValueError
        If `code` is not of the form `module:Class`.
    """
    name = code if isinstance(code, str) else f"{code.__module__}:{code.__qualname__}"
    check_code(name)
    given = dict(options or {})
    for seed in seeds:
        x, labels = _examples(seed, examples, len(features))
        plain, again, asked = (OwnShadow(features, name, given) for _ in range(3))
        wanted = _told(plain, x, labels)
        if not np.array_equal(_told(again, x, labels), wanted):
            _break(name, "the same examples must give the same chances: no clock, no other state")
        if not np.array_equal(_told(asked, x, labels, twice=True), wanted):
            _break(name, "asking must change nothing")
        for cut in (0, 1, examples // 2, examples - 1):
            begun = OwnShadow(features, name, given)
            head = _told(begun, x[:cut], labels[:cut])
            read = OwnShadow.from_bytes(begun.to_bytes(), features, name, given)
            tail = _told(read, x[cut:], labels[cut:])
            if not np.array_equal(np.concatenate([head, tail]), wanted):
                _break(name, f"what is saved must be all: loaded after {cut} examples it differs")


def _told(model: OwnShadow, x: Matrix, labels: Sequence[bool], *, twice: bool = False) -> Matrix:
    """Return the chance of every example before it is learned."""
    chances = []
    for at in range(len(x)):
        one = slice(at, at + 1)
        if twice:
            model.predict_rows(x)
        chances.append(model.predict_rows(x[one]))
        model.learn(x[one], labels[one])
    return np.concatenate([np.zeros(0), *chances])


def _examples(seed: int, count: int, features: int) -> tuple[Matrix, list[bool]]:
    rng = np.random.default_rng(seed)
    x = np.round(rng.exponential(2.0, (count, features)), 6)
    return x, (rng.random(count) < 0.1 + 0.5 * (x[:, 0] > 2.0)).tolist()


def _break(name: str, promise: str) -> None:
    msg = f"{name} does not keep to its contract: {promise}"
    raise ModelError(msg)
