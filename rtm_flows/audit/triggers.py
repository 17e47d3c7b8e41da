"""Triggers: what a record of the input may fire, and with which parts of an id.

In: the moments as they are written in a configuration, and records. Out: for a record, the parts of
every decision's id that it can be the cause of. They refuse to know whether anything fired.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from rtm_flows.audit.declared import Declared, Moment, Names, duration, listed
from rtm_flows.audit.records import Record

EVENT = "event:"
"""The triggers that events fire begin so."""
ON_EVENTS = ("sequence", "count", "score_crossing")
"""Kinds of moments that fire on an event; their decisions have its place."""
_CHECKOUT = ("begin_checkout", "add_shipping_info", "add_payment_info")


class Cause(NamedTuple):
    """What the id of a decision is made of, beside job and person."""

    trigger: str
    time: int
    source: str
    id: str


class Firing(NamedTuple):
    """What a record may fire: the cause, and when that is decided on, as far as it is known."""

    cause: Cause
    clock: int


class Triggers:
    """The triggers of a job.

    Parameters
    ----------
    declared
        The configuration.
    """

    def __init__(self, declared: Declared) -> None:
        self.moments = {moment.name: moment for moment in declared.triggers.moments}
        gap = duration(declared.sessions.gap) or 0
        # In the order of arrival the clock of what sets a timer is not known.
        settable = self.moments.values() if declared.in_event_order else ()
        spans = ((moment, _span(moment, gap)) for moment in settable)
        self._timers = [(moment, span) for moment, span in spans if span is not None]
        self._fixed = {moment.name for moment, _ in self._timers}

    def on_event(self, trigger: str) -> bool:
        """Tell whether what fires is an event, or a moment on one."""
        return trigger.startswith(EVENT) or self._kind(trigger) in ON_EVENTS

    def by_timer(self, trigger: str) -> bool:
        """Tell whether what fires is a timer."""
        return self._kind(trigger) not in ("", *ON_EVENTS)

    def follows(self, trigger: str) -> bool:
        """Tell whether when it fires follows from the one event that it names."""
        return self.on_event(trigger) or trigger in self._fixed

    def timer(self, trigger: str, due: int) -> Cause:
        """Return the cause of a timer that fires when it is due."""
        return Cause(trigger, due, self._kind(trigger), "")

    def fired_by(self, record: Record) -> Iterator[Firing]:
        """Yield what a record may fire, but for timers that hang on others too."""
        if not record.type:
            return
        names = [f"{EVENT}{record.type}"]
        names += [
            moment.name
            for moment in self.moments.values()
            if moment.kind in ON_EVENTS and _is_of(_last_types(moment), record.type)
        ]
        for name in names:
            cause = Cause(name, record.time, record.source, record.event_id)
            yield Firing(cause, record.time)
        for moment, span in self._timers:
            if _is_of(_setting_types(moment), record.type):
                due = record.time + span
                yield Firing(self.timer(moment.name, due), due)

    def _kind(self, trigger: str) -> str:
        moment = self.moments.get(trigger)
        return "" if moment is None else moment.kind


def own_id(job: str, person: str, cause: Cause, copy: int | None = None) -> str:
    """Return the id of a decision; `copy` is told where copies are accepted."""
    parts = (job, person, *cause) if copy is None else (job, person, *cause, copy)
    text = "\x1f".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _span(moment: Moment, gap: int) -> int | None:
    """Return how long after one event a timer is due; None where others have a say in it."""
    if moment.kind == "session_end":
        return gap
    if moment.kind == "absence":
        return duration(moment.within)
    fixed = moment.kind == "silence" and moment.quantile is None
    return duration(moment.after) if fixed or moment.kind == "checkout_abandonment" else None


def _setting_types(moment: Moment) -> Names:
    types = {"checkout_abandonment": _CHECKOUT, "absence": moment.after_types}
    return types.get(moment.kind, "*")


def _last_types(moment: Moment) -> Names:
    """Return the types of the event that a moment fires on."""
    types = {"sequence": moment.then, "count": moment.types}
    return types.get(moment.kind, "*")


def _is_of(types: Names, one: str) -> bool:
    names = listed(types)
    if names[:1] == ("!",):
        return one not in names[1:]
    return "*" in names or one in names
