"""The simulation from the first visit to the last line, slice by slice.

In: a `Shop` and a place to write. Out: canonical JSON Lines in the order of arrival, and their
true counts. Memory follows the people and one slice, not the days.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.simulate.broken import REASONS, damage
from rtm_flows.simulate.catalogue import Catalogue
from rtm_flows.simulate.disorder import FAILED, Transit, send
from rtm_flows.simulate.lines import Lines
from rtm_flows.simulate.people import People
from rtm_flows.simulate.shop import DAY_MS, Shop
from rtm_flows.simulate.truth import Tally, Truth
from rtm_flows.simulate.visits import HOUR_MS, starts_in, visits_at
from rtm_flows.simulate.walk import Walk

_VISITS_A_SLICE = 4_000
_OVER_LONG_AFTER = 5_000

Write = Callable[[bytes], object]
Progress = Callable[[int, float], object]


def simulate(shop: Shop, write: Write, *, progress: Progress | None = None) -> Truth:
    r"""Write the shop's records and return the truth about them.

    Parameters
    ----------
    shop
        What to simulate. The same shop gives the same bytes.
    write
        Takes whole lines, many at a time, each with its line end.
    progress
        Called after each write with the records written so far and the share of time done.

    Examples
    --------
    >>> lines = []
    >>> truth = simulate(Shop(people=20, days=0.5, broken=0), lines.append)
    >>> truth.records == b"".join(lines).count(b"\n") == truth.events + truth.duplicates
    True
    """
    rng = np.random.Generator(np.random.PCG64(shop.seed))
    goods, people = Catalogue(rng), People(shop, rng)
    transit, tally, writer = Transit(), Tally(shop.people), _Writer(Lines(goods), write)
    begin, end, length = shop.start_ms, shop.end_ms, _slice_ms(shop)
    for start in range(begin, end, length):
        stop = min(start + length, end)
        starts = starts_in(shop, rng, start, stop)
        visits = visits_at(shop, people, rng, starts, tally.visits + 1)
        if len(visits):
            events, ends = Walk(visits, goods, rng).run()
            people.remember(rng, visits, ends)
            tally.count_events(events, len(visits))
            transit.send(send(shop, rng, events))
        records = transit.arrivals(None if stop == end else stop)
        if records is not None:
            tally.count_records(records, writer.put(records))
        if progress is not None:
            progress(tally.records, (stop - begin) / (end - begin))
    return tally.truth(people.came - shop.people)


def _slice_ms(shop: Shop) -> int:
    """Return how much time to simulate at once: little for a shop with many visits.

    A person comes at most once in a slice, so it is a few hours at most.
    """
    length = DAY_MS * _VISITS_A_SLICE / max(shop.people * shop.visits_per_day, 1.0)
    return max(1_000, int(min(length, 3 * HOUR_MS)))


class _Writer:
    """Writes records as lines, the damaged ones damaged."""

    def __init__(self, lines: Lines, write: Write) -> None:
        self._lines, self._write = lines, write
        self._records, self._over_long = 0, False

    def put(self, records: Table) -> dict[str, int]:
        """Write records; return the number of damaged ones by reason."""
        lines = [line.encode() for line in self._lines.encode(records)]
        broken: dict[str, int] = {}
        for place in np.flatnonzero(records["telling"] == FAILED).tolist():
            reason = self._reason(self._records + place, int(records["fault"][place]))
            lines[place] = damage(lines[place], reason)
            broken[reason] = broken.get(reason, 0) + 1
        self._records += len(lines)
        if lines:
            lines.append(b"")
            self._write(b"\n".join(lines))
        return broken

    def _reason(self, written: int, fault: int) -> str:
        if self._over_long or written <= _OVER_LONG_AFTER:
            return REASONS[fault]
        self._over_long = True
        return "too_large"
