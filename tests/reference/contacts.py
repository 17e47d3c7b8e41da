"""Contacts and arms: section 6 of the page and contact-policy.md, one person after the other.

In: the rows of people, in their order. Out: which limits are used up, and who is in which arm. It
knows nothing of why an offer is chosen.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .job import Job, listed
from .people import Row
from .times import duration

Offer = Mapping[str, Any]
NEVER = 1 << 62
LAPSED = 16


@dataclass
class Contact:
    """One contact: reserved, and perhaps settled."""

    time: int
    expires: int
    decision: str
    limits: frozenset[str]
    settled: bool = False


@dataclass
class Sent:
    """One decision that was to be delivered."""

    decision: str
    offer: Offer
    begins: int
    expires: int
    reported: bool = False


@dataclass
class Known:
    """What is known of a person's contacts."""

    zone: str
    contacts: list[Contact] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


class Book:
    """The contacts of everybody.

    Parameters
    ----------
    job
        With its limits and experiments.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        zone = job.contacts.get("zone", "UTC")
        self._people: dict[tuple[str, int], Known] = defaultdict(lambda: Known(zone))

    def hear(self, row: Row) -> None:
        """Note what an event tells of its person's zone and contacts."""
        known = self._people[row.event.person, row.life]
        if self.job.limits and row.event.text.get("timezone") in ("UTC", "Asia/Baku"):
            known.zone = row.event.text["timezone"]
        told = row.event.text.get("decision_id")
        if row.event.type in (*self.job.settled, *self.job.released):
            for sent in known.sent:
                sent.reported |= sent.decision == told
        if row.event.type in self.job.settled:
            for contact in known.contacts:
                contact.settled |= contact.decision == told
        if row.event.type in self.job.released:
            known.contacts = [one for one in known.contacts if one.decision != told]

    def counts(self, row: Row) -> dict[str, int]:
        """Return how many contacts count for each limit at a row."""
        known = self._people[row.event.person, row.life]
        alive = [one for one in known.contacts if one.settled or row.clock < one.expires]
        return {
            limit["name"]: sum(
                limit["name"] in one.limits and one.time >= since(limit, row.clock, known.zone)
                for one in alive
            )
            for limit in self.job.limits
        }

    def used_up(self, counts: Mapping[str, int]) -> list[str]:
        """Return the limits that are used up, as declared."""
        most = {limit["name"]: limit.get("most", 1) for limit in self.job.limits}
        return [name for name, count in counts.items() if count >= most[name]]

    def reserve(self, row: Row, offer: Offer, decision: str) -> None:
        """Note that a decision is to reach its person."""
        limits = frozenset(limit["name"] for limit in self.limits_of(offer))
        if not limits:
            return
        known = self._people[row.event.person, row.life]
        lapsed = [one for one in known.contacts if not one.settled and one.expires <= row.clock]
        gone = lapsed[:-LAPSED]
        known.contacts = [one for one in known.contacts if not any(one is lost for lost in gone)]
        until = row.clock + duration(offer.get("expires_after", "PT30M"))
        expires = until if self.job.contacts.get("reports", False) else NEVER
        known.contacts.append(Contact(row.clock, expires, decision, limits))

    def send(self, row: Row, offer: Offer, decision: str) -> str | None:
        """Note that a decision is to be delivered; return the one that it supersedes."""
        known = self._people[row.event.person, row.life]
        slot = slot_of(self.job.supersede, offer)
        earlier = [one for one in known.sent if slot_of(self.job.supersede, one.offer) == slot]
        begins = row.clock + duration(offer.get("wait", "PT0S"))
        expires = row.clock + duration(offer.get("expires_after", "PT30M"))
        known.sent.append(Sent(decision, offer, begins, expires))
        if self.job.supersede == "none" or not earlier:
            return None
        latest = earlier[-1]
        if latest.reported or latest.expires <= row.clock:
            return None
        if row.clock < latest.begins or self.job.contacts.get("reports", False):
            for contact in known.contacts:
                if contact.decision == latest.decision:
                    contact.expires = row.clock
        return latest.decision

    def limits_of(self, offer: Offer) -> list[Mapping[str, Any]]:
        """Return the limits that an offer falls under, as declared."""
        return [limit for limit in self.job.limits if means(limit, offer)]

    def arms(self, person: str) -> dict[str, Mapping[str, Any] | None]:
        """Return the person's arm of every experiment."""
        return {one["name"]: arm_of(one, person) for one in self.job.experiments}


def slot_of(supersede: str, offer: Offer) -> tuple[str | None, ...]:
    """Return where an offer is delivered: a newer one there makes it void."""
    channel = offer.get("channel", "onsite")
    if supersede == "placement":
        return channel, offer.get("placement")
    return (channel, offer["name"]) if supersede == "action" else (channel,)


def since(limit: Mapping[str, Any], clock: int, zone: str) -> int:
    """Return the first instant of a limit's window."""
    window = limit.get("interval") or limit["per"]
    if not window.startswith("calendar_"):
        return clock - duration(window) + 1
    local = datetime.fromtimestamp(clock / 1000, ZoneInfo(zone))
    begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if window == "calendar_week":
        begin -= timedelta(days=local.weekday())
    elif window == "calendar_month":
        begin = begin.replace(day=1)
    return int(begin.timestamp() * 1000)


def means(scope: Mapping[str, Any], offer: Offer) -> bool:
    """Tell whether an offer is of a scope: named by every key that is given, and not exempt."""
    own = {
        "channels": offer.get("channel", "onsite"),
        "issues": offer.get("issue", "grow"),
        "groups": offer.get("group") or offer["name"],
        "actions": offer["name"],
    }
    exempt = any(
        own[key] in listed(scope.get(f"except_{key}", ())) for key in ("issues", "actions")
    )
    named = all(value in listed(scope[key]) for key, value in own.items() if key in scope)
    return named and not exempt


def arm_of(experiment: Mapping[str, Any], person: str) -> Mapping[str, Any] | None:
    """Return the person's arm, if it is in one."""
    salt = experiment.get("salt") or experiment["name"]
    digest = hashlib.blake2b(f"{salt}\x1f{person}".encode(), digest_size=8).digest()
    part = int.from_bytes(digest[:4], "big") * 1_000_000 >> 32
    end = 0
    arms: Sequence[Mapping[str, Any]] = experiment["arms"]
    for arm in arms:
        end += round(arm["share"] * 1_000_000)
        if part < end:
            return arm
    return None


def policy_of(arms: Mapping[str, Mapping[str, Any] | None]) -> str:
    """Return how is chosen for somebody in these arms."""
    policies = [arm.get("policy", "full") for arm in arms.values() if arm is not None]
    return next((one for one in policies if one not in ("full", "hold_out")), "full")


def is_held_out(arms: Mapping[str, Mapping[str, Any] | None], offer: Offer) -> bool:
    """Tell whether an arm is held out from an offer."""
    held = (arm for arm in arms.values() if arm is not None and arm.get("policy") == "hold_out")
    return any(means(arm, offer) for arm in held)
