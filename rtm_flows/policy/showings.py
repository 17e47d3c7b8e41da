"""Showings: what each person was shown in vain, and what therefore rests.

In: what people were shown and what they took, by counters. Out: from when until when counters
rest. It refuses to know what a counter counts, and what is decided.

**What counts.** A showing counts at a clock `now` while it lies in `(now - within, now]`, and no
success and no pause of its counter came since. Where as many count as the pause allows, the one
that was one too many included, the counter rests while `now < its clock + lasts`, and nothing
counts any more of what was shown before. A success takes away what counts, and ends the rest.

**What is kept.** One record for each showing that counts and one for each rest: of a person and
counter at most `after`. What is over goes when the counter's person is heard of again, and when
the state is saved.

**Cuts.** The same calls in a person's order give the same answers, however people are put together
in calls, and wherever the state is exported and restored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.pool import Pool, Records
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import People
from rtm_flows.policy.counters import Counters

_DTYPE = np.dtype([("counter", "i4"), ("until", "i8"), ("rests", "?")])
"""A showing counts, or a counter rests, while the clock is less than `until`."""

Key = tuple[int, int]
"""A person and a counter."""


class Heard(NamedTuple):
    """What was told of people, each person's in order; one event may be for several counters."""

    slots: Ints
    """The persons."""
    clocks: Ints
    counters: Ints
    welcome: Bools
    """Whether it was a success; else it was shown."""


class Rests(NamedTuple):
    """When counters begin to rest, and cease to."""

    at: Ints
    """What began it: a place among what was heard, or among the people that were asked for."""
    counters: Ints
    until: Ints
    """The counter rests while the clock is less; the clock itself where a success ended it."""


class Showings:
    """The showings and rests of all people of a worker.

    Parameters
    ----------
    counters
        Of the job's pauses.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> from rtm_flows.decisions.offers import offers_of
    >>> from rtm_flows.policy.counters import compile_pauses
    >>> from rtm_flows.policy.pauses import Pause
    >>> twice = Pause(name="twice", after=2, within="PT1S", lasts="PT5S")
    >>> showings = Showings(compile_pauses([twice], offers_of([Action(name="mail")])))
    >>> slots, counters, welcome = np.zeros(3, int), np.zeros(3, int), np.zeros(3, bool)
    >>> clocks = np.array([1_000, 2_000, 2_999])  # when the second is shown, the first is too old
    >>> showings.hear(Heard(slots, clocks, counters, welcome))
    Rests(at=array([2]), counters=array([0]), until=array([7999]))
    >>> showings.resting(np.array([0])).until
    array([7999])
    """

    def __init__(self, counters: Counters) -> None:
        places = counters.of.tolist()
        self._after = [counters.pauses[at].after for at in places]
        self._within = [counters.pauses[at].within_ms for at in places]
        self._lasts = [counters.pauses[at].lasts_ms for at in places]
        self._pool = Pool(_DTYPE)

    def hear(self, heard: Heard) -> Rests:
        """Take in what was told, and return what of it began a rest or ended one."""
        people, whose = np.unique(heard.slots, return_inverse=True)
        book = _Book(*self._pool.read(people))
        entries = zip(
            whose.tolist(),
            heard.clocks.tolist(),
            heard.counters.tolist(),
            heard.welcome.tolist(),
            strict=True,
        )
        changed, until = list[int](), list[int]()
        for at, (person, clock, counter, welcome) in enumerate(entries):
            key = person, counter
            if welcome:
                book.counts.pop(key, None)
                if book.rests.pop(key, clock) > clock:
                    changed.append(at)
                    until.append(clock)
                continue
            counts = [one for one in book.counts.get(key, ()) if one > clock]
            counts.append(clock + self._within[counter])
            book.counts[key] = counts
            if len(counts) >= self._after[counter]:
                del book.counts[key]
                book.rests[key] = clock + self._lasts[counter]
                changed.append(at)
                until.append(book.rests[key])
        last = np.zeros(len(people), dtype=np.int64)
        last[whose] = heard.clocks  # of several, the last one stays
        self._pool.write(people, *book.records(last))
        places = np.array(changed, dtype=np.int64)
        return Rests(places, heard.counters[places], np.array(until, dtype=np.int64))

    def resting(self, people: Ints) -> Rests:
        """Return what rests, or did until it was over.

        Parameters
        ----------
        people
            Slots, each at most once.
        """
        counts, records = self._pool.read(people)
        rests = records["rests"]
        owner = np.repeat(np.arange(len(people)), counts)[rests]
        return Rests(owner, records["counter"][rests].astype(np.int64), records["until"][rests])

    def export(self, slots: Ints, since: Ints | int) -> tuple[Ints, Table]:
        """Return how many records each slot has, and all of them, slot after slot.

        Parameters
        ----------
        slots
            The persons.
        since
            What the clocks of all, or of each, will never be less than: what is over by then is
            left out.
        """
        counts, records = self._pool.read(slots)
        left, alive = _alive(counts, records, np.full(len(slots), since))
        return left, Table({name: alive[name] for name in _DTYPE.names or ()})

    def restore(self, slots: Ints, counts: Ints, records: Table) -> None:
        """Enter what `export` returned."""
        self._pool.restore(slots, counts, records)


class ShowingsSince:
    """What is kept of people whose clocks will never be less than that of their lane.

    Parameters
    ----------
    showings
        What is kept of all.
    people
        Who they are.
    since
        By lane the clock: what is over by then is neither saved nor restored.
    """

    def __init__(self, showings: Showings, people: People, since: Ints) -> None:
        self._showings, self._people, self._since = showings, people, since

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many records each slot has, and all of them, slot after slot."""
        return self._showings.export(slots, self._since[self._people.lane[slots]])

    def restore(self, slots: Ints, counts: Ints, records: Table) -> None:
        """Enter what `export` returned, at this clock or an earlier one."""
        owner = np.repeat(np.arange(len(counts)), counts)
        stays = records["until"] > self._since[self._people.lane[slots]][owner]
        left = np.bincount(owner[stays], minlength=len(counts))
        self._showings.restore(slots, left, records.take(stays))


class _Book:
    """The records of some people, by person and counter."""

    def __init__(self, sizes: Ints, records: Records) -> None:
        self.counts: dict[Key, list[int]] = {}
        """Of each counter until when its showings count, which rises."""
        self.rests: dict[Key, int] = {}
        """Until when counters rest."""
        owners = np.repeat(np.arange(len(sizes)), sizes).tolist()
        self._people = len(sizes)
        for owner, (counter, until, rests) in zip(owners, records.tolist(), strict=True):
            if rests:
                self.rests[owner, counter] = until
            else:
                self.counts.setdefault((owner, counter), []).append(until)

    def records(self, clocks: Ints) -> tuple[Ints, Records]:
        """Return how many records each person has and all of them, without what is over."""
        told = [(*key, until, True) for key, until in self.rests.items()]
        told += [(*key, one, False) for key, ends in self.counts.items() for one in ends]
        told.sort()
        owners = np.array([one[0] for one in told], dtype=np.int64)
        records = np.array([one[1:] for one in told], dtype=_DTYPE)
        return _alive(np.bincount(owners, minlength=self._people), records, clocks)


def _alive(counts: Ints, records: Records, clocks: Ints) -> tuple[Ints, Records]:
    """Return counts and records without those that are over at their person's clock."""
    owner = np.repeat(np.arange(len(counts)), counts)
    stays = records["until"] > clocks[owner]
    left: Ints = np.bincount(owner[stays], minlength=len(counts))
    return left, records[stays]
