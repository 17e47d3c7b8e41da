"""Suppressed: which offers the suppressions hold back in some rows.

In: what actions are about, and columns of what people have running. Out: of each row and offer the
first suppression that holds it back. It refuses to know how the columns came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.rows import Bools
from rtm_flows.people.shoppers import LIVE_CART, OPEN_CASE, ORDER_DELAYED, left_of
from rtm_flows.people.shopping import LEFT_OUT
from rtm_flows.policy.holds import Held
from rtm_flows.policy.limits import FREE
from rtm_flows.policy.suppressions import SUPPRESSIONS, Suppressions

_FIRST = len(SUPPRESSIONS) - len(LEFT_OUT)
"""Place of the first reason for which items are left out."""


class Speaking(Protocol):
    """What is asked of an offer."""

    @property
    def issue(self) -> str:
        """The business issue."""

    @property
    def about(self) -> str:
        """What it is about; empty for nothing."""


class Suppressed:
    """The suppressions of a job, ready to be asked.

    Parameters
    ----------
    rule
        Of the job.
    offers
        The catalogue.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> sale, help = Action(name="sale"), Action(name="help", issue="service")
    >>> rows = Table({name: np.array([name == "open_case"]) for name in SUPPRESSIONS[:3]})
    >>> Suppressed(Suppressions(), [sale, help]).held(rows).tolist()
    [[0, -1]]
    """

    def __init__(self, rule: Suppressions, offers: Sequence[Speaking]) -> None:
        self._about = [offer.about for offer in offers]
        markets = _mask(offer.issue in rule.marketing for offer in offers)
        accessory = _mask(about == "accessory" for about in self._about)
        self._falls = {
            OPEN_CASE: markets | accessory,
            LIVE_CART: markets & _mask(about != "cart" for about in self._about),
            ORDER_DELAYED: accessory,
        }

    def held(self, rows: Table) -> Held:
        """Return the place in `SUPPRESSIONS` of what holds each offer back, or `FREE`.

        Parameters
        ----------
        rows
            With the columns that `Shoppers` tells.
        """
        held: Held = np.full((len(rows), len(self._about)), FREE, dtype=np.int16)
        for at, about in enumerate(self._about):
            if about:
                left = rows[left_of(about)]
                held[:, at] = np.where(left < 0, FREE, left + _FIRST)
        # From the last to the first, so that the first is what stays.
        for place in range(_FIRST - 1, -1, -1):
            name = SUPPRESSIONS[place]
            held[np.ix_(rows[name], self._falls[name])] = place
        return held


def _mask(tests: Iterable[bool]) -> Bools:
    return np.fromiter(tests, dtype=np.bool_)
