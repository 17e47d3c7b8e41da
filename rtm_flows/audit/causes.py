"""Causes: whether every decision has the id that its event, or its timer, gives it.

In: the records of the input, then decisions. Out: of a decision, what is wrong with its id. Of a
record eight bytes are kept for each trigger that it can fire. It refuses to know what was decided.

The id of a decision is BLAKE2b (16 bytes, hexadecimal) of the job's name, the person's key, the
trigger's name, and the time, source and id of its event, joined by the byte 0x1F. Of a timer these
three are when it is due, the kind of the moment, and nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from rtm_flows.audit.declared import Declared, duration
from rtm_flows.audit.identities import short
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.records import Record
from rtm_flows.audit.triggers import EVENT, Triggers, own_id


class Causes:
    """What decisions may have been caused by.

    Parameters
    ----------
    declared
        The configuration.
    """

    def __init__(self, declared: Declared) -> None:
        self._job = declared.name
        self._triggers = Triggers(declared)
        self._in_order = declared.in_event_order
        # Copies that are accepted have a number in their ids, which nobody tells.
        self._copies = not duration(declared.dedup.window)
        plain = declared.input.format == "canonical" and declared.input.mapping is None
        self._named = plain and not self._copies
        self._known = array("Q")
        self._sorted = True

    def add(self, record: Record) -> None:
        """Take in a record of the input."""
        if not self._named:
            return
        for cause, clock in self._triggers.fired_by(record):
            own = own_id(self._job, record.person, cause)
            one = self._short(own, record.person, cause.trigger, clock, record.event_id)
            self._known.append(one)
            self._sorted = False

    def concern(self, decision: Decision) -> bool:
        """Tell whether the id of a decision can be proved.

        Those of timers need no input.
        """
        trigger = decision.trigger.type
        if not trigger.startswith(EVENT) and not self._triggers.on_event(trigger):
            return True
        return bool(self._known)

    def prove(self, decision: Decision) -> Iterator[str]:
        """Tell what is wrong with the id of a decision."""
        trigger, time = decision.trigger.type, ms(decision.decision_time)
        if self._triggers.by_timer(trigger):
            copy = 0 if self._copies else None
            cause = self._triggers.timer(trigger, time)
            own = own_id(self._job, decision.person, cause, copy)
            if own != decision.decision_id:
                yield f"a timer of {trigger!r} that is due then has the id {own!r}"
                return
        elif not self._triggers.on_event(trigger):
            yield f"the configuration has no trigger {trigger!r}"
            return
        if not self._known or not self._triggers.follows(trigger):
            return
        events = decision.trigger.event_ids
        event = events[-1] if events else ""
        told = self._short(decision.decision_id, decision.person, trigger, time, event)
        if not self._knows(told):
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
