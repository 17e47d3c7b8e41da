"""What is known of a run beside its decisions: its configuration and its input.

In: a configuration, and records of the input. Out: the checks that these make possible. It refuses
to know which files they come from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rtm_flows.audit.arms import Arms
from rtm_flows.audit.causes import Causes
from rtm_flows.audit.choice import Chooser
from rtm_flows.audit.continuity import Believed
from rtm_flows.audit.declared import Declared, duration, offers_of
from rtm_flows.audit.fatigue import Pausing
from rtm_flows.audit.history import History
from rtm_flows.audit.limits import Contact, LimitBook
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.people import People
from rtm_flows.audit.record import Decision
from rtm_flows.audit.records import Reading, Record
from rtm_flows.audit.superseding import Superseding
from rtm_flows.audit.suppressions import Suppressing
from rtm_flows.audit.triggers import Triggers

Proof = Callable[[Decision], Iterator[str]]


class Shared(NamedTuple):
    """What is known of everybody, whatever the configuration is that judges it."""

    reading: Reading
    """Reads the input's records; `add` wants them."""
    outcomes: Outcomes
    history: History
    people: People
    superseding: Superseding
    contacts: dict[str, list[Contact]]

    @classmethod
    def of(cls, declared: Declared) -> Shared:
        """Return that nothing is known yet, for a run that begins with a configuration."""
        forgets = declared.people.after < math.inf
        ordered = declared.in_event_order
        outcomes = Outcomes(declared.contacts, in_order=ordered, forgets=forgets)
        history = History(declared)
        pausing = Pausing(declared, offers_of(declared.actions or ()))
        source = declared.input.source or declared.name
        return cls(
            Reading(source, duration(declared.time.ahead) or 0),
            outcomes,
            history,
            People(history, pausing, declared.people.after),
            Superseding(declared, outcomes),
            {},
        )

    def add(self, record: Record) -> None:
        """Take in a record of the input."""
        self.outcomes.add(record)
        self.history.add(record)


class Known:
    """A configuration and an input, and what can be proved with them.

    Parameters
    ----------
    declared
        The configuration.
    shared
        Of a run that had other configurations too, what is known of everybody.
    believed
        What is not proved.

    Raises
    ------
    ValueError
        If its zone is unknown.
    """

    def __init__(
        self, declared: Declared, shared: Shared | None = None, believed: Believed | None = None
    ) -> None:
        self._declared, self._believed = declared, believed or Believed()
        self._shared = shared or Shared.of(declared)
        self.reading = self._shared.reading
        self._causes, self._triggers = Causes(declared), Triggers(declared)
        chooser = Chooser(declared)
        of = declared, self._shared.outcomes, chooser.offers, self._shared.contacts
        self._limits = LimitBook(*of, self._believed.limits)
        self._pausing = Pausing(declared, chooser.offers, self._believed.pauses)
        self._suppressing = Suppressing(declared, chooser.offers)
        self._proofs: dict[str, Proof] = {
            "choice": chooser.prove,
            "arms": Arms(declared.experiments).prove,
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what is believed: none."""
        return ()

    def add(self, record: Record) -> None:
        """Take in a record of the input; all of them before any decision is looked at."""
        self._shared.outcomes.add(record)
        self.add_cause(record)
        if self._declared.suppressions is not None or self._declared.pauses:
            self._shared.history.add(record)

    def add_cause(self, record: Record) -> None:
        """Take in a record that others have taken in, for what it may have fired."""
        self._causes.add(record)

    def proofs(self, decision: Decision) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the checks of a decision, which must come in order, each with what it finds."""
        for check, proof in self._proofs.items():
            yield check, proof(decision)
        if self._causes.concern(decision):
            yield "identity", self._causes.prove(decision)
        if self._declared.people.most_per_lane is not None or self._believed.lives:
            # Who was forgotten depends on all people of a lane: what one had before is not known.
            return
        if self._declared.limits:
            yield "limits", self._limits.enter(decision)
        if self._declared.delivery.supersede != "none" or decision.supersedes is not None:
            yield "superseded", self._shared.superseding.enter(decision)
        if self._shared.history:
            yield from self._lived(decision)

    def _lived(self, decision: Decision) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the checks that look at what the person did before."""
        try:
            met = self._shared.people.at(decision, self._triggers)
        except ValueError as error:
            yield "order", iter([str(error)])
            return
        if met is None:
            return
        if self._declared.suppressions is not None and not self._believed.suppressions:
            yield "suppressions", self._suppressing.prove(decision, met.facts)
        if self._declared.pauses:
            yield "pauses", self._pausing.prove(decision, met.shown)
