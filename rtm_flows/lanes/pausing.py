"""Pausing: what of a pass is shown or welcomed, and which offers therefore rest at which rows.

In: the rows of a pass, whose they are, and which of them fire. Out: for those that fire, the first
pause that holds each offer back. Only rows that tell what was shown are gone through one by one;
those that fire look up what rests at their time. It refuses to know what is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.decisions.fired import TRIGGER
from rtm_flows.decisions.offers import Offer
from rtm_flows.decisions.responses import Responses
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.pool import spread
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import TypeSets
from rtm_flows.policy.counters import compile_pauses
from rtm_flows.policy.holds import Held
from rtm_flows.policy.limits import FREE
from rtm_flows.policy.showings import Heard, Showings, ShowingsSince

_BEFORE = -1
"""Stands for the row of what began before the pass."""


class _Spells(NamedTuple):
    """Stretches of people's rows in which a counter rests until some time."""

    slots: Ints
    counters: Ints
    rows: Ints
    """From which row on; `_BEFORE` for all rows of the pass."""
    until: Ints


class Pausing:
    """The pauses of the people of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    offers
        The catalogue.

    Attributes
    ----------
    pauses
        Of the job, in declared order.
    counters
        What is counted for them, by number.
    """

    def __init__(self, plan: Plan, offers: Sequence[Offer]) -> None:
        rule = plan.responses or Responses()
        self._shown, self._positive = rule.shown, rule.positive
        self._types = TypeSets([rule.shown, rule.positive])
        self._offers = len(offers)
        self.pauses = plan.pauses
        self.counters = compile_pauses(plan.pauses, offers)
        self._showings = Showings(self.counters)

    def held(self, rows: Table, slots: Ints, fired: Ints) -> Held:
        """Take in a pass; tell which pause holds which offer back.

        Parameters
        ----------
        rows
            Of the pass, in the order of each person.
        slots
            Of each row its person.
        fired
            The rows that fire, ascending. What one of them tells itself is taken in before.

        Returns
        -------
        Held
            (rows that fire, offers): the place of the first pause, or `FREE`.
        """
        people = np.unique(slots[fired])
        before = self._showings.resting(people)
        nowhere = np.full(len(before.at), _BEFORE, dtype=np.int64)
        parts = [_Spells(people[before.at], before.counters, nowhere, before.until)]
        parts.append(self._hear(rows, slots))
        spells = _Spells(*map(np.concatenate, zip(*parts, strict=True)))
        held: Held = np.full((len(fired), self._offers), FREE, dtype=np.int16)
        if not len(spells.rows):
            return held
        at, counters = _resting(spells, rows["time"], slots, fired)
        # From the last pause to the first, so that the first is what stays.
        for pause in range(len(self.pauses) - 1, -1, -1):
            own = np.flatnonzero(self.counters.of[counters] == pause)
            place, offer = np.nonzero(self.counters.holds[counters[own]])
            held[at[own[place]], offer] = pause
        return held

    def since(self, people: People, clocks: Ints) -> ShowingsSince:
        """Return what is kept of people, to save and restore; by lane their clocks' least."""
        return ShowingsSince(self._showings, people, clocks)

    def _hear(self, rows: Table, slots: Ints) -> _Spells:
        """Take in what rows tell was shown or welcomed; return what rests from them on."""
        shown, welcome = self._told(rows)
        told = np.flatnonzero(shown | welcome)
        names = rows["action"][told].tolist(), rows["treatment"][told].tolist()
        events, counters = self.counters.named([*zip(*names, strict=True)])
        at = told[events]
        clocks: Ints = rows["time"][at]
        rests = self._showings.hear(Heard(slots[at], clocks, counters, welcome[at]))
        return _Spells(slots[at[rests.at]], rests.counters, at[rests.at], rests.until)

    def _told(self, rows: Table) -> tuple[Bools, Bools]:
        """Return which rows tell that something was shown, and which that it was welcome."""
        masks = self._types.masks(rows["type"])
        shown, welcome = masks[self._shown], masks[self._positive]
        if TRIGGER in rows:  # a moment on an event is that event's row again
            own = rows[TRIGGER] == 0
            shown, welcome = shown & own, welcome & own
        return shown, welcome


def _resting(spells: _Spells, clocks: Ints, slots: Ints, fired: Ints) -> tuple[Ints, Ints]:
    """Return places among the rows that fire, and the counters that rest there."""
    order = np.lexsort((spells.rows, spells.counters, spells.slots))
    slot, counter, begin, until = (column[order] for column in spells)
    end = np.append(begin[1:], 0)
    same = (slot[1:] == slot[:-1]) & (counter[1:] == counter[:-1])
    end[~np.append(same, False)] = len(clocks)
    by_person = np.argsort(slots[fired], kind="stable")
    row = fired[by_person]
    width = len(clocks) + 2  # rows from _BEFORE to one behind the last
    place = slots[row] * width + row + 1
    first = np.searchsorted(place, slot * width + begin + 1)
    counts = np.searchsorted(place, slot * width + end + 1) - first
    at, spell = spread(first, counts), np.repeat(np.arange(len(slot)), counts)
    rests = clocks[row[at]] < until[spell]
    return by_person[at[rests]], counter[spell[rests]]
