"""Holds: what may keep an offer back that passed its rules, in the order in which it is asked.

In: what a job declares. Out: one list of holds, and the first of them that holds an offer back. It
refuses to know when a hold is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.policy.limits import FREE
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.suppressions import SUPPRESSIONS

Held = NDArray[np.int16]
"""(rows, offers): the place of the hold that keeps an offer back, or `FREE`."""

SUPPRESSION = "suppression"
"""Stage of what a suppression holds back."""

CONTACT_POLICY = "contact_policy"
"""Stage of what a pause or a limit of contacts holds back."""


class Hold(NamedTuple):
    """What a candidate tells of what held it back."""

    stage: str
    name: str


def holds_of(
    pauses: Sequence[Pause], limits: Sequence[Limit], *, suppresses: bool
) -> tuple[Hold, ...]:
    """Return the holds of a job, the one that is asked first in front.

    Parameters
    ----------
    pauses, limits
        Of the job.
    suppresses
        Whether it has suppressions.

    Examples
    --------
    >>> ignored = Pause(name="ignored", after=5, within="P7D", lasts="P7D")
    >>> holds_of([ignored], [Limit(name="mail_gap", interval="P2D")], suppresses=False)
    (Hold(stage='contact_policy', name='ignored'), Hold(stage='contact_policy', name='mail_gap'))
    """
    first = SUPPRESSIONS if suppresses else ()
    names = [*(pause.name for pause in pauses), *(limit.name for limit in limits)]
    return (
        *(Hold(SUPPRESSION, name) for name in first),
        *(Hold(CONTACT_POLICY, name) for name in names),
    )


def first_of(held: Held, further: Held, place: int) -> Held:
    """Return what holds offers back where further holds are asked: what held them before, first.

    Parameters
    ----------
    held
        By the holds asked before.
    further
        By the further ones, counted from 0.
    place
        Of the first of these among all holds.

    Examples
    --------
    >>> first_of(np.array([[-1, 0, -1]]), np.array([[1, 1, -1]]), 3).tolist()
    [[4, 0, -1]]
    """
    told = np.where(further == FREE, FREE, further + place)
    return np.where(held == FREE, told, held).astype(np.int16)
