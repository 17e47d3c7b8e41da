"""Superseding: which earlier decision a new one takes the place of, found again.

In: decisions in their order, and outcomes. Out: sentences, one for each decision that names another
one than it must, or none where it must. It refuses to know what becomes of contacts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rtm_flows.audit.declared import Declared
from rtm_flows.audit.outcomes import Outcomes, Place, place_of
from rtm_flows.audit.record import Decision, ms

_Slot = tuple[str | None, ...]
"""A person, and that of which only the latest decision holds."""


class _Latest(NamedTuple):
    decision_id: str
    place: Place
    expires: int


class Superseding:
    """The latest decisions of everybody.

    Parameters
    ----------
    declared
        The configuration.
    outcomes
        What the input told.
    """

    def __init__(self, declared: Declared, outcomes: Outcomes) -> None:
        self._by = declared.delivery.supersede
        self._outcomes = outcomes
        self._latest: dict[_Slot, _Latest] = {}

    def enter(self, decision: Decision) -> Iterator[str]:
        """Take in a decision, and tell whether it names the one that it must."""
        wanted: tuple[str | None, ...] = (None,)
        if self._by != "none" and decision.acts and not decision.held_out:
            now = place_of(decision)
            wanted = self._superseded(decision, now)
            if decision.expires_at is not None:
                end = ms(decision.expires_at)
                self._latest[self._slot(decision)] = _Latest(decision.decision_id, now, end)
        if decision.supersedes not in wanted:
            yield f"it supersedes {decision.supersedes!r}, but must {_named(wanted)}"

    def _superseded(self, decision: Decision, now: Place) -> tuple[str | None, ...]:
        """Return the ids of which one must be named."""
        latest = self._latest.get(self._slot(decision))
        if latest is None or now.time >= latest.expires:
            return (None,)
        told = latest.decision_id, latest.place, now
        settled = self._outcomes.settled(decision.person, *told)
        failed = self._outcomes.failed(decision.person, *told)
        if settled.surely or failed.surely:
            return (None,)
        perhaps = settled.perhaps or failed.perhaps
        return (latest.decision_id, None) if perhaps else (latest.decision_id,)

    def _slot(self, decision: Decision) -> _Slot:
        slots: dict[str, _Slot] = {
            "placement": (decision.channel, decision.placement),
            "action": (decision.name, decision.channel),
        }
        return (decision.person, *slots.get(self._by, (decision.channel,)))


def _named(wanted: tuple[str | None, ...]) -> str:
    return "supersede none" if wanted == (None,) else f"supersede {wanted[0]!r}"
