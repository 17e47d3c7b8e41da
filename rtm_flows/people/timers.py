"""Timers: what will fire by itself if nothing that sets it anew comes before.

In: rows of a pass, which of them set a timer, and to when. Out: where it fired before a row, and
what stands at the end. It knows no kind of moment.

A timer fires in event time: before the first row of its person whose clock is greater than the time
at which it is due. So a row at exactly that time comes first, and may call it off. A timer that is
held fires no sooner than its person's session ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rtm_flows.people.happened import Fired, Happened
from rtm_flows.people.rows import Bools, Ints, pick
from rtm_flows.people.state import Field, State

NEVER = -1
"""Due of a timer that does not stand."""


class Settings(NamedTuple):
    """What the rows of a pass do to one timer."""

    sets: Bools
    """The row sets the timer, or calls it off."""
    due: Ints
    """To when: of every row that sets it, `NEVER` where it calls it off."""
    evidence: Callable[[Ints], list[str]]
    """Returns the ids of the events behind some rows that set it, each list as one text."""


class Timer:
    """One timer of every person.

    Parameters
    ----------
    name
        Prefix of its state columns.
    held_ms
        How long after any event it is held; None for a timer that is not.
    """

    def __init__(self, name: str, held_ms: int | None = None) -> None:
        self._held_ms = held_ms
        self._due, self._evidence = f"{name}_due", f"{name}_evidence"
        self.fields = [Field(self._due, "i8", (), NEVER), Field(self._evidence, "O", (), "")]

    def follow(self, of: Happened, to: Settings) -> Fired:
        """Return where the timer fired before a row of the pass; store what stands after it."""
        rows = of.rows
        latest = rows.latest(to.sets)
        after = pick(latest, to.due, of.state[self._due][rows.slot])
        held = self._held(after, rows.clock)
        standing = rows.previous(held, self.standing(of.state, rows.slot))
        late = (standing >= 0) & (standing < rows.clock)
        set_by = rows.latest_before(to.sets)
        # Once for each time that it was set: what fired before this row was set later than that.
        fires = np.flatnonzero(late & (rows.latest_before(late) <= set_by))
        fired = Fired(fires, standing[fires], self._texts(of, to, set_by[fires], rows.slot[fires]))
        self._store(of, to, latest, np.where(self._spent(of, late, latest), NEVER, after))
        return fired

    def standing(self, state: State, slots: Ints | slice = slice(None)) -> Ints:
        """Return when the timers of some people, or of all, are due as they stand in the state."""
        return self._held(state[self._due][slots], state["last"][slots])

    def take(self, state: State, slots: Ints) -> list[str]:
        """Let the timers of some people fire: return their evidence; they stand no more."""
        texts: list[str] = state[self._evidence][slots].tolist()
        state[self._due][slots] = NEVER
        state[self._evidence][slots] = ""
        return texts

    def _held(self, due: Ints, clock: Ints) -> Ints:
        if self._held_ms is None:
            return due
        return np.where(due < 0, due, np.maximum(due, clock + self._held_ms))

    def _spent(self, of: Happened, late: Bools, latest: Ints) -> Bools:
        """Tell of each row whether the timer, as it was last set, has fired before it."""
        return np.asarray(of.rows.latest(late) > latest)

    def _store(self, of: Happened, to: Settings, latest: Ints, after: Ints) -> None:
        rows = of.rows
        slots, ends = rows.people, rows.ends
        of.state[self._due][slots] = after[ends]
        told = np.flatnonzero((latest[ends] >= 0) | (after[ends] < 0))
        texts = self._texts(of, to, latest[ends][told], slots[told])
        stands = (after[ends][told] >= 0).tolist()
        kept = [text if one else "" for text, one in zip(texts, stands, strict=True)]
        of.state[self._evidence][slots[told]] = kept

    def _texts(self, of: Happened, to: Settings, set_by: Ints, slots: Ints) -> list[str]:
        """Return the evidence of timers by the rows that set them, -1 for what was carried."""
        texts: list[str] = of.state[self._evidence][slots].tolist()
        own = np.flatnonzero(set_by >= 0)
        for at, text in zip(own.tolist(), to.evidence(set_by[own]), strict=True):
            texts[at] = text
        return texts
