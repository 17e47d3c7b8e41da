"""Fatigue: what rests as it was shown again and again without success, counted again.

In: the events of one person, in their order, then decisions. Out: sentences, one for each offer
that is paused without cause, or is not though it must be. It refuses to know what else holds an
offer back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from rtm_flows.audit.declared import Declared, Offer, Pause, Responses, duration
from rtm_flows.audit.record import Candidate, Decision, Key, ms
from rtm_flows.audit.records import Record

Counter = tuple[str, ...]
"""What is counted together: the name of a pause, and of what it counts by."""


class Shown(msgspec.Struct, gc=False):
    """What one person was shown in vain."""

    times: dict[Counter, list[int]] = {}
    """When, since a success or a pause came of it."""
    rests: dict[Counter, int] = {}
    """Until when it is not offered."""


class Pausing:
    """The pauses of a run.

    Parameters
    ----------
    declared
        The configuration.
    offers
        The catalogue; candidates that are not in it are not looked at.
    believed
        Names of pauses of which not all showings are known.
    """

    def __init__(
        self, declared: Declared, offers: Mapping[Key, Offer], believed: Collection[str] = ()
    ) -> None:
        self._believed = believed
        rule = declared.responses or Responses()
        self._shown, self._positive = frozenset(rule.shown), frozenset(rule.positive)
        self._pauses = declared.pauses
        self._offers = offers
        self.names = frozenset(pause.name for pause in self._pauses)

    def take(self, shown: Shown, record: Record) -> None:
        """Take in an event of a person."""
        if record.type not in self._shown | self._positive:
            return
        forms = self._forms(record)
        for pause in self._pauses:
            # In which of its treatments an action was shown, and so in which channel, is not known.
            if len(forms) > 1 and pause.by in ("treatment", "channel"):
                continue
            for counter in {_counter(pause, form) for form in forms if pause.means(form)}:
                self._count(shown, pause, counter, record)

    def prove(self, decision: Decision, shown: Shown) -> Iterator[str]:
        """Tell what is not as the pauses have it."""
        now = ms(decision.decision_time)
        for candidate in decision.candidates:
            offer = self._offers.get(candidate.key)
            if offer is not None and candidate.passed:
                yield from self._held(candidate, self._resting(shown, offer, now))

    def _forms(self, record: Record) -> Sequence[Offer]:
        """Return the offers that an event may tell of."""
        return [
            offer
            for offer in self._offers.values()
            if offer.name == record.action and record.treatment in ("", offer.treatment)
        ]

    def _count(self, shown: Shown, pause: Pause, counter: Counter, record: Record) -> None:
        if record.type in self._positive:
            shown.times.pop(counter, None)
            shown.rests.pop(counter, None)
        if record.type in self._shown:
            since = record.time - (duration(pause.within) or 0)
            times = [time for time in shown.times.get(counter, ()) if time > since]
            shown.times[counter] = [*times, record.time]
            if len(times) + 1 >= pause.after:
                del shown.times[counter]
                shown.rests[counter] = record.time + (duration(pause.lasts) or 0)

    def _resting(self, shown: Shown, offer: Offer, now: int) -> str | None:
        """Return the first pause by which an offer is not offered now."""
        for pause in self._pauses:
            if pause.name in self._believed:
                continue
            if pause.means(offer) and now < shown.rests.get(_counter(pause, offer), now):
                return pause.name
        return None

    def _held(self, candidate: Candidate, wanted: str | None) -> Iterator[str]:
        """Prove that an offer that is open rests exactly where it must."""
        if candidate.fate in ("below_cost", "below_floor", "suppressed"):
            return
        paused = candidate.fate == "held_back" and candidate.reason in self.names
        told = candidate.reason if paused else None
        if told == wanted or told in self._believed:
            return
        if wanted is None:
            yield f"{candidate.key} is held back by {told!r}, which does not pause it"
        else:
            what = f"{candidate.fate}: {candidate.reason!r}"
            yield f"{candidate.key} is paused by {wanted!r}, but is {what}"


def _counter(pause: Pause, offer: Offer) -> Counter:
    by = {
        "action": (offer.name,),
        "treatment": (offer.name, offer.treatment),
        "group": (offer.group,),
        "channel": (offer.channel,),
    }
    return (pause.name, *by.get(pause.by, ()))
