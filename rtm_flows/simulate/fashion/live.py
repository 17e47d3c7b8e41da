"""A shop that answers while it is decided for: its events hour by hour, and what came of decisions.

In: the settings of a shop, and lines of decisions as they are made. Out: blocks of lines in the
order of time, the shop's own events and the outcomes of the decisions so far. It knows nothing of
jobs; `rtm_flows.measure.loop.play` brings the two together.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from rtm_flows.simulate.fashion.answers import Outcome, outcomes, value_of
from rtm_flows.simulate.fashion.course import course_of
from rtm_flows.simulate.fashion.decided import NO_ACTION, Asked, person_of
from rtm_flows.simulate.fashion.draws import Floats
from rtm_flows.simulate.fashion.places import HOUR_MS
from rtm_flows.simulate.fashion.run import simulate_fashion
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.shop import instant

LATENESS: Final = "PT2H"
"""The `time.lateness` with which a job finds no line of a live shop late."""
_KEPT = 2 * HOUR_MS


class _Timed(msgspec.Struct, gc=False):
    time: str


class Live:
    """The events of a shop by the hour, and all that is true in it, once for any number of plays.

    Parameters
    ----------
    shop
        Its settings; its events must be told in order.
    """

    def __init__(self, shop: Fashion) -> None:
        self.shop = shop
        self.moments = course_of(shop)
        hours: defaultdict[int, list[bytes]] = defaultdict(list)
        decoder = msgspec.json.Decoder(_Timed)
        parts: list[bytes] = []
        simulate_fashion(shop, parts.append)
        for line in b"".join(parts).splitlines(keepends=True):
            time = round(instant(decoder.decode(line).time).timestamp() * 1000)
            hours[(time - shop.start_ms) // HOUR_MS].append(line)
        self.hours = [hours[hour] for hour in range(max(hours, default=-1) + 1)]

    def value_of(self, decisions: list[Asked]) -> Floats:
        """Return what `answers.value_of` does."""
        return value_of(decisions, self.shop, moments=self.moments)


class Play:
    """One play of a live shop: call it with the decisions since the last call for the next block.

    Outcomes come in the hour in which they happen, and those of a decision that was made late (a
    timer is found when its hour is over) from then on. After the last block it returns None.

    Parameters
    ----------
    live
        The shop.

    Examples
    --------
    >>> play = Play(Live(Fashion(people=20, days=1)))
    >>> blocks = list(iter(lambda: play([]), None))
    >>> len(blocks) <= 24, play.decisions
    (True, [])
    """

    def __init__(self, live: Live) -> None:
        self._live, self._hour = live, 0
        self._waiting: list[Outcome] = []
        self._of_person: defaultdict[int, list[Asked]] = defaultdict(list)
        self._decoder = msgspec.json.Decoder(Asked)
        self.decisions: list[Asked] = []
        """All decisions so far that are actions and delivered."""

    def __call__(self, decided: Sequence[bytes]) -> bytes | None:
        """Hear lines of decisions; return the lines of the next hour.

        Raises
        ------
        InputError
            If an action, a channel or a person is not known.
        """
        self._hear([self._decoder.decode(line) for line in decided])
        if self._hour == len(self._live.hours):
            return None
        self._hour += 1
        until = self._live.shop.start_ms + self._hour * HOUR_MS
        lines = list(self._live.hours[self._hour - 1])
        while self._waiting and self._waiting[0].time < until:
            lines.append(heapq.heappop(self._waiting).line)
        lines.sort(key=_time_of)
        return b"".join(lines)

    def _hear(self, decided: list[Asked]) -> None:
        fresh = [one for one in decided if one.name != NO_ACTION and not one.held_out]
        if not fresh:
            return
        self.decisions += fresh
        people = {person_of(one) for one in fresh}
        told = {one.decision_id for person in people for one in self._of_person[person]}
        for one in fresh:
            self._of_person[person_of(one)].append(one)
        known = [one for person in people for one in self._of_person[person]]
        since = self._live.shop.start_ms + self._hour * HOUR_MS - _KEPT
        live = self._live
        for outcome in outcomes(known, live.shop, moments=live.moments, told=told, since=since):
            heapq.heappush(self._waiting, outcome)


def _time_of(line: bytes) -> bytes:
    """Return the time of a line, as text that sorts as the time does."""
    start = line.index(b'"time":"') + 8
    return line[start : start + 24]
