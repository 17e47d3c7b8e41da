"""Superseding: which decision that is still on its way a new one makes void.

In: decisions that are to be delivered, no two of one person in a call, and reports of deliveries.
Out: the decisions that they supersede, and those of them that have surely not gone out. It refuses
to know how a decision came to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.decisions.id_numbers import numbers_of, text_of
from rtm_flows.decisions.offers import Offer
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.rows import Ints
from rtm_flows.policy.contacts import Keys
from rtm_flows.policy.deliveries import Deliveries, Dispatch


class Won(NamedTuple):
    """Decisions that are to be delivered."""

    slots: Ints
    """The persons, each at most once."""
    clocks: Ints
    offers: Ints
    """Places in the catalogue."""
    ids: Sequence[str]
    keys: Keys
    """Of these ids, as `decision_keys` has them."""


class Voided(NamedTuple):
    """What they supersede."""

    at: Ints
    """Of which of them."""
    ids: list[str]
    """Of the decisions superseded."""
    unsent: Ints
    """Places among these of those that have surely not gone out."""
    keys: Keys


class Superseding:
    """What is on its way to the people of one worker.

    Parameters
    ----------
    plan
        The job's constants; it supersedes.
    offers
        The catalogue.

    Attributes
    ----------
    places
        Where decisions are delivered, by number.
    deliveries
        What is on its way to each person.
    """

    def __init__(self, plan: Plan, offers: Sequence[Offer]) -> None:
        places = [plan.delivery.place_of(offer) for offer in offers]
        self.places = tuple(dict.fromkeys(places))
        known = {place: number for number, place in enumerate(self.places)}
        self._place: Ints = np.array([known[place] for place in places], dtype=np.int64)
        self._wait: Ints = np.array([offer.wait_ms for offer in offers], dtype=np.int64)
        self._lifetime: Ints = np.array([offer.lifetime_ms for offer in offers], dtype=np.int64)
        self._reports = plan.contacts.reports
        self.deliveries = Deliveries()

    def hear(self, slots: Ints, keys: Keys) -> None:
        """Note that decisions were reported, at most one of a person: they are on no way more."""
        self.deliveries.hear(slots, keys)

    def follow(self, won: Won) -> Voided:
        """Let decisions be on their way; tell what they supersede."""
        numbers = numbers_of(won.ids)
        found = self.deliveries.replace(
            Dispatch(
                won.slots,
                won.clocks,
                self._place[won.offers],
                won.keys,
                numbers,
                won.clocks + self._wait[won.offers],
                won.clocks + self._lifetime[won.offers],
            )
        )
        # Where every delivery is reported, what nobody has reported has not gone out.
        unsent = np.flatnonzero(~found.begun | self._reports)
        return Voided(found.at, text_of(found.decisions), unsent, found.keys)
