"""What comes of folding events in, and of time that passes.

In: nothing; these are types. Out: the shape of what profiles tell. They know nothing of how it is
found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.responding import Answered
from rtm_flows.people.dedup import Admitted
from rtm_flows.people.rows import Bools


class Closed(NamedTuple):
    """Sessions that ended, with what there is to learn from by then."""

    sessions: Table
    kept: Table
    """Rows kept of these sessions; `closed` is the index of the session."""
    away: Table
    """Rows whose horizon for churn ended, or was cut off: `slot`, `time`, `met`, `x`."""
    bought: Table
    """What is told of rows with a horizon for intent: `slot`, `part`, `time`, `number`, `met`, `x`.
    Where the horizon was cut off, `part` is as if it had ended."""
    answered: Answered | None = None
    """What came of decisions, where the job has `[responses]`."""
    fired: Table | None = None
    """Rows of the timers of moments that time has let fire, as those of `Folded`."""
    pending: Mapping[str, int] | None = None
    """By name of moment, the timers that were cut off."""

    @property
    def tells(self) -> bool:
        """Whether sessions ended, or anything is to be learned or counted."""
        told = self.sessions, self.kept, self.away, self.bought
        return self.pending is not None or any(map(len, told))


class Left(NamedTuple):
    """People who left."""

    slots: Ints
    times: Ints
    """When each did, in milliseconds."""
    crowded: Bools
    """Whether for want of room; else because nothing was heard of them."""

    @classmethod
    def nobody(cls) -> Left:
        """Return that nobody left."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, np.zeros(0, dtype=np.bool_))

    @classmethod
    def of(cls, parts: Sequence[Left]) -> Left:
        """Return who left in several parts, one after the other."""
        return cls(*map(np.concatenate, zip(*parts, strict=True))) if parts else cls.nobody()


class Cut(NamedTuple):
    """That what stood open was cut off, and gives no example."""

    by: str
    """`END_OF_INPUT` or `EVICTED`."""
    at: int | Ints
    """When, in milliseconds: of all sessions, or of each."""


END_OF_INPUT, EVICTED = "end_of_input", "evicted"

Closing = tuple[Closed, Cut | None]
"""What ended, and what cut it off; None for what time or later events ended."""


class Folded(NamedTuple):
    """What came of a run of events."""

    rows: Table
    """Accepted events: `time` (the clock), `event_time`, `person`, `lane`, ids, `x`, and
    `profile_version`, the person's running number of the event, which is `number` too where ids may
    occur again. Where a job has moments, also those that fired; see `moment_rows`."""
    closed: Sequence[Closing]
    """What ended, wave after wave: one, unless timers fired or people left in between."""
    admitted: Admitted
    left: Left
    """Who left, in the order of each person."""


def together(parts: Sequence[Folded]) -> Folded:
    """Return what came of several parts, at least one, in one.

    Of parts without rows the first tells what columns there are.
    """
    if len(parts) == 1:
        return parts[0]
    rows = [part.rows for part in parts if len(part.rows)] or [parts[0].rows]
    new, ids, duplicates, conflicting = zip(*(part.admitted for part in parts), strict=True)
    return Folded(
        concat(rows) if len(rows) > 1 else rows[0],
        [closing for part in parts for closing in part.closed],
        Admitted(np.concatenate(new), np.concatenate(ids), sum(duplicates), sum(conflicting)),
        Left.of([part.left for part in parts]),
    )
