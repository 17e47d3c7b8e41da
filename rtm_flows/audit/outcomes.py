"""Outcomes: what the input told of deliveries, and of the zones that people are in.

In: records of the input. Out: whether a decision's delivery, or that it failed, had been told by
another decision; and the zones that a person may have been in by then. It refuses to know what a
limit is.

What had been told by when is certain where people's events are decided on in the order of their
times, but for records at the very millisecond whose order the ids alone do not tell. In the order
of arrival a record may have come later than its time. Such things are told as unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtm_flows.audit.declared import Contacts
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.records import Record
from rtm_flows.audit.zones import zone_named


class Place(NamedTuple):
    """Where in a person's events something was told or decided."""

    time: int
    id: str
    """Of the event; empty where a record has none."""
    source: str = ""
    """Of a record; it is not told of the event of a decision."""


def place_of(decision: Decision) -> Place:
    """Return where a decision stands; of a moment's it is not told behind which event."""
    trigger = decision.trigger
    on_event = trigger.type.startswith("event:") and len(trigger.event_ids) == 1
    return Place(ms(decision.decision_time), trigger.event_ids[0] if on_event else "~")


class Told(NamedTuple):
    """Whether something had been told."""

    surely: bool
    perhaps: bool


_NEVER = Told(False, False)


class Outcomes:
    """What is known of deliveries and zones.

    Parameters
    ----------
    rule
        Types of events that tell of deliveries.
    in_order
        Whether people's events are decided on in the order of their times.
    forgets
        Whether people are forgotten after long.
    """

    def __init__(self, rule: Contacts, *, in_order: bool = True, forgets: bool = False) -> None:
        self._settles, self._releases = frozenset(rule.settled), frozenset(rule.released)
        self._in_order, self._forgets = in_order, forgets
        self._settled: dict[tuple[str, str], list[Place]] = {}
        self._failed: dict[tuple[str, str], list[Place]] = {}
        self._zones: dict[str, list[tuple[Place, str]]] = {}
        self._sources: set[str] = set()

    def add(self, record: Record) -> None:
        """Take in a record."""
        self._sources.add(record.source)
        if not record.timezone and not record.decision_id:
            return
        place = Place(record.time, record.id, record.source)
        # An unknown zone tells nothing: that from before stays.
        if record.timezone and zone_named(record.timezone) is not None:
            self._zones.setdefault(record.person, []).append((place, record.timezone))
        if record.decision_id:
            key = record.person, record.decision_id
            if record.type in self._settles:
                self._settled.setdefault(key, []).append(place)
            if record.type in self._releases:
                self._failed.setdefault(key, []).append(place)

    def settled(self, person: str, decision_id: str, made: Place, now: Place) -> Told:
        """Return whether its delivery was told after it was made, and before now."""
        places = self._settled.get((person, decision_id))
        return _NEVER if places is None else self._between(places, made, now)

    def failed(self, person: str, decision_id: str, made: Place, now: Place) -> Told:
        """Return whether it was told after it was made, and before now, that it failed."""
        places = self._failed.get((person, decision_id))
        return _NEVER if places is None else self._between(places, made, now)

    def zones(self, person: str, now: Place) -> list[str | None]:
        """Return what may be the latest that a person had told of zones, earlier ones before.

        The first is None where it may be that the person had told none.
        """
        found: list[str | None] = [None]
        before = None
        for place, zone in sorted(self._zones.get(person, ()), key=_canonical):
            heard = self._heard(place, now)
            # Derived ids are not known here, nor is which of two is the lesser.
            tied = place == before and not place.id
            before = place
            if heard.surely and not tied:
                # Who came back after long may not have told it in this life.
                found = [None, zone] if self._forgets else [zone]
            elif heard.perhaps:
                found.append(zone)
        return found

    def _between(self, places: Sequence[Place], made: Place, now: Place) -> Told:
        surely = perhaps = False
        for place in places:
            before, heard = self._heard(place, made), self._heard(place, now)
            perhaps |= heard.perhaps and not before.surely
            surely |= heard.surely and not before.perhaps
        return Told(surely, perhaps)

    def _heard(self, place: Place, now: Place) -> Told:
        """Tell whether what stands at a place was known to a decision."""
        if place.time > now.time:
            return _NEVER
        if not self._in_order:
            return Told(False, True)
        if place.time < now.time:
            return Told(True, True)
        if place.id == now.id and place.id:
            return Told(True, True)
        derived = not place.id or now.id.startswith("~") or len(self._sources) > 1
        known = not derived and place.id < now.id
        return Told(known, known or derived)


def _canonical(told: tuple[Place, str]) -> tuple[int, str, str]:
    """Return the order in which events are taken in; derived ids stand last, as they begin so."""
    place = told[0]
    return place.time, place.source, place.id or "~"
