"""Held back: decisions whose time has come and that the breaker does not let out yet.

In: ids by channel, and when they expire. Out: whose turn it is, and when somebody must look again.
It refuses to know what a decision says.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Container

from rtm_flows.lanes.breaker import Breaker


class HeldBack:
    """Ids that are held back, in the order in which they came; each channel apart.

    Parameters
    ----------
    waits
        Those that still wait: what was made void meanwhile is passed over.
    """

    def __init__(self, waits: Container[str]) -> None:
        self._waits = waits
        self._queues: dict[str, deque[str]] = {}
        self._expiries: list[tuple[int, str]] = []

    def add(self, channel: str, id_: str, expires_at: int) -> None:
        """Hold one back."""
        self._queues.setdefault(channel, deque()).append(id_)
        heapq.heappush(self._expiries, (expires_at, id_))

    def counts(self) -> dict[str, int]:
        """Return how many are held back, by channel."""
        found = {
            channel: sum(id_ in self._waits for id_ in queue)
            for channel, queue in self._queues.items()
        }
        return {channel: count for channel, count in found.items() if count}

    def holds(self, channel: str) -> bool:
        """Tell whether any of a channel is held back."""
        queue = self._queues.get(channel, deque())
        while queue and queue[0] not in self._waits:
            queue.popleft()
        return bool(queue)

    def next_at(self, breaker: Breaker) -> int | None:
        """Return when one goes out or expires, in milliseconds since 1970; None if none is held."""
        while self._expiries and self._expiries[0][1] not in self._waits:
            heapq.heappop(self._expiries)
        if not self._expiries:
            return None
        free = [breaker.free_at(channel) for channel in self._queues if self.holds(channel)]
        return min(self._expiries[0][0], *free)

    def expired(self, now: int) -> list[str]:
        """Take out those that have expired."""
        found = []
        while self._expiries and self._expiries[0][0] <= now:
            found.append(heapq.heappop(self._expiries)[1])
        return [id_ for id_ in found if id_ in self._waits]

    def freed(self, breaker: Breaker, now: int) -> list[str]:
        """Take out those for which there is room, and count them as gone out."""
        found = []
        for channel in self._queues:
            while self.holds(channel) and breaker.free_at(channel) <= now:
                found.append(self._queues[channel].popleft())
                breaker.count(channel, now)
        return found

    def rest(self) -> list[str]:
        """Take out all."""
        found = [id_ for queue in self._queues.values() for id_ in queue if id_ in self._waits]
        self._queues.clear()
        self._expiries.clear()
        return found
