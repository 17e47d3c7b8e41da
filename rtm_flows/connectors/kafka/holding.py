"""Holding: which partitions hold time back no longer, and which have to wait for others.

In: how far partitions have come, and a clock. Out: partitions. What is found here is no part of an
answer until a round has recorded it.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from rtm_flows.connectors.kafka.consumer import TopicConsumer

_AGAIN = 1.0
"""Seconds until a broker that did not answer is asked again."""


class Feeds(Protocol):
    """What is asked of a sequence."""

    @property
    def tops(self) -> dict[str, int]:
        """By partition that holds people's life, the largest time so far."""

    @property
    def idle(self) -> frozenset[str]:
        """The partitions that hold time back no longer."""


class Silence:
    """Which partitions are at the end of their log, and have been for long.

    Parameters
    ----------
    seconds
        How long.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heard: dict[str, float] = {}

    def fallen(
        self, feeds: Feeds, consumer: TopicConsumer, heard: Container[str], now: float
    ) -> tuple[str, ...]:
        """Return the partitions that have just become idle.

        Parameters
        ----------
        heard
            Those that had records at this look.
        now
            The clock, in seconds.
        """
        idle, found = feeds.idle, []
        for name in feeds.tops:
            since = self._heard.setdefault(name, now)
            if name in heard:
                self._heard[name] = now
            elif now - since >= self._seconds and name not in idle:
                at_end = consumer.is_at_end(name)
                if at_end:
                    found.append(name)
                # A broker that does not answer may hold records, and what it holds will come.
                self._heard[name] = now if at_end is not None else since + _AGAIN
        return tuple(found)


class Alignment:
    """Which partitions wait, since their events are far ahead of those of others.

    Parameters
    ----------
    ahead_ms
        How far ahead they may be.
    """

    def __init__(self, ahead_ms: int) -> None:
        self._ahead_ms = ahead_ms
        self._paused: frozenset[str] = frozenset()

    def keep(self, feeds: Feeds, consumer: TopicConsumer) -> None:
        """Pause the partitions that are ahead, and resume those that are no longer."""
        tops = feeds.tops
        ahead: frozenset[str] = frozenset()
        if tops and max(tops.values()) - min(tops.values()) > self._ahead_ms:
            reading = [top for name, top in tops.items() if consumer.has_more(name)]
            most = min(reading, default=max(tops.values())) + self._ahead_ms
            ahead = frozenset(name for name, top in tops.items() if top > most)
        if ahead != self._paused:
            consumer.pause(ahead - self._paused)
            consumer.resume(self._paused - ahead)
            self._paused = ahead
