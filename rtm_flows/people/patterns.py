"""Patterns: moments that fire on an event, by what came before it.

In: declared moments, and what happened in a pass. Out: the rows on which each fires, with the ids
of all events that matched. What it costs follows the rows that match, not how long a person's
history is. Section 6 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rtm_flows.people import moment_kinds as kinds
from rtm_flows.people.happened import Fired, Happened, joined
from rtm_flows.people.latest import NONE, Latest
from rtm_flows.people.rows import Bools, Ints, pick
from rtm_flows.people.state import Field
from rtm_flows.people.type_sets import Types


class PatternKind(Protocol):
    """One moment that fires on an event.

    Attributes
    ----------
    fields
        Its state columns.
    types
        The sets of types that it wants masks of.
    """

    fields: Sequence[Field]
    types: Sequence[Types]

    def follow(self, of: Happened) -> Fired:
        """Return the rows on which it fires, and store its state."""


def pattern_kind(moment: kinds.Pattern, name: str) -> PatternKind:
    """Return what finds a moment; `name` is the prefix of its state columns."""
    return _Following(moment, name) if isinstance(moment, kinds.Sequence) else _Often(moment, name)


class _Following:
    """One event after another. The latest first one counts, and for one firing only."""

    def __init__(self, moment: kinds.Sequence, name: str) -> None:
        self._moment, self._within_ms = moment, moment.within_ms
        self._clock, self._id = f"{name}_first", f"{name}_id"
        self.fields: Sequence[Field] = [
            Field(self._clock, "i8", (), NONE),
            Field(self._id, "O", (), ""),
        ]
        self.types: Sequence[Types] = (moment.first, moment.then)

    def follow(self, of: Happened) -> Fired:
        """Return the rows on which it fires, and store the latest first event if it is unused."""
        rows, state, slots = of.rows, of.state, of.rows.people
        opens, ends = of.masks[self._moment.first], of.masks[self._moment.then]
        first = rows.latest_before(opens)
        since = pick(first, rows.clock, state[self._clock][rows.slot])
        suits = ends & (since >= 0) & (rows.clock - since <= self._within_ms)
        fires = np.flatnonzero(suits & (rows.latest_before(suits) <= first))
        ids = pick(first[fires], of.ids, state[self._id][rows.slot[fires]])
        pairs = zip(ids.tolist(), of.ids[fires].tolist(), strict=True)
        fired = Fired(fires, rows.clock[fires], [joined(pair) for pair in pairs])
        latest = rows.latest(opens)[rows.ends]
        used = rows.latest(suits)[rows.ends] > latest
        kept = pick(latest, rows.clock, state[self._clock][slots])
        names = pick(latest, of.ids, state[self._id][slots])
        state[self._clock][slots] = np.where(used, NONE, kept)
        state[self._id][slots] = np.where(used | (kept < 0), "", names)
        return fired


class _Often:
    """So many events within a span, when it was not so at the event before."""

    def __init__(self, moment: kinds.Count, name: str) -> None:
        self._moment, self._within_ms = moment, moment.within_ms
        self._latest = Latest(name, moment.count, ids=True)
        self.fields: Sequence[Field] = self._latest.fields
        self.types: Sequence[Types] = (moment.types,)

    def follow(self, of: Happened) -> Fired:
        """Return the rows on which it fires, and store the latest events."""
        mask, count = of.masks[self._moment.types], self._moment.count
        line = self._latest.line(of, mask, of.rows.clock)
        at = np.flatnonzero(mask)
        reached = self._within(of, at, line.before(count - 1))
        counted = np.flatnonzero(reached & ~self._within(of, at, line.before(count)))
        fires = at[counted]
        return Fired(fires, of.rows.clock[fires], line.evidence(counted, count))

    def _within(self, of: Happened, at: Ints, since: Ints) -> Bools:
        return np.asarray((since >= 0) & (of.rows.clock[at] - since <= self._within_ms))
