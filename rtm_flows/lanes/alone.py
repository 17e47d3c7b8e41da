"""One person alone: what an event means for somebody of whom only the state is at hand.

In: a person's state, with the versions of the models that hold then, and an event. Out: what
decide says of it, and the state after. The steps are those of any worker, with one lane and nobody
else in it; nothing is kept from one event to the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.decide import Decide, Decided
from rtm_flows.lanes.kept import from_bytes, to_bytes
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.messages import KnownRows, LaneRows
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.span import Span

_LANE = 0


class PersonState(NamedTuple):
    """What two steps know of a person; see `Know.whole` and `Decide.whole`."""

    know: bytes
    decide: bytes

    @classmethod
    def of(cls, know: Know, decide: Decide, lane: int, person: str) -> PersonState:
        """Return what the two know of a person of a lane."""
        return cls(*(to_bytes(step.whole(lane, person)) for step in (know, decide)))


class Alone:
    """The steps that an event of one person goes through.

    Parameters
    ----------
    plan
        The job's constants, as `alone` returns them.
    choose
        Its catalogue, compiled; it is not changed.
    state
        What is known of the person.
    """

    def __init__(self, plan: Plan, choose: Chooser, state: PersonState) -> None:
        self._know, self._decide = Know(plan), Decide(plan, choose.anew())
        self._know.load(_LANE, *from_bytes(state.know))
        self._decide.load(_LANE, *from_bytes(state.decide))

    def take(self, rows: Iterable[tuple[int, LaneRows]], reach: int) -> tuple[Decided, bool]:
        """Take rows in, later than all before; return what is decided, and if one was accepted.

        Rows that want versions that are not known yet get the latest there are.

        Parameters
        ----------
        rows
            As they enter.
        reach
            How far time has come with them.
        """
        for lane, message in rows:
            self._know.take(lane, message)
        known = self._know.settle(reach)
        span = Span(known.rows, 0, len(known.rows))
        left = None if known.left is None else Span(known.left, 0, len(known.left))
        self._decide.take(_LANE, KnownRows(span, int(known.ticks[_LANE]), left))
        return self._decide.settle(), known.counts["accepted"] > 0

    def save(self, person: str) -> PersonState:
        """Return what is known of the person now."""
        return PersonState.of(self._know, self._decide, _LANE, person)


def alone(plan: Plan) -> Plan:
    """Return the constants with which one person is decided about: only decisions are written."""
    plan = plan._replace(lanes=1, partitions=1, scores=False, sessions=False, learning=False)
    # Among nobody else there is always room.
    return plan._replace(most=None)
