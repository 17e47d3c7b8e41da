"""Campaigns: what runs when, and the messages that tell of it.

In: the length of a simulation. Out: campaigns with begin and end, and when their messages leave.
It knows nothing of who gets one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion.draws import Ints
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.shop import DAY_MS

WEEK_MS = 7 * DAY_MS
THEMES = ("new_season", "weekend_sale", "work_to_evening", "members_sale")
"""Campaigns follow one another, a week each; every other one has a sale at its end."""
_SALE_FROM = 4 * DAY_MS
_SENT_AT = (10 * 3_600_000, 3 * DAY_MS + 15 * 3_600_000)


class Send(NamedTuple):
    """A message of a campaign leaves for whom chance chose."""

    number: int
    time: int
    campaign: int


def sends(shop: Fashion) -> list[Send]:
    """Return the messages of all campaigns of a shop, in the order of time.

    Examples
    --------
    >>> [(send.number, send.campaign) for send in sends(Fashion(days=14))]
    [(0, 0), (1, 0), (2, 1), (3, 1)]
    """
    if not shop.messages:
        return []
    weeks = (shop.end_ms - shop.start_ms) // WEEK_MS + 1
    times = [shop.start_ms + week * WEEK_MS + at for week in range(weeks) for at in _SENT_AT]
    return [
        Send(number, time, number // len(_SENT_AT))
        for number, time in enumerate(times)
        if time < shop.end_ms
    ]


def campaign_name(number: int) -> str:
    """Return the name of the campaign of a week, counted from the beginning.

    Examples
    --------
    >>> campaign_name(0), campaign_name(5)
    ('new_season_1', 'weekend_sale_6')
    """
    return f"{THEMES[number % len(THEMES)]}_{number + 1}"


def in_sale(shop: Fashion, time: Ints) -> Ints:
    """Return 1 for the times at which a sale runs: the last three days of every other week."""
    gone = time - shop.start_ms
    runs = (gone // WEEK_MS % 2 == 1) & (gone % WEEK_MS >= _SALE_FROM)
    sale: Ints = runs.astype(np.int64)
    return sale
