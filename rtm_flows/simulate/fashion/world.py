"""The fashion shop as it goes: slice by slice, everybody who comes, and every message that leaves.

In: settings. Out: rows in the order of time, and, for whoever wants to know, the truth about each
visit. Everybody's life is a function of the seed and the place: slices, blocks, and who else is
simulated change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion import messages, orders, telling
from rtm_flows.simulate.fashion.campaigns import Send, sends
from rtm_flows.simulate.fashion.draws import Bools, Floats, Ints
from rtm_flows.simulate.fashion.goods import Goods
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.places import Rhythm
from rtm_flows.simulate.fashion.rows import Rows, Waiting
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.fashion.visits import Coming, come, leave_chance, leave_or_plan
from rtm_flows.simulate.fashion.walk import Ends, Steps, Walk
from rtm_flows.simulate.shop import DAY_MS

VISITS_A_SLICE = 40_000
_AT_ONCE = 60_000


class Watcher(Protocol):
    """Is told what is true as it comes about."""

    def sent(self, people: People, message: Send) -> None:
        """Hear of a message that has just left."""

    def came(self, people: People, coming: Coming) -> None:
        """Hear of visits before they are walked: people are as they come."""

    def walked(self, people: People, coming: Coming, steps: Steps, ends: Ends) -> None:
        """Hear of what was done: people still are as they came."""

    def ended(self, people: People, coming: Coming, ends: Ends, leave: Floats) -> None:
        """Hear of the chance to leave; orders are known, and nobody has left yet."""

    def left(self, coming: Coming, left: Bools) -> None:
        """Hear of who left for good."""

    def reached(self, time: int) -> None:
        """Hear that every visit that begins before a time has been told."""


class World:
    """A shop and its people.

    Parameters
    ----------
    shop
        The settings.
    places
        Simulate these places only, each exactly as among all others; by default all.
    watchers
        Are told what is true.
    visits_a_slice
        How many visits to simulate at once, about; no byte depends on it.
    """

    def __init__(
        self,
        shop: Fashion,
        *,
        places: Ints | None = None,
        watchers: tuple[Watcher, ...] = (),
        visits_a_slice: int = VISITS_A_SLICE,
    ) -> None:
        self.shop, self.goods = shop, Goods(shop.seed)
        self.people = People(shop, Rhythm(shop.start_ms, shop.end_ms), places)
        self._watchers, self._waiting = watchers, Waiting()
        a_day = max(len(self.people.place) * shop.visits_per_day, 1e-9)
        self._slice_ms = max(1_000, int(min(DAY_MS * visits_a_slice / a_day, 3_650.0 * DAY_MS)))

    def run(self) -> Iterator[tuple[Rows, int]]:
        """Yield the rows in the order of time, and the time up to which that is all."""
        end, time = self.shop.end_ms, self.shop.start_ms
        ahead = sends(self.shop)
        while time < end:
            if ahead and ahead[0].time == time:
                self._send(ahead.pop(0))
            stop = min(time + self._slice_ms, end, ahead[0].time if ahead else end)
            self._visit_until(stop)
            for watcher in self._watchers:
                watcher.reached(stop)
            if stop < end:
                yield self._waiting.until(stop), stop
            time = stop
        rows = self._waiting.until(1 << 62)
        # What follows from visits and messages is told up to the end; visits, to their last event.
        told = (rows["time"] < end) | (rows["type"] < c.LEAVE)
        yield rows[told], end

    def _send(self, message: Send) -> None:
        self._waiting.put(messages.send(self.people, message))
        for watcher in self._watchers:
            watcher.sent(self.people, message)

    def _visit_until(self, stop: int) -> None:
        due = np.flatnonzero(self.people.next_visit() < stop)
        while len(due):
            for first in range(0, len(due), _AT_ONCE):
                self._visit(due[first : first + _AT_ONCE])
            due = due[self.people.next_visit()[due] < stop]

    def _visit(self, rows: Ints) -> None:
        """Let some people come, one visit each, and let all that follows wait for its time."""
        people = self.people
        coming = come(people, rows)
        for watcher in self._watchers:
            watcher.came(people, coming)
        walked = np.flatnonzero(~coming.store)
        steps, part = Walk(coming.visits.take(walked), self.goods).run()
        steps = steps._replace(visit=walked[steps.visit])
        ends = telling.ends_of(coming, walked, part)
        coming = telling.logged_in(coming, ends.events)
        for watcher in self._watchers:
            watcher.walked(people, coming, steps, ends)
        self._tell(coming, steps)
        leave = leave_chance(people, coming, ends.last, ends.bought)
        for watcher in self._watchers:
            watcher.ended(people, coming, ends, leave)
        left = leave_or_plan(people, coming, ends, leave)
        for watcher in self._watchers:
            watcher.left(coming, left)

    def _tell(self, coming: Coming, steps: Steps) -> None:
        people = self.people
        told = telling.tell(people, coming, steps)
        store = telling.in_store(people, coming, self.goods)
        bought = np.flatnonzero(steps.type == c.BUY)
        for rows in (*told, store):
            self._waiting.put(rows)
        visit = np.concatenate([steps.visit[bought], np.flatnonzero(coming.store)])
        rows = np.concatenate([told[0][bought], store])
        self._waiting.put(orders.follow(people, telling.purchases(people, coming, visit, rows)))
