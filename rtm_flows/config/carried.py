"""Carried: text of events that decisions look at beyond rules, and that must travel with the rows.

In: the contact policy of a job. Out: names of text fields. It refuses to know what is read in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.policy.delivery import DeliveryRule
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.rules import Limit

_OF_PAUSES = ("action", "treatment")
_OF_LIMITS = ("decision_id", "timezone")
_OF_DELIVERIES = ("decision_id",)


def carried_fields(
    pauses: Sequence[Pause], limits: Sequence[Limit], delivery: DeliveryRule
) -> tuple[str, ...]:
    """Return the text fields of events that decide looks at, beside those that every row has.

    Examples
    --------
    >>> carried_fields([], [], DeliveryRule(supersede="channel"))
    ('decision_id',)
    """
    fields = [*(_OF_LIMITS if limits else ()), *(_OF_DELIVERIES if delivery.active else ())]
    return tuple(dict.fromkeys([*fields, *(_OF_PAUSES if pauses else ())]))
