"""Causes: whether every decision has the id that its event gives it.

In: the records of the input, then decisions. Out: of a decision, what is wrong with its id. Of a
record with an id of its own eight bytes are kept. It refuses to know what was decided.

The id of a decision is BLAKE2b (16 bytes, hexadecimal) of the job's name, the person's key, the
trigger's name, and the time, source and id of its event, joined by the byte 0x1F. Ids that the
decider derives for records without one are taken from the decision; their time is then that of the
decision, and their source one of those that the input names.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from rtm_flows.audit.identities import short
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.records import Record

EVENT = "event:"
"""The triggers that events fire begin so; what others make their ids of is not looked at."""


class Causes:
    """What decisions may have been caused by.

    Parameters
    ----------
    job
        Its name.
    in_order
        Whether the time of a decision is that of its event.
    """

    def __init__(self, job: str, *, in_order: bool) -> None:
        self._job = job
        self._in_order = in_order
        self._known = array("Q")
        self._sources: set[str] = set()
        self._sorted = True

    def add(self, record: Record) -> None:
        """Take in a record of the input."""
        self._sources.add(record.source)
        if record.id and record.type:
            trigger = EVENT + record.type
            cause = record.person, trigger, record.time, record.source, record.id
            own = self._id(*cause)
            self._known.append(self._short(own, record.person, trigger, record.time, record.id))
            self._sorted = False

    def concern(self, decision: Decision) -> bool:
        """Tell whether the id of a decision can be proved."""
        ids = decision.trigger.event_ids
        told = decision.trigger.type.startswith(EVENT) and len(ids) == 1
        return told and (self._in_order or not ids[0].startswith("~"))

    def prove(self, decision: Decision) -> Iterator[str]:
        """Tell whether no record of the input gives a decision its id."""
        (event,) = decision.trigger.event_ids
        time, trigger = ms(decision.decision_time), decision.trigger.type
        own = self._short(decision.decision_id, decision.person, trigger, time, event)
        if self._knows(own):
            return
        if self._in_order and event.startswith("~"):
            causes = ((decision.person, trigger, time, one, event) for one in self._sources)
            if any(self._id(*cause) == decision.decision_id for cause in causes):
                return
        yield f"no record of the input gives it this id, as event {event!r}"

    def _knows(self, one: int) -> bool:
        if not self._sorted:
            ordered = np.sort(np.frombuffer(self._known, dtype=np.uint64))
            self._known, self._sorted = array("Q", ordered.tobytes()), True
        at = bisect_left(self._known, one)
        return at < len(self._known) and self._known[at] == one

    def _short(self, own: str, person: str, trigger: str, time: int, event: str) -> int:
        """Return eight bytes for a decision and what it tells of its event.

        In the order of arrival it does not tell the event's time.
        """
        return short(f"{own}\x1f{person}\x1f{trigger}\x1f{time * self._in_order}\x1f{event}")

    def _id(self, person: str, trigger: str, time: int, source: str, event: str) -> str:
        text = f"{self._job}\x1f{person}\x1f{trigger}\x1f{time}\x1f{source}\x1f{event}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
