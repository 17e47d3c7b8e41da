"""A duel: whether one series of predictions is better than another, by a test declared before.

In: by how much each example surprised the one less than the other, in order. Out: the mean, its
interval, and what passed at a look. It refuses to know who predicted, and what follows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from rtm_flows.errors import RecoveryError

BATCHES = 40
"""Batches at a look; even, and fewer where fewer examples are asked for."""

UNIT = 1_000_000
"""Gains are counted in millionths of a nat, so that their sums are exact."""

_INTERVAL = 0.025


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look found that a challenger passed.

    Attributes
    ----------
    n
        Examples compared.
    gain
        By how much the mean log loss is less.
    gain_95
        Interval of the gain, 95 percent.
    t
        The statistic.
    level
        The chance of a false verdict that this look was given.
    """

    n: int
    gain: float
    gain_95: list[float]
    t: float
    level: float


class State(msgspec.Struct, kw_only=True):
    """A duel as plain values."""

    size: int
    sums: list[int]
    part: int
    count: int
    looks: int
    passed: Verdict | None


class Duel:
    """Compares two series of predictions, example by example, and looks seldom.

    Gains are summed in batches of equally many examples, one after the other: neighbours depend
    on each other (rows of one session share their label), sums of batches hardly. A look is taken
    when all batches are full, that is after `after` examples; then two and two are joined and the
    next look is at twice as many. The k-th look, from 0, gets `level / 2^(k + 1)`, so that all
    of them together stay below the level.

    The statistic is Student's t of the sums or, if less, Hall's (1992) transformation of it,
    which allows for sums that lean to one side: a challenger that is too sure gains a little
    often and loses much seldom, and t alone calls it better several times too often.

    Parameters
    ----------
    after
        Examples before the first look, at least 2.
    level
        Chance that a challenger passes which is not better; None for no looks.

    Attributes
    ----------
    passed
        The first verdict, if any.

    Notes
    -----
    With w the mean over the deviation, g the skewness and m the batches:
    `t = sqrt(m) w` and `sqrt(m) (w + g w^2 / 3 + g^2 w^3 / 27 + g / (6 m))`. It is assumed that
    sums of batches are alike and do not depend on each other, which holds the better the larger
    `after` is.

    References
    ----------
    Hall: On the Removal of Skewness by Transformation. Journal of the Royal Statistical Society B
    54 (1), 1992.

    Examples
    --------
    >>> duel = Duel(after=40, level=0.01)
    >>> duel.add([9_000, 11_000, 10_000] * 40)
    >>> duel.n, duel.passed is not None and duel.passed.n
    (120, 40)
    >>> duel.figures()["gain"]
    0.01
    """

    def __init__(self, after: int, level: float | None) -> None:
        self._batches = min(BATCHES, after - after % 2)
        self._level = level
        self.state = State(
            size=-(-after // self._batches), sums=[], part=0, count=0, looks=0, passed=None
        )

    @property
    def n(self) -> int:
        """Examples compared."""
        state = self.state
        return len(state.sums) * state.size + state.count

    @property
    def passed(self) -> Verdict | None:
        """The first verdict, if any."""
        return self.state.passed

    def add(self, gains: Iterable[int]) -> None:
        """Compare some more examples, in their order, in `UNIT`s."""
        state = self.state
        for gain in gains:
            state.part += gain
            state.count += 1
            if state.count == state.size:
                state.sums.append(state.part)
                state.part = state.count = 0
                if len(state.sums) == self._batches:
                    self._look()

    def figures(self) -> dict[str, object]:
        """Return how many examples were compared, the mean gain, and its interval.

        The gain is None without examples, the interval with less than two full batches; both are
        rounded to six decimals.
        """
        n = self.n
        gain = round((sum(self.state.sums) + self.state.part) / (UNIT * n), 6) if n else None
        return {"paired": n, "gain": gain, "gain_95": self._interval()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises
        ------
        RecoveryError
            If it cannot be that of this duel.
        """
        known = self.state.size << state.looks if 0 <= state.looks < 64 else 0
        sound = state.size == known and len(state.sums) < self._batches
        if not (sound and 0 <= state.count < state.size):
            msg = "saved duel holds numbers that no counting gives; restore an older snapshot"
            raise RecoveryError(msg)
        self.state = state

    def _look(self) -> None:
        state = self.state
        interval = self._interval()
        if self._level is not None and state.passed is None and interval is not None:
            level = self._level / 2.0 ** (state.looks + 1)
            t = leaning_t(state.sums)
            if t > quantile(len(state.sums), level):
                gain = round(sum(state.sums) / (UNIT * self.n), 6)
                state.passed = Verdict(
                    n=self.n, gain=gain, gain_95=interval, t=round(t, 6), level=level
                )
        state.sums = [a + b for a, b in zip(state.sums[::2], state.sums[1::2], strict=True)]
        state.size *= 2
        state.looks += 1

    def _interval(self) -> list[float] | None:
        sums, size = self.state.sums, self.state.size
        if len(sums) < 2:
            return None
        mean, deviation, _ = _moments(sums)
        reach = quantile(len(sums), _INTERVAL) * deviation / math.sqrt(len(sums))
        return [round((mean + side * reach) / (UNIT * size), 6) for side in (-1.0, 1.0)]


def leaning_t(sums: Sequence[int]) -> float:
    """Return the statistic of some sums, at least two; 0 where they are all the same.

    Examples
    --------
    >>> round(leaning_t([1, 2, 3, 4]), 3)
    3.873
    >>> leaning_t([1, 1, 1, -1]) < 1.0
    True
    """
    mean, deviation, skewness = _moments(sums)
    if not deviation:
        return 0.0
    m, w = len(sums), mean / deviation
    lean = skewness * w
    bent = w + lean * w / 3.0 + lean * lean * w / 27.0 + skewness / (6.0 * m)
    return math.sqrt(m) * min(w, bent)


def quantile(m: int, level: float) -> float:
    """Return what Student's t of `m` numbers exceeds with this chance.

    Examples
    --------
    >>> round(quantile(40, 0.025), 3)
    2.023
    """
    from scipy.special import stdtrit

    return -float(stdtrit(m - 1, level))


def _moments(sums: Sequence[int]) -> tuple[float, float, float]:
    """Return mean, sample deviation, and skewness (0 without a deviation)."""
    m, mean = len(sums), sum(sums) / len(sums)
    rest = [one - mean for one in sums]
    square, cube = math.fsum(d * d for d in rest) / m, math.fsum(d * d * d for d in rest) / m
    skewness = cube / (square * math.sqrt(square)) if square else 0.0
    return mean, math.sqrt(square * m / (m - 1)), skewness
