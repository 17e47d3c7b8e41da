"""Who leaves: the table `[people]`.

What it means that somebody leaves is told in section 3 of docs/semantics.md.
"""

from __future__ import annotations

from rtm_flows.config.input_rule import Section
from rtm_flows.times import parse_duration


class PeopleRule(Section, frozen=True, kw_only=True):
    """Who leaves, and is forgotten; left out, nobody ever does.

    Attributes
    ----------
    inactive
        ISO 8601 duration without an event after which a person leaves. It must be longer than
        whatever the job still waits for by then, or holds a person to.
    most_per_lane
        People that a lane holds where a tick begins: who was heard of longest ago leaves first. In
        order of the log nobody does of whom an event may still come again.
    """

    inactive: str | None = None
    most_per_lane: int | None = None

    @property
    def inactive_ms(self) -> int | None:
        """The span in milliseconds."""
        return None if self.inactive is None else parse_duration(self.inactive)
