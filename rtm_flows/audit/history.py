"""History: what every person did, in the order in which it was taken in.

In: the records of the input, then places up to which a person's are asked for. Out: the records
that became events, each once, in their order. It refuses to know what they mean.

Events are taken in by time, source and id, whichever record came first; one with the source and
id of an accepted one is a copy of it, if their times are near. Of records some hundred bytes are
kept, until they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from rtm_flows.audit.declared import Declared, duration
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.records import Record
from rtm_flows.audit.triggers import Cause, Triggers, own_id

_LAST = "\U0010ffff"
"""Behind every source."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Record).decode


class Place(NamedTuple):
    """Where an event stands among those of its person."""

    time: int
    source: str
    id: str
    """Without the number of a derived one."""
    copy: int
    """That number; 0 where the record has an id of its own."""


class _Life:
    """The records of a person that nobody asked for yet, the next one last."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.sorted = False
        self.asked = Place(-1, "", "", 0)
        self.latest: Record | None = None
        self.doubtful = False
        """Two records of one place tell different things: which of them counts is not known."""


class History:
    """The events of everybody.

    Parameters
    ----------
    declared
        The configuration.
    """

    def __init__(self, declared: Declared) -> None:
        self._job = declared.name
        self._window = duration(declared.dedup.window) or 0
        self._lives: dict[str, _Life] = {}
        self._sources: dict[str, None] = {}
        plain = declared.input.format == "canonical" and declared.input.mapping is None
        self.told = plain and declared.in_event_order and self._window > 0
        """Whether the input tells in which order events were taken in."""

    def add(self, record: Record) -> None:
        """Take in a record of the input; all of them before any place is asked for."""
        if self.told and record.type:
            self._sources.setdefault(record.source)
            self._lives.setdefault(record.person, _Life()).records.append(_pack(record))

    def __bool__(self) -> bool:
        """Tell whether there was any input."""
        return bool(self._lives)

    def place(self, decision: Decision, triggers: Triggers) -> Place | None:
        """Return up to where a person's events were known to a decision; None if that is not told.

        So it is where no record fits the decision, and of a person of whom two records have one
        time, source and id, but do not say the same.

        To what a timer fires, all are known that are not later than it.
        """
        life = self._lives.get(decision.person)
        if life is not None and not life.sorted:
            self._sort(life)
        if life is not None and life.doubtful:
            return None
        trigger, time = decision.trigger.type, ms(decision.decision_time)
        if triggers.by_timer(trigger):
            return Place(time, _LAST, "", 0)
        events = decision.trigger.event_ids
        event = events[-1] if events else ""
        for source in self._sources:
            cause = Cause(trigger, time, source, event)
            if own_id(self._job, decision.person, cause) == decision.decision_id:
                return Place(time, source, *_parted(event))
        return None

    def until(self, person: str, place: Place) -> Iterator[Record]:
        """Yield the events of a person up to a place that were not asked for before.

        Raises
        ------
        ValueError
            If some behind the place were asked for before.
        """
        life = self._lives.get(person)
        if life is None:
            return
        if place < life.asked:
            msg = f"events up to {life.asked} were known to a decision that stands before it"
            raise ValueError(msg)
        life.asked = place
        while life.records:
            record = _unpack(life.records[-1])
            if _place(record) > place:
                return
            life.records.pop()
            life.latest = record
            yield record

    def item(self, person: str, place: Place) -> str:
        """Return the item of the event at a place, the latest one asked for; empty without one."""
        life = self._lives.get(person)
        latest = None if life is None else life.latest
        return latest.item if latest is not None and _place(latest) == place else ""

    def _sort(self, life: _Life) -> None:
        """Put the records of a person in order, without copies and each with its number."""
        known: dict[tuple[str, str], list[int]] = {}
        events: list[bytes] = []
        before: Record | None = None
        copy = 0
        for record in sorted(map(_unpack, life.records), key=_canonical):
            same = before is not None and _canonical(before) == _canonical(record)
            life.doubtful |= same and before is not None and _said(before) != _said(record)
            before, copy = record, copy + 1 if same else 0
            if not record.id:
                base = _parted(record.given)[0]
                events.append(_pack(record._replace(given=f"{base}-{copy}")))
                continue
            times = known.setdefault((record.source, record.id), [])
            if all(abs(record.time - time) > self._window for time in times):
                times.append(record.time)
                events.append(_pack(record))
        life.records, life.sorted = events[::-1], True


def _place(record: Record) -> Place:
    return Place(record.time, record.source, *_parted(record.event_id))


def _parted(event: str) -> tuple[str, int]:
    """Return a derived id and its number; one of another form as it is, with 0."""
    base, dash, number = event.rpartition("-")
    derived = len(event) > 17 and event.startswith("~") and dash and number.isdecimal()
    return (base, int(number)) if derived else (event, 0)


def _canonical(record: Record) -> tuple[int, str, str]:
    """Return what events are ordered by."""
    return record.time, record.source, _parted(record.event_id)[0]


def _said(record: Record) -> tuple[object, ...]:
    """Return what a record tells that books look at."""
    names = record.item, record.order, record.case, record.action, record.treatment
    return (record.type, record.quantity, *names)
