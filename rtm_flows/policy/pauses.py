"""Pauses: what is shown again and again without success rests, as the configuration says it.

In: the keys under `[[pauses]]`. Out: records of them. It refuses to judge them: `pause_lint.py`
does, which knows the whole list and the catalogue.
"""

from __future__ import annotations

from typing import Literal

from rtm_flows.policy.scope import Scope
from rtm_flows.times import parse_duration

By = Literal["action", "treatment", "group", "channel", "all"]


class Pause(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When actions of a scope are no more offered to a person who was shown them in vain.

    What was shown is told by events of the types `shown` under `[responses]`, and success by
    those of `positive`; where a job has no such table, by its defaults. They name the action, and
    perhaps its treatment; no decision is looked for.

    Attributes
    ----------
    name
        Unique among the pauses and the limits; the reason that is given for what it holds back.
    by
        What is counted, and rests, together: an action, one treatment of an action, a group, a
        channel, or everything in the scope.
    after
        Shown so often without success, it rests.
    within
        ISO 8601 duration: showings longer ago than this count no more.
    lasts
        ISO 8601 duration of the rest, from the showing that was one too many. A success ends it
        at once.

    Examples
    --------
    >>> Pause(name="ignored", after=5, within="P7D", lasts="P7D").by
    'action'
    """

    name: str
    by: By = "action"
    after: int
    within: str
    lasts: str

    @property
    def within_ms(self) -> int:
        """The time after which a showing counts no more, in milliseconds.

        Raises
        ------
        ValueError
            If it is not a duration.
        """
        return parse_duration(self.within)

    @property
    def lasts_ms(self) -> int:
        """The length of the rest in milliseconds; as `within_ms`."""
        return parse_duration(self.lasts)
