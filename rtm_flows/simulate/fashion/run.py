"""The fashion shop from the first visit to the last line.

In: settings and a place to write. Out: canonical JSON Lines in the order of time, or of arrival
where disorder is asked for, and what was written. Memory follows the people, one slice, and what
waits for its time; not the days.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from rtm_flows.simulate.fashion.campaigns import Send
from rtm_flows.simulate.fashion.chain import BUY
from rtm_flows.simulate.fashion.disorder import Transit, faults
from rtm_flows.simulate.fashion.draws import Bools, Floats
from rtm_flows.simulate.fashion.lines import Lines
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.rows import Rows
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.fashion.visits import Coming
from rtm_flows.simulate.fashion.walk import Ends, Steps
from rtm_flows.simulate.fashion.world import VISITS_A_SLICE, Watcher, World

Write = Callable[[bytes], object]
Progress = Callable[[int, float], object]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written of a fashion shop.

    Attributes
    ----------
    records, bytes
        Lines, and their length.
    events
        Distinct events.
    duplicates, late, late_events, broken
        Copies; records, and among them first tellings, that are late to a reader with a lateness
        of one minute; damaged records by the reason for which they must be refused. Nothing of
        the kind unless it is asked for: `records = events + duplicates + sum(broken.values())`.
    people, visits
        Who came at least once (by number, logged in or not), and how often they came.
    purchases
        Purchases, those in the store included.
    left
        People who have left for good by the end, though no line says so.
    """

    records: int
    bytes: int
    events: int
    duplicates: int
    late: int
    late_events: int
    broken: dict[str, int]
    people: int
    visits: int
    purchases: int
    left: int


def simulate_fashion(
    shop: Fashion,
    write: Write,
    *,
    progress: Progress | None = None,
    watchers: tuple[Watcher, ...] = (),
    visits_a_slice: int = VISITS_A_SLICE,
) -> Written:
    r"""Write the shop's events and return how many of what.

    Parameters
    ----------
    shop
        What to simulate. The same shop gives the same bytes.
    write
        Takes whole lines, many at a time, each with its line end.
    progress
        Called after each write with the events written so far and the share of time done.
    watchers
        Are told what is true as it comes about (`rtm_flows.simulate.fashion.truth`).
    visits_a_slice
        How many visits to simulate at once, about; no byte depends on it.

    Examples
    --------
    >>> lines = []
    >>> written = simulate_fashion(Fashion(people=30, days=2), lines.append)
    >>> written.events == b"".join(lines).count(b"\n")
    True
    """
    tally = _Tally()
    world = World(shop, watchers=(*watchers, tally), visits_a_slice=visits_a_slice)
    lines = Lines(world.goods)
    transit = Transit(shop)
    events = records = size = purchases = 0
    length = max(shop.end_ms - shop.start_ms, 1)
    for rows, time in world.run():
        told, damaged = _told(transit, shop, rows, time)
        for text in lines.encode(told, damaged):
            write(text)
            size += len(text)
        events, records = events + len(rows), records + len(told)
        purchases += int(np.count_nonzero(rows["type"] == BUY))
        if progress is not None:
            progress(events, (time - shop.start_ms) / length)
    return Written(
        records=records,
        bytes=size,
        events=events,
        duplicates=transit.duplicates,
        late=transit.late,
        late_events=transit.late_events,
        broken=dict(sorted(transit.broken.items())),
        people=tally.people,
        visits=tally.visits,
        purchases=purchases,
        left=tally.gone,
    )


def _told(transit: Transit, shop: Fashion, rows: Rows, time: int) -> tuple[Rows, dict[int, str]]:
    """Return what is told by a time, and what of it is damaged."""
    if shop.in_order:
        return rows, {}
    records = transit.arrivals(rows, time if time < shop.end_ms else None)
    return records["row"], faults(records)


class _Tally:
    """Counts people, visits, and who left."""

    def __init__(self) -> None:
        self.people = self.visits = self.gone = 0

    def sent(self, people: People, message: Send) -> None:
        pass

    def came(self, people: People, coming: Coming) -> None:
        self.visits += len(coming.rows)
        self.people += int(np.count_nonzero(people.visits[coming.rows] == 0))

    def walked(self, people: People, coming: Coming, steps: Steps, ends: Ends) -> None:
        pass

    def ended(self, people: People, coming: Coming, ends: Ends, leave: Floats) -> None:
        pass

    def left(self, coming: Coming, left: Bools) -> None:
        self.gone += int(np.count_nonzero(left))

    def reached(self, time: int) -> None:
        pass
