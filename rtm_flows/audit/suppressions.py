"""Suppressions, asked again: what must not be offered beside what a person has going on.

In: a decision, and what is known of its person by then. Out: sentences, one for each offer that is
suppressed without cause, or is not though it must be, and for items that are not those to offer. It
refuses to know what else holds an offer back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from rtm_flows.audit.declared import Action, Declared, Offer, Suppressions, duration, listed
from rtm_flows.audit.items import Items
from rtm_flows.audit.record import Candidate, Decision, Key
from rtm_flows.audit.service import Service

SUPPRESSION = "suppression"
"""The stage at which these drop."""
_TOLD = 4
"""So many items an offer tells at most."""
_LATE = ("delayed", "shipped_delayed")
_SENT = ("shipped", "shipped_delayed")


class Facts(NamedTuple):
    """What is known of a person at a decision."""

    now: int
    service: Service
    items: Items
    event_item: str
    """The item of the event that is decided on; empty where there is none."""


class Suppressed(NamedTuple):
    """What must become of the offers of an action."""

    reason: str | None
    items: tuple[str, ...]


class Suppressing:
    """The suppressions of a run.

    Parameters
    ----------
    declared
        The configuration.
    offers
        The catalogue; candidates that are not in it are not looked at.
    """

    def __init__(self, declared: Declared, offers: Mapping[Key, Offer]) -> None:
        self._rule = declared.suppressions or Suppressions()
        self._marketing = listed(self._rule.marketing)
        self._accessories = declared.accessories
        self._offers = offers
        self._actions = {offer.name: offer.action for offer in offers.values()}

    def prove(self, decision: Decision, facts: Facts) -> Iterator[str]:
        """Tell what is not as it must be."""
        passed = [one for one in decision.candidates if one.passed and one.key in self._offers]
        names = {candidate.name for candidate in passed}
        wanted = {name: self._asked(self._actions[name], facts) for name in names}
        for candidate in passed:
            yield from _held(candidate, wanted[candidate.name].reason)
        if decision.acts and decision.name not in wanted:
            return
        items = wanted[decision.name].items if decision.acts else ()
        if decision.items != items:
            yield f"the items are {list(decision.items)}; by the events they are {list(items)}"

    def _asked(self, action: Action, facts: Facts) -> Suppressed:
        """Return the reason why the offers of an action are suppressed, and the items of others."""
        reason, items = self._about(action.about, facts)
        return Suppressed(self._by_person(action, facts) or reason, items)

    def _by_person(self, action: Action, facts: Facts) -> str | None:
        rule, service = self._rule, facts.service
        sells = action.issue in self._marketing
        extra = action.about == "accessory"
        if rule.open_case and service.cases and (sells or extra):
            return "open_case"
        fresh = service.touched is not None and _within(rule.live_cart, service.touched, facts.now)
        if service.cart and fresh and sells and action.about != "cart":
            return "live_cart"
        late = any(state in _LATE for state, _ in service.orders.values())
        return "order_delayed" if rule.order_delayed and late and extra else None

    def _about(self, about: str, facts: Facts) -> Suppressed:
        if not about:
            return Suppressed(None, ())
        if about == "cart":
            named = [name for name in reversed(facts.service.cart) if name]
            return Suppressed(None if facts.service.cart else "no_item", tuple(named[:_TOLD]))
        looked_at = self._looked_at(about, facts)
        why = {name: self._left_out(name, about, facts) for name in looked_at}
        left = tuple(islice((name for name, reason in why.items() if reason is None), _TOLD))
        reason = next(iter(why.values()), "no_item")
        return Suppressed(None if left else reason, left)

    def _looked_at(self, about: str, facts: Facts) -> list[str]:
        if about == "event":
            return [facts.event_item] if facts.event_item else []
        if about == "viewed":
            viewed = [(thing.viewed, name) for name, thing in facts.items.things.items()]
            return [name for number, name in sorted(viewed, reverse=True) if number]
        return [
            one
            for item, order in reversed(facts.items.bought)
            if self._in_window(facts.service.orders.get(order), facts.now)
            for one in self._accessories.get(item, ())
        ]

    def _in_window(self, order: tuple[str, int] | None, now: int) -> bool:
        if order is None:
            return False
        state, since = order
        delivered = state == "delivered" and _within(self._rule.delivery, since, now)
        return state in _SENT or delivered

    def _left_out(self, name: str, about: str, facts: Facts) -> str | None:
        if about != "event" and name in facts.service.cart:
            return "in_cart"
        times = [time for (item, _), time in facts.items.bought.items() if item == name]
        if any(_within(self._rule.bought, time, facts.now) for time in times):
            return "bought"
        thing = facts.items.things.get(name)
        if thing is None:
            return None
        if thing.removed is not None and _within(self._rule.removed, thing.removed, facts.now):
            return "removed"
        return "ignored" if 0 < self._rule.ignored <= thing.shown else None


def _held(candidate: Candidate, wanted: str | None) -> Iterator[str]:
    """Prove that an offer that is open is held back exactly for the reason that there is."""
    if candidate.fate in ("below_cost", "below_floor"):
        return
    told = candidate.reason if candidate.stage_dropped == SUPPRESSION else None
    if told == wanted:
        return
    if wanted is None:
        yield f"{candidate.key} is suppressed by {told!r}, but nothing suppresses it"
    else:
        yield f"{candidate.key} must be suppressed by {wanted!r}, but is {candidate.fate}: {told!r}"


def _within(span: str, then: int, now: int) -> bool:
    """Tell whether something happened within a span; one that is turned off holds nothing."""
    return bool(span) and now - then < (duration(span) or 0)
