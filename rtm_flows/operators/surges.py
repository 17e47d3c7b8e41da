"""Surges: what the breaker holds back, told to whoever runs the job.

In: how many decisions are held back, by channel. Out: lines of the log: when it begins, while it
lasts, and when it is over. They name no person.
"""

from __future__ import annotations

from collections.abc import Callable

from rtm_flows.metrics import SURGES
from rtm_flows.operating.logs import log
from rtm_flows.operating.meters import Meters

_LOOK_MS = 1000
_REPEAT_MS = 60_000


class Surges:
    """What is held back in one partition.

    Parameters
    ----------
    held
        Returns how many decisions are held back, by channel.
    meters
        Told of each warning.
    """

    def __init__(self, held: Callable[[], dict[str, int]], meters: Meters) -> None:
        self._held = held
        self._meters = meters
        self._next_look = 0
        self._told_at: dict[str, int] = {}

    def look(self, number: int, now: int) -> None:
        """Tell what is new, a second or more after the last look.

        Parameters
        ----------
        number
            The partition.
        now
            The clock, in milliseconds since 1970.
        """
        if now >= self._next_look:
            self._next_look = now + _LOOK_MS
            self.tell(number, now)

    def tell(self, number: int, now: int) -> None:
        """Tell what is new, however short ago the last look was: see `look`."""
        held = self._held()
        for channel in [one for one in self._told_at if one not in held]:
            del self._told_at[channel]
            log().info("deliveries_no_longer_held_back", channel=channel, partition=number)
        for channel, count in held.items():
            if now - self._told_at.get(channel, -_REPEAT_MS) >= _REPEAT_MS:
                self._told_at[channel] = now
                self._meters.count(SURGES, 1, channel)
                log().warning(
                    "deliveries_held_back",
                    channel=channel,
                    partition=number,
                    waiting=count,
                    reason="more are to go out in a minute than kafka.written.breaker allows",
                )
