"""Limits, counted again: for every decision, all contacts of the person before it are looked at.

In: the limits as they are written in a configuration, decisions in their order, and outcomes. Out:
what a decision did that its limits do not allow, or did not do that they do, and counts told that
are not so. It is the plainest algorithm there is, and shares nothing with the decider's: calendars
are Python's own.

A contact counts at the decision's time t if it lies in the window (after t - D; or from the begin
of the local period on), and t is before it expires or its delivery was told; unless it was told
that it failed. Without reports nothing expires but what is superseded. Where the input does not
settle whether something had been told, two counts are made, the least and the most that it may be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

from rtm_flows.audit.declared import Declared, Delivered, Offer, Rule, duration
from rtm_flows.audit.outcomes import Outcomes, Place, place_of
from rtm_flows.audit.record import Candidate, Decision, Key, ms
from rtm_flows.audit.zones import begin, zone_named

_REMEMBERED = 16
"""So many contacts of a person that expired without a word are remembered."""
_NEVER = 1 << 62


class Contact(msgspec.Struct, gc=False):
    """A decision that was to be delivered, as far as limits look at it."""

    place: Place
    expires: int
    decision_id: str
    limits: frozenset[str]
    begins: int
    """From when on it may be delivered."""
    surely_forgotten: bool = False
    perhaps_forgotten: bool = False


class _State(NamedTuple):
    """Of a contact at a time."""

    contact: Contact
    surely: bool
    """It counts."""
    perhaps: bool
    """It may count."""
    gone: bool
    """It may have been released."""


class LimitBook:
    """The contacts of everybody, and the limits that they are held to.

    Parameters
    ----------
    declared
        The configuration.
    outcomes
        What the input told.
    offers
        The catalogue; candidates that are not in it are not looked at.
    contacts
        By person those that are known already; more are put in.
    believed
        Names of limits of which not all contacts are known.

    Raises
    ------
    ValueError
        If the zone under `[contacts]` is unknown.
    """

    def __init__(
        self,
        declared: Declared,
        outcomes: Outcomes,
        offers: Mapping[Key, Offer],
        contacts: dict[str, list[Contact]] | None = None,
        believed: Collection[str] = (),
    ) -> None:
        self._limits = declared.limits
        self._pauses = frozenset(pause.name for pause in declared.pauses)
        self._reports = declared.contacts.reports
        self._outcomes = outcomes
        zone = declared.contacts.zone
        found = zone_named(zone)
        if found is None:
            msg = f"contacts.zone: {zone!r} is not known here"
            raise ValueError(msg)
        self._zone = found
        self._contacts = {} if contacts is None else contacts
        self._believed = believed
        self._memory = max((limit.reach for limit in self._limits), default=0)
        self._of_offer = {key: self._meaning(offer) for key, offer in offers.items()}

    def enter(self, decision: Decision) -> Iterator[str]:
        """Take in a decision, and tell what of it is not as the limits have it."""
        own = self._meaning(decision) if decision.acts else []
        named = [one.limit for one in decision.limits]
        if named != _names(own):
            yield f"limits are {named}, but it falls under {_names(own)}"
        passed = [one for one in decision.candidates if self._asked(one)]
        under = [(one, self._of_offer.get(one.key, [])) for one in passed]
        if not own and not any(limits for _, limits in under):
            yield from self._unlimited(passed)
            self._supersede(decision)
            return
        now = place_of(decision)
        states = self._states(decision.person, now)
        asked = {limit.name: limit for _, limits in [(None, own), *under] for limit in limits}
        counts = {
            name: self._counted(limit, decision.person, now, states)
            for name, limit in asked.items()
        }
        yield from self._granted(decision, own, counts)
        for candidate, limits in under:
            yield from self._held(candidate, limits, counts)
        self._supersede(decision)
        if own and not decision.held_out:
            self._reserve(decision, now, own)

    def _asked(self, candidate: Candidate) -> bool:
        """Tell whether a candidate came to its limits: they are asked last."""
        paused = candidate.fate == "held_back" and candidate.reason in self._pauses
        return candidate.passed and not paused and candidate.fate != "suppressed"

    def _meaning(self, what: Delivered) -> list[Rule]:
        return [limit for limit in self._limits if limit.means(what)]

    def _unlimited(self, passed: Collection[Candidate]) -> Iterator[str]:
        for candidate in passed:
            if candidate.fate == "held_back" and candidate.key in self._of_offer:
                yield f"{candidate.key} is held back, but falls under no limit"

    def _granted(
        self, decision: Decision, own: list[Rule], counts: Mapping[str, tuple[int, int]]
    ) -> Iterator[str]:
        """Prove that what is done is allowed, and that the counts told are so."""
        all_told = {one.limit: one.count for one in decision.limits}
        for limit in own:
            least, most = counts[limit.name]
            if least >= limit.most:
                yield f"{limit.name!r} allows {limit.most}; {least} counted before"
            told = all_told.get(limit.name)
            if told is not None and not least < told <= most + 1:
                seen = f"{least + 1}" if least == most else f"{least + 1} to {most + 1}"
                yield f"{limit.name!r} is told to count {told}; it is {seen}"

    def _held(
        self, candidate: Candidate, limits: list[Rule], counts: Mapping[str, tuple[int, int]]
    ) -> Iterator[str]:
        """Prove that a candidate is held back exactly where a limit of it is used up."""
        if candidate.fate in ("below_cost", "below_floor", "won"):
            return
        if candidate.fate == "held_back" and candidate.key not in self._of_offer:
            return
        for limit in limits:
            least, most = counts[limit.name]
            if candidate.fate == "held_back" and candidate.reason == limit.name:
                if most < limit.most:
                    told = f"{candidate.key} is held back by {limit.name!r}"
                    yield f"{told}, which allows {limit.most}; {most} counted"
                return
            if least >= limit.most:
                told = f"{limit.name!r} is used up, but {candidate.key} is {candidate.fate}"
                yield f"{told}: {candidate.reason!r}"
                return
        if candidate.fate == "held_back":
            told = f"{candidate.key} is held back by {candidate.reason!r}"
            yield f"{told}, but falls under {_names(limits)}"

    def _states(self, person: str, now: Place) -> list[_State]:
        """Return the contacts that a limit may look at, and whether they count."""
        since = now.time - self._memory
        found = []
        for one in self._contacts.get(person, ()):
            if one.place.time <= since:
                continue
            failed = self._outcomes.failed(person, one.decision_id, one.place, now)
            surely = perhaps = now.time < one.expires
            if not surely:
                settled = self._outcomes.settled(person, one.decision_id, one.place, now)
                surely = settled.surely and not one.perhaps_forgotten
                perhaps = settled.perhaps and not one.surely_forgotten
            if not failed.surely:
                gone = failed.perhaps
                found.append(_State(one, surely and not gone, perhaps, gone))
        return found

    def _counted(
        self, limit: Rule, person: str, now: Place, states: list[_State]
    ) -> tuple[int, int]:
        """Return how many contacts count for a limit: the least and the most it may be."""
        if limit.name in self._believed:
            return 0, _NEVER
        own = [state for state in states if limit.name in state.contact.limits]
        if not own:
            return 0, 0
        begins = self._begins(limit, now, person)
        first, last = min(begins), max(begins)
        least = sum(one.surely and one.contact.place.time >= last for one in own)
        most = sum(one.perhaps and one.contact.place.time >= first for one in own)
        return least, most

    def _reserve(self, decision: Decision, now: Place, own: list[Rule]) -> None:
        states = self._states(decision.person, now)
        surely = perhaps = 0
        for one, counts, may_count, gone in reversed(states):
            if now.time < one.expires:
                continue
            if not may_count:
                one.surely_forgotten |= surely >= _REMEMBERED
            if not counts:
                one.perhaps_forgotten |= perhaps >= _REMEMBERED
            surely += not may_count and not gone
            perhaps += not counts
        end = decision.expires_at if self._reports else None
        new = Contact(
            now,
            _NEVER if end is None else ms(end),
            decision.decision_id,
            frozenset(limit.name for limit in own),
            now.time if decision.not_before is None else ms(decision.not_before),
        )
        self._contacts[decision.person] = [*(one.contact for one in states), new]

    def _supersede(self, decision: Decision) -> None:
        """Let the contact of what is superseded expire, if it cannot have gone out."""
        now = ms(decision.decision_time)
        for one in self._contacts.get(decision.person, ()):
            waits = self._reports or now < one.begins
            if one.decision_id == decision.supersedes and waits:
                one.expires = min(one.expires, now)

    def _begins(self, limit: Rule, now: Place, person: str) -> list[int]:
        """Return the first millisecond of the window, of each zone that the person may be in."""
        span = duration(limit.window)
        if span is not None:
            return [now.time - span + 1]
        names = self._outcomes.zones(person, now)
        zones = [self._zone if name is None else zone_named(name) for name in names]
        return [begin(limit.window, now.time, zone) for zone in zones if zone is not None]


def _names(limits: list[Rule]) -> list[str]:
    return [limit.name for limit in limits]
