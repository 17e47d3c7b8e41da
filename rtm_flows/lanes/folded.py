"""What comes of folding events in, and of time that passes.

In: nothing; these are types. Out: the shape of what profiles tell. They know nothing of how it is
found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rtm_flows.columns import Table
from rtm_flows.lanes.responding import Answered
from rtm_flows.people.dedup import Admitted


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


class Folded(NamedTuple):
    """What came of a run of events."""

    rows: Table
    """Accepted events: `time` (the clock), `event_time`, `person`, `lane`, ids, `x`, and
    `profile_version`, the person's running number of the event, which is `number` too where ids may
    occur again. Where a job has moments, also those that fired; see `moment_rows`."""
    closed: Sequence[Closed]
    """What ended, wave after wave: one, unless timers fired in between."""
    admitted: Admitted
