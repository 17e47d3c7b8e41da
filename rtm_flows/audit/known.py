"""What is known of a run beside its decisions: its configuration and its input.

In: a configuration, and records of the input. Out: the checks that these make possible. It refuses
to know which files they come from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from rtm_flows.audit.arms import Arms
from rtm_flows.audit.causes import Causes
from rtm_flows.audit.choice import Chooser
from rtm_flows.audit.declared import Declared, duration
from rtm_flows.audit.fatigue import Pausing
from rtm_flows.audit.history import History
from rtm_flows.audit.limits import LimitBook
from rtm_flows.audit.outcomes import Outcomes
from rtm_flows.audit.people import People
from rtm_flows.audit.record import Decision
from rtm_flows.audit.records import Reading, Record
from rtm_flows.audit.superseding import Superseding
from rtm_flows.audit.suppressions import Suppressing

Proof = Callable[[Decision], Iterator[str]]


class Known:
    """A configuration and an input, and what can be proved with them.

    Parameters
    ----------
    declared
        The configuration.

    Raises
    ------
    ValueError
        If its zone is unknown.
    """

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        ordered = declared.in_event_order
        source = declared.input.source or declared.name
        self.reading = Reading(source, duration(declared.time.ahead) or 0)
        """Reads the input's records; `add` wants them."""
        forgets = declared.people.after < math.inf
        self._outcomes = Outcomes(declared.contacts, in_order=ordered, forgets=forgets)
        self._causes = Causes(declared)
        chooser = Chooser(declared)
        self._limits = LimitBook(declared, self._outcomes, chooser.offers)
        self._superseding = Superseding(declared, self._outcomes)
        self._pausing = Pausing(declared, chooser.offers)
        self._suppressing = Suppressing(declared, chooser.offers)
        self._history = History(declared)
        self._people = People(self._history, self._pausing, declared.people.after)
        self._proofs: dict[str, Proof] = {
            "choice": chooser.prove,
            "arms": Arms(declared.experiments).prove,
        }

    def add(self, record: Record) -> None:
        """Take in a record of the input; all of them before any decision is looked at."""
        self._outcomes.add(record)
        self._causes.add(record)
        if self._declared.suppressions is not None or self._declared.pauses:
            self._history.add(record)

    def proofs(self, decision: Decision) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the checks of a decision, which must come in order, each with what it finds."""
        for check, proof in self._proofs.items():
            yield check, proof(decision)
        if self._causes.concern(decision):
            yield "identity", self._causes.prove(decision)
        if self._declared.people.most_per_lane is not None:
            # Who was forgotten depends on all people of a lane: what one had before is not known.
            return
        if self._declared.limits:
            yield "limits", self._limits.enter(decision)
        if self._declared.delivery.supersede != "none" or decision.supersedes is not None:
            yield "superseded", self._superseding.enter(decision)
        if self._history:
            yield from self._lived(decision)

    def _lived(self, decision: Decision) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the checks that look at what the person did before."""
        try:
            met = self._people.at(decision)
        except ValueError as error:
            yield "order", iter([str(error)])
            return
        if met is None:
            return
        if self._declared.suppressions is not None:
            yield "suppressions", self._suppressing.prove(decision, met.facts)
        if self._declared.pauses:
            yield "pauses", self._pausing.prove(decision, met.shown)
