"""Decisions within a request: what is to be done now for one person.

In: a profile, and an event. Out: what the flow would write. Nothing is changed, nothing is read,
and no clock is looked at: the same profile and event give the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.config import Job
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.record_batches import Record, RecordBatches
from rtm_flows.decisions.fired import TRIGGER
from rtm_flows.errors import InputError, ProfileError
from rtm_flows.events.mapping import CANONICAL
from rtm_flows.lanes.alone import Alone, alone
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.entry import Entry
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.type_sets import contains
from rtm_flows.serve.decided import Decided
from rtm_flows.serve.profile import Profile
from rtm_flows.times import format_time

REQUEST = "decision_requested"
"""The type of an event that says none."""

_IDS = {"u": "user_id", "a": "anonymous_id"}
_KEPT = 8


class Decider:
    """A job, compiled to decide about one person at a time.

    It may be shared by threads, which take turns.

    Parameters
    ----------
    job
        What to do.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> from rtm_flows.serve.profiles import profiles
    >>> job = load({"name": "shop"})
    >>> ann = profiles(job, [])["ann"]
    >>> decided = Decider(job).decide(ann, {"time": "2026-03-02T10:00:00Z"})
    >>> decided.decision.name, decided.scores, decided.profile.time
    ('no_action', {'intent': 0.05}, 1772445600000)
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._plan = alone(Plan.of(job, 1))
        self._choose = Chooser(self._plan)
        own = parser_of(job)
        canonical = job.input.format == "canonical"
        self._own, self._canonical = own, own if canonical else parser_of(job, mapping=CANONICAL)
        self._lock = Lock()

    def decide(self, profile: Profile, context: Record) -> Decided:
        """Decide on an event of a person; as `decide`."""
        if profile.digest != self._plan.digest:
            msg = (
                f"the profile of {profile.person} belongs to another job: its digest is "
                f"{profile.digest}, that of {self._plan.name} is {self._plan.digest}; make it anew"
            )
            raise ProfileError(msg)
        with self._lock:
            return self._decide(profile, context)

    def _decide(self, profile: Profile, context: Record) -> Decided:
        batch = self._read(profile, context)
        if not len(batch.table):
            return Decided("ignored", (), {}, None, profile, profile.reach, None)
        time, kind = int(batch.table["time"][0]), str(batch.table["type"][0])
        self._check(profile, str(batch.table["person"][0]), time)
        reach = max(profile.reach, self._plan.reach(time))
        entry = Entry(self._plan, 0, in_order=not self._plan.log_order, mark=profile.reach)
        after = Alone(self._plan, self._choose, profile.state)
        found, accepted = after.take(entry.take(batch).rows, reach)
        lines = tuple(found.lines[0].lines)
        if not accepted or found.scored is None:
            return Decided("duplicate", lines, {}, None, profile, reach, after)
        at = _place(found.scored)
        scores = zip(self._plan.model_names, found.scored["scores"][at].tolist(), strict=True)
        # Moments on the event stand behind it; they fire whatever its type.
        behind = len(found.scored) - 1 - at
        own = len(lines) - 1 - behind if contains(self._plan.triggers, kind) else None
        return Decided("accepted", lines, dict(scores), own, profile, reach, after)

    def _read(self, profile: Profile, context: Record) -> Batch:
        """Return the event of a context as a batch; what it does not say is filled in."""
        given = isinstance(context, bytes)
        parser = self._own if given else self._canonical
        record = context if isinstance(context, bytes) else _whole(context, profile.person)
        batch = RecordBatches("context", parser, self._job.input.max_record_bytes).take([record])
        for dead in batch.dead:
            place = "" if dead.field is None else f" at {dead.field}"
            msg = f"context: is no event: {dead.reason}{place}, {dead.detail}"
            raise InputError(msg)
        if not batch.records:
            msg = "context: must be one JSON object; got nothing but white space"
            raise InputError(msg)
        return batch

    def _check(self, profile: Profile, person: str, time: int) -> None:
        """Refuse an event of somebody else, or of the past."""
        if person != profile.person:
            msg = f"context: must be an event of {profile.person}, as the profile; got {person}"
            raise InputError(msg)
        if time < profile.reach:
            msg = (
                f"context: time must not be before {format_time(profile.reach)}, up to which all "
                f"is known; got {format_time(time)}. Give the later of the two"
            )
            raise InputError(msg)


_DECIDERS: dict[int, tuple[Job, Decider]] = {}


def decide(job: Job, profile: Profile, context: Record) -> Decided:
    """Decide what to do now for a person: what the flow would decide, the same bytes.

    Nothing is changed, and no clock is looked at.

    Parameters
    ----------
    job
        What to do. It is compiled when it is first used; a `Decider` of one's own keeps it so.
    profile
        What is known of the person: `rtm_flows.profiles` has it.
    context
        The event to decide on, as a mapping of canonical fields, whatever the job's input format.
        It needs `time` (text, a number, or a datetime with its zone). Without `type` it is a
        `decision_requested`, without an id of a person it is of the profile's, and without `id`
        that is derived. Bytes are one JSON record in the job's input format instead.

    Returns
    -------
    Decided
        The event's decision as `.decision`, its line as `.json`; what else came up, the scores, and
        the profile after.

    Raises
    ------
    ProfileError
        If the profile is of another job.
    InputError
        If the context is no event, of somebody else, or of a time before the profile's.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> from rtm_flows.serve.profiles import profiles
    >>> job = load({"name": "shop"})
    >>> shop = profiles(job, [{"time": "2026-03-02T10:00:00Z", "type": "add_to_cart",
    ...                        "user_id": "ann", "item_id": "hat", "price": 30}])
    >>> decided = decide(job, shop["ann"], {"time": "2026-03-02T10:00:30Z"})
    >>> decided.decision.trigger.type, decided.decision.features["cart_value"]
    ('event:decision_requested', 30.0)
    """
    known = _DECIDERS.get(id(job))
    if known is None:
        while len(_DECIDERS) >= _KEPT:
            _DECIDERS.pop(next(iter(_DECIDERS)), None)
        # The job is kept too: as long as it is, its id is nobody else's.
        known = _DECIDERS[id(job)] = job, Decider(job)
    return known[1].decide(profile, context)


def _place(rows: Table) -> int:
    """Return which of scored rows is that of the latest event: not of a moment, nor of a timer."""
    events = np.ones(len(rows), dtype=np.bool_)
    if TRIGGER in rows:
        events = (rows[TRIGGER] == 0) & np.asarray(rows["type"] != "", dtype=np.bool_)
    return int(np.flatnonzero(events)[-1])


def _whole(context: Mapping[str, Any], person: str) -> dict[str, Any]:
    """Return a context with what it does not say: its type, and whose it is."""
    said = {name for name, value in context.items() if value is not None and value != ""}
    filled = {} if "type" in said else {"type": REQUEST}
    if not said & set(_IDS.values()):
        filled[_IDS[person[0]]] = person[2:]
    return {**context, **filled}
