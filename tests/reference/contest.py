"""Champion and challengers: section 5 of the page, every test from all that was ever compared.

In: what each model predicted of an example, and its label. Out: who is champion. It knows no
model.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from .job import Learning
from .metrics import MILLION, Metrics, millionths, quality

MOST_BATCHES = 40


class Contest:
    """Keeps all predictions and, since the last change, all differences of losses."""

    def __init__(self, names: Sequence[str], rule: Learning) -> None:
        self.names, self.rule = names, rule
        self.champion = names[0]
        self.metrics = {name: Metrics() for name in names}
        self.gains: dict[str, list[int]] = {name: [] for name in names}
        self.passed: dict[str, dict[str, Any]] = {}
        self.promotions: list[dict[str, Any]] = []
        after = 1000 if rule.promotion is None else rule.promotion.after
        self.batches = min(MOST_BATCHES, after if after % 2 == 0 else after - 1)
        self.size = math.ceil(after / self.batches)

    def predicted(self, scores: Mapping[str, float], label: bool, is_mature: bool) -> None:
        """Take one example's predictions, and look if it is time."""
        lost = {name: loss(score, label) for name, score in scores.items()}
        for name in self.names:
            self.metrics[name].update(scores[name], {}, label)
            if is_mature and name != self.champion:
                self.gains[name].append(lost[self.champion] - lost[name])
                self._look(name)

    def _look(self, name: str) -> None:
        rule, gains = self.rule.promotion, self.gains[name]
        rounds = len(gains) / (self.batches * self.size)
        if rule is None or name in self.passed or rounds < 1 or not math.log2(rounds).is_integer():
            return
        look = int(math.log2(rounds))
        size = self.size * 2**look
        sums = sums_of(gains, size)
        level = rule.level / (len(self.names) - 1) / 2 ** (look + 1)
        t = leaning_t(sums)
        if t > stats.t.isf(level, len(sums) - 1):
            self.passed[name] = {
                "n": len(gains), **mean_and_interval(gains, size), "t": round(t, 6), "level": level,
            }  # fmt: skip

    def end_of_tick(self, tick: int) -> None:
        """Promote the best of those that passed."""
        if not self.passed:
            return
        best = max(self.passed, key=lambda name: self.passed[name]["gain"])
        names = {"from": self.champion, "to": best}
        self.promotions.append({"tick": tick, **names, **self.passed[best]})
        self.champion, self.passed = best, {}
        self.gains = {name: [] for name in self.names}

    def figures(self) -> dict[str, Any]:
        """Return what the summary says of the challengers, if there are any."""
        if len(self.names) == 1:
            return {}
        challengers = {}
        for name in self.names:
            if name != self.champion:
                own = quality(self.metrics[name].model)
                challengers[name] = {**own, **self._compared(name)}
        return {
            "champion": self.champion, "challengers": challengers, "promotions": self.promotions
        }  # fmt: skip

    def _compared(self, name: str) -> dict[str, Any]:
        gains, size = self.gains[name], self.size
        # At a look two and two batches are joined.
        while len(gains) // size >= self.batches:
            size *= 2
        return {"paired": len(gains), **mean_and_interval(gains, size)}


def loss(score: float, label: bool) -> int:
    """Return the log loss of a score in millionths."""
    believed = millionths(score) if label else MILLION - millionths(score)
    return round(-math.log(min(max(believed, 1), MILLION - 1) / MILLION) * MILLION)


def sums_of(gains: Sequence[int], size: int) -> list[int]:
    """Return the sum of every full batch."""
    return [sum(gains[at : at + size]) for at in range(0, len(gains) - size + 1, size)]


def mean_and_interval(gains: Sequence[int], size: int) -> dict[str, Any]:
    """Return the mean gain, and its interval by the full batches, in nats."""
    sums = sums_of(gains, size)
    gain = round(statistics.fmean(gains) / MILLION, 6) if gains else None
    if len(sums) < 2:
        return {"gain": gain, "gain_95": None}
    means = [one / size / MILLION for one in sums]
    reach = (
        float(stats.t.isf(0.025, len(means) - 1)) * statistics.stdev(means) / math.sqrt(len(means))
    )
    middle = statistics.fmean(means)
    return {"gain": gain, "gain_95": [round(middle - reach, 6), round(middle + reach, 6)]}


def leaning_t(sums: Sequence[int]) -> float:
    """Return Student's t of the mean, or Hall's transformation of it if that is less."""
    if len(set(sums)) == 1:
        return 0.0
    m, mean, deviation = len(sums), statistics.fmean(sums), statistics.stdev(sums)
    w = mean / deviation
    g = statistics.fmean([((one - mean) / statistics.pstdev(sums)) ** 3 for one in sums])
    halls = w + g * w**2 / 3 + g**2 * w**3 / 27 + g / (6 * m)
    return math.sqrt(m) * min(w, halls)
