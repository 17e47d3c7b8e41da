"""The engine in process: the whole path of a record in one worker, without a stream engine.

In: what enters. Out: what the writers hear, and the state of any person. `rtm.replay` and
`rtm.profiles` drive it; the Bytewax flow runs the same steps and must give the same answers.
"""

from __future__ import annotations

from typing import Protocol

from rtm_flows.columns import Table
from rtm_flows.decisions.fired import of_events
from rtm_flows.events.person import key_hashes
from rtm_flows.lanes.alone import PersonState
from rtm_flows.lanes.deal import lane_of
from rtm_flows.lanes.decide import Decide
from rtm_flows.lanes.entry import Entered
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.identity import Identity
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.messages import Known
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import (
    Written,
    contribution_of,
    rows_of,
    written_by_decide,
    written_by_fold,
    written_by_know,
)


class Watch(Protocol):
    """Whoever wants columns, and not only the lines that are written."""

    def scored(self, rows: Table) -> None:
        """Take note of the scored rows of a pass."""

    def closed(self, sessions: Table) -> None:
        """Take note of the sessions that ended in a pass."""

    def labelled(self, examples: Table) -> None:
        """Take note of the examples of all models that a pass gave."""


class Engine:
    """All steps of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    watch
        Hears of every pass in columns.
    """

    def __init__(self, plan: Plan, watch: Watch | None = None) -> None:
        self._plan = plan
        self._watch = watch
        self._identity = Identity(plan.lanes, plan.partitions)
        self._know = Know(plan)
        self._fold = Fold(plan)
        self._decide = Decide(plan)

    @property
    def persons(self) -> list[str]:
        """The keys of all people known."""
        return self._know.persons

    def knows(self, person: str) -> bool:
        """Tell whether anything is known of a person, by key."""
        return self._know.knows(person)

    def push(self, entered: Entered) -> list[Written]:
        """Take one batch all the way; return what the writers hear."""
        self._identity.take_all(entered.rows)
        self._know.take_all(self._identity.run())
        known = self._know.run()
        written: list[Written] = list(entered.written)
        return written if known is None else written + self._hear(known)

    def settle(self, reach: int) -> list[Written]:
        """Work on all that waits, and let time come as far as `reach`; return what writers hear.

        The history is whole so far, but not at its end: nothing that is open is closed, and no
        event of a time before `reach` may follow.
        """
        return self._hear(self._know.settle(reach))

    def begin(self, partitions: int) -> None:
        """Let another input come, of so many partitions; all before must be settled."""
        self._identity = Identity(self._plan.lanes, partitions)

    def save(self, person: str) -> PersonState:
        """Return what is known of a person, known or not; all must be settled."""
        lane = lane_of(key_hashes([person]), self._plan.lanes).tolist()[0]
        return PersonState.of(self._know, self._decide, lane, person)

    def _hear(self, known: Known) -> list[Written]:
        """Let fold and decide hear of a pass of know."""
        if self._watch is not None:
            self._watch.closed(known.sessions)
            self._watch.labelled(known.examples)
        written = written_by_know(known, self._plan)
        self._decide.take_all(rows_of(known))
        versions = self._fold.run([contribution_of(known)])
        if versions is not None:
            self._decide.take_all([(lane, versions) for lane in range(self._plan.lanes)])
            written += written_by_fold(self._fold)
        return written + self._decided()

    def _decided(self) -> list[Written]:
        decided = self._decide.run()
        if decided is None:
            return []
        if decided.scored is not None and self._watch is not None:
            self._watch.scored(of_events(decided.scored))
        return written_by_decide(decided)
