"""The breaker: how many deliveries of a channel may still go out in the minute that is passing.

In: what went out and when, by the clock on the wall. Out: when the next one may. It refuses to read
a clock itself, and to know what is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MINUTE = 60
_SECOND_MS = 1000


class Delivered(NamedTuple):
    """What went out: the decision's id, its channel, and when, in milliseconds since 1970.

    The id is None where it is of a job that came before, which does not count as told again.
    """

    id: str | None
    channel: str
    at: int


class Breaker:
    """What one partition may still send.

    Seconds are counted, not deliveries, and a second counts until 61 have begun after it: so in no
    minute, wherever it begins, more goes out than may. A clock that is set back frees nothing.

    Parameters
    ----------
    most
        Deliveries of a minute at most, by channel.
    others
        The same for each channel that is not named; None where they have no bound.

    Examples
    --------
    >>> breaker = Breaker({"email": 1})
    >>> breaker.free_at("email")
    0
    >>> breaker.count("email", 5_250)
    >>> breaker.free_at("email"), breaker.free_at("push")
    (66000, 0)
    """

    def __init__(self, most: Mapping[str, int], others: int | None = None) -> None:
        self._most = most
        self._others = others
        self._counts: dict[str, dict[int, int]] = {}

    def most_of(self, channel: str) -> int | None:
        """Return how many deliveries of a channel may go out in a minute; None for any number."""
        return self._most.get(channel, self._others)

    def free_at(self, channel: str) -> int:
        """Return from when on the next delivery may go out, in milliseconds since 1970."""
        most, counts = self.most_of(channel), self._counts.get(channel)
        if most is None or not counts:
            return 0
        total, free = sum(counts.values()), 0
        for second, count in counts.items():
            if total < most:
                break
            total, free = total - count, (second + MINUTE + 1) * _SECOND_MS
        return free

    def count(self, channel: str, at: int) -> None:
        """Note that one went out; those of a channel are noted in their order.

        Parameters
        ----------
        at
            When, in milliseconds since 1970.
        """
        if self.most_of(channel) is None:
            return
        counts = self._counts.setdefault(channel, {})
        second = max(at // _SECOND_MS, next(reversed(counts), 0))
        counts[second] = counts.get(second, 0) + 1
        for gone in [one for one in counts if one < second - MINUTE]:
            del counts[gone]


def share(most: int, partitions: int, number: int) -> int:
    """Return what one of several partitions may send of what all may.

    Examples
    --------
    >>> [share(10, 4, number) for number in range(4)]
    [3, 3, 2, 2]
    """
    return most // partitions + (number < most % partitions)
