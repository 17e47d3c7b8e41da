"""Pauses: section 6 of the page and contact-policy.md, all of a person's past at every question.

In: the rows of people, in their order. Out: which offers rest, and by which pause. It knows nothing
of why an offer is chosen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .contacts import means
from .decisions import offers_of
from .job import Job
from .people import Row
from .times import duration

Offer = Mapping[str, Any]


class Outcome(NamedTuple):
    """One event that tells that something was shown, or that it was welcome."""

    clock: int
    welcome: bool
    action: str | None
    treatment: str | None


class Pasts:
    """What everybody was shown, and took.

    Parameters
    ----------
    job
        With its pauses.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.offers = offers_of(job.actions)
        self._told: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
        self._known: dict[tuple[object, ...], bool] = {}

    def hear(self, row: Row) -> None:
        """Note what an event tells."""
        event = row.event
        for name in ("shown", "positive"):
            if row.fired is None and event.type in self.job.outcomes[name]:
                names = event.text.get("action"), event.text.get("treatment")
                told = self._told[event.person, row.life]
                told.append(Outcome(row.clock, name == "positive", *names))

    def paused(self, row: Row) -> dict[tuple[str, str], str]:
        """Return what rests at a row, by action and treatment: the first pause that holds it."""
        told = self._told[row.event.person, row.life]
        return {
            (offer["name"], offer["treatment"]): pause["name"]
            for offer in self.offers
            for pause in reversed(self.job.pauses)
            if means(pause, offer)
            and row.clock < end_of_rest(pause, self._about(pause, offer, told))
        }

    def _about(
        self, pause: Mapping[str, Any], offer: Offer, told: Sequence[Outcome]
    ) -> list[Outcome]:
        """Return what counts for a pause together with an offer."""
        asked = pause["name"], offer["name"], offer["treatment"]
        about = []
        for one in told:
            place = *asked, one.action, one.treatment
            if place not in self._known:
                self._known[place] = self._is_about(pause, offer, one)
            about += [one] * self._known[place]
        return about

    def _is_about(self, pause: Mapping[str, Any], offer: Offer, told: Outcome) -> bool:
        forms = [one for one in self.offers if one["name"] == told.action]
        if told.treatment is not None:
            forms = [one for one in forms if one["treatment"] == told.treatment]
        elif len(forms) > 1 and pause.get("by", "action") in ("treatment", "channel"):
            return False
        return any(means(pause, one) and key(pause, one) == key(pause, offer) for one in forms)


def key(pause: Mapping[str, Any], offer: Offer) -> object:
    """Return what is counted together with an offer."""
    return {
        "action": offer["name"],
        "treatment": (offer["name"], offer["treatment"]),
        "group": offer.get("group") or offer["name"],
        "channel": offer.get("channel", "onsite"),
        "all": None,
    }[pause.get("by", "action")]


def end_of_rest(pause: Mapping[str, Any], past: Sequence[Outcome]) -> float:
    """Return when the latest rest is over; where there is none it is long ago."""
    shown: list[int] = []
    until = -math.inf
    for one in past:
        if one.welcome:
            shown, until = [], -math.inf
            continue
        shown.append(one.clock)
        since = one.clock - duration(pause["within"])
        if sum(clock > since for clock in shown) >= pause["after"]:
            shown, until = [], one.clock + duration(pause["lasts"])
    return until
