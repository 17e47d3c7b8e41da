"""Page-Hinkley's test: adds up what losses were above their mean, until it is too much.

In: losses, in order. Out: where they had risen. It refuses to know whose losses they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

ALLOWANCE = 0.15
"""Standard deviations above the mean that do not count; half the smallest rise looked for."""

THRESHOLDS = {"low": 60.0, "medium": 40.0, "high": 30.0}
"""Standard deviations that the losses must have been above the mean and its allowance in sum."""

LARGEST = 8.0
"""Standard deviations above the mean that one loss counts, at most."""

_LEAST_DEVIATION = 1e-3


class PageHinkleyState(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """State of a detector as plain values."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    tested: int = 0
    level: float = 0.0
    total: float = 0.0
    least: float = 0.0


class PageHinkley:
    """River's `drift.PageHinkley(mode="up")` on standardised losses.

    A loss is standardised by the mean and deviation of all losses since the start, itself
    included, as River's `stats.Var` has them: a rise then means the same at any base rate.
    Alarms where River would, to the example (the tests run both), in half the time and without
    importing it.

    Notes
    -----
    Without forgetting (River's alpha 1), Page's test is a cumulative sum with allowance `k` and
    threshold `h`, in deviations: by Siegmund (1985) it alarms falsely once in about
    `(exp(2 k b) - 2 k b - 1) / (2 k k)` independent normal losses, `b = h + 1.166`.

    Parameters
    ----------
    sensitivity
        Key of `THRESHOLDS`.
    warm_up
        Losses that are only taken for their mean and deviation.

    Examples
    --------
    >>> detector = PageHinkley("medium", 1000)
    >>> detector.add([0.1, 0.2] * 1000 + [0.3, 0.4] * 1000)
    [2010]
    """

    def __init__(self, sensitivity: str, warm_up: int) -> None:
        self._threshold = THRESHOLDS[sensitivity]
        self._warm_up = warm_up
        self._state = PageHinkleyState()

    def add(self, losses: Iterable[float]) -> list[int]:
        """Take losses in; return the places of those at which it alarmed."""
        alarms = []
        for place, loss in enumerate(map(float, losses)):
            s = self._state
            s.n += 1
            old = s.mean
            s.mean += (1.0 / s.n) * (loss - old)
            s.squares += (loss - old) * (loss - s.mean)
            if s.n <= self._warm_up:
                continue
            deviation = max(math.sqrt(s.squares / (s.n - 1)), _LEAST_DEVIATION)
            x = min((loss - s.mean) / deviation, LARGEST)
            s.tested += 1
            s.level += (1.0 / s.tested) * (x - s.level)
            s.total = s.total + (x - s.level) - ALLOWANCE
            if s.tested == 1 or s.total < s.least:
                s.least = s.total
            if s.total - s.least > self._threshold:
                alarms.append(place)
                self._state = PageHinkleyState()
        return alarms

    def state(self) -> PageHinkleyState:
        """Return the whole state."""
        return msgspec.structs.replace(self._state)

    def restore(self, state: PageHinkleyState) -> None:
        """Take up a state.

        Raises
        ------
        ValueError
            If it is of no such detector.
        """
        numbers = msgspec.structs.astuple(state)
        if not all(map(math.isfinite, numbers)) or state.squares < 0.0:
            msg = "numbers that no losses give"
            raise ValueError(msg)
        if state.tested != max(state.n - self._warm_up, 0):
            msg = f"{state.tested} losses tested of {state.n}"
            raise ValueError(msg)
        self._state = msgspec.structs.replace(state)
