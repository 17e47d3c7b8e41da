"""Carried: text of events that decisions look at beyond rules, and that must travel with the rows.

In: the contact policy of a job. Out: names of text fields. It refuses to know what is read in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.rules import Limit

_OF_LIMITS = ("decision_id", "timezone")
_OF_PAUSES = ("action", "treatment")


def carried_fields(pauses: Sequence[Pause], limits: Sequence[Limit]) -> tuple[str, ...]:
    """Return the text fields of events that decide looks at, beside those that every row has.

    Examples
    --------
    >>> carried_fields([], [Limit(name="gap", interval="P1D")])
    ('decision_id', 'timezone')
    """
    return (*(_OF_LIMITS if limits else ()), *(_OF_PAUSES if pauses else ()))
