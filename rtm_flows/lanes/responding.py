"""Responding: the decisions and outcomes that a pass of know holds, and what came of them.

In: accepted events of a pass with their features, and the passing of time. Out: decisions whose
horizon is over, orphans with what they said, and counts. A row's decision id is a hash of what
caused it, so it is known here before anything is decided; what was chosen is known only from the
outcomes that say so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.decisions.fired import TRIGGER, trigger_names
from rtm_flows.decisions.id_numbers import numbers_of
from rtm_flows.decisions.responses import LISTS, Responses
from rtm_flows.decisions.served_rows import digests, ids_of
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.answers import (
    NO_CANDIDATE,
    NO_DECISION,
    Asked,
    Decisions,
    Heard,
    Rule,
)
from rtm_flows.people.moment_kinds import ScoreCrossing
from rtm_flows.people.pool import Pool
from rtm_flows.people.remembered import Remembered
from rtm_flows.people.responses import FIELDS, Waiting
from rtm_flows.people.rows import Bools, Rows
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import TypeSets, contains
from rtm_flows.rounding import round6

_HEX = frozenset("0123456789abcdef")
_ID = 32
_SAID = ("id", "type", "decision_id", "action", "treatment")


class Answered(NamedTuple):
    """What came of a pass, or of time that passed."""

    settled: Table
    """As `rtm_flows.people.answers.Heard` tells them."""
    orphans: Table
    """`slot`, `time` (the clock), `reason`, and the event's `id`, `type`, `decision_id`, `action`,
    `treatment`."""
    outcomes: dict[str, int]
    """How many events of each list there were, orphans included."""


class Happening(NamedTuple):
    """Accepted events of a pass."""

    rows: Rows
    events: Table
    number: Ints
    """The person's running number of each event."""
    x: NDArray[np.float64]
    patterns: Table | None
    """Moments that fire on them: `row`, `moment`; None where the job has none."""


class Responding:
    """What is kept of decisions and outcomes of the people of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    rule
        Its rule of responses.

    Attributes
    ----------
    nothing
        What comes of a pass without events.
    """

    def __init__(self, plan: Plan, rule: Responses) -> None:
        self._plan, self._rule = plan, rule
        self._lists = {name: getattr(rule, name) for name in LISTS}
        self._sets = TypeSets([plan.triggers, rule.types])
        self._places = candidates_of(plan.actions).places
        crossings = [
            place
            for place, one in enumerate(plan.moments, start=1)
            if isinstance(one, ScoreCrossing)
        ]
        self._crossings: Ints = np.array(crossings, dtype=np.int64)
        self._waiting = Waiting(
            Rule(rule.horizon_ms, rule.within_ms, rule.remembered, rule.waiting), len(crossings)
        )
        self.nothing = self.cut(People(FIELDS), np.zeros(0, dtype=np.bool_))

    @property
    def runs(self) -> tuple[Remembered | Pool, ...]:
        """All of which every person has another number."""
        return self._waiting.runs

    def remember(self, slots: Ints, timers: Table) -> None:
        """Remember the decisions of timers that fired, given their people and rows."""
        names = trigger_names(timers, self._plan.moment_names).tolist()
        ids = ids_of(self._plan.name, timers, names)
        digest = _digests(timers["x"])
        self._waiting.remember(slots, timers["time"], numbers_of(ids), digest)

    def follow(self, happening: Happening, people: People) -> Answered:
        """Take in the accepted events of a pass, with their features and the moments on them."""
        rows, events, number, _, _ = happening
        masks = self._sets.masks(events["type"])
        outcomes = np.flatnonzero(masks[self._rule.types])
        said = events.take(outcomes).only(_SAID)
        named, candidate = self._named(said)
        asked = Asked(
            rows=rows,
            number=number,
            fired=self._fired(happening, np.flatnonzero(masks[self._plan.triggers])),
            possible=self._possible(happening) if len(self._crossings) else None,
            outcomes=outcomes,
            named=named,
            candidate=candidate,
            positive=self._positive(said),
        )
        heard = self._waiting.follow(asked, people)
        row = heard.orphans["row"]
        orphans = said.take(np.searchsorted(outcomes, row)).with_columns(
            {"slot": rows.slot[row], "time": rows.clock[row], "reason": heard.orphans["reason"]}
        )
        return Answered(heard.settled, orphans, self._count(said))

    def due(self, people: People, times: Ints) -> Answered:
        """Return what is over before the time of its slot."""
        return _quiet(self._waiting.due(people, times))

    def cut(self, people: People, here: Bools) -> Answered:
        """Return all that waits of some people."""
        return _quiet(self._waiting.cut(people, here))

    def _fired(self, happening: Happening, fired: Ints) -> Decisions:
        """Return the decisions that rows fire, given those whose type is a trigger."""
        moment = np.zeros(len(fired), dtype=np.int64)
        if happening.patterns is not None:
            fired = np.concatenate([fired, happening.patterns["row"]])
            moment = np.concatenate([moment, happening.patterns["moment"]])
            order = np.argsort(fired, kind="stable")
            fired, moment = fired[order], moment[order]
        return Decisions(fired, self._ids(happening, fired, moment), _digests(happening.x[fired]))

    def _possible(self, happening: Happening) -> Decisions:
        """Return the decisions that rows would fire if all scores crossed on each of them.

        On which they do only decide can see, by scores that are not known here.
        """
        most = len(self._crossings)
        row = np.repeat(happening.rows.index, most)
        moment = np.tile(self._crossings, happening.rows.n)
        digest = np.repeat(_digests(happening.x), most)
        return Decisions(row, self._ids(happening, row, moment), digest)

    def _ids(self, happening: Happening, row: Ints, moment: Ints) -> Ints:
        """Return the ids of the decisions that rows fire, as numbers."""
        events = happening.events
        causes = events.take(row).with_columns({"event_time": events["time"][row], TRIGGER: moment})
        if not self._plan.dedup_ms:
            causes = causes.with_columns({"number": happening.number[row]})
        names = trigger_names(causes, self._plan.moment_names).tolist()
        return numbers_of(ids_of(self._plan.name, causes, names))

    def _named(self, said: Table) -> tuple[Ints, Ints]:
        """Return the decisions that outcomes name, and the candidates."""
        ids = said["decision_id"].tolist()
        sound = [one is not None and len(one) == _ID and set(one) <= _HEX for one in ids]
        # What cannot be an id is one that no decision has, but for one chance in 2^128.
        whole = [one if fits else "0" * _ID for one, fits in zip(ids, sound, strict=True)]
        names = zip(said["action"].tolist(), said["treatment"].tolist(), strict=True)
        places = [self._places.get(name, -1 - NO_CANDIDATE) for name in names]
        candidate = [
            -1 - NO_DECISION if one is None else place
            for one, place in zip(ids, places, strict=True)
        ]
        return numbers_of(whole), np.array(candidate, dtype=np.int64)

    def _positive(self, said: Table) -> Bools:
        kinds = (kind in self._rule.positive for kind in said["type"].tolist())
        return np.fromiter(kinds, dtype=np.bool_, count=len(said))

    def _count(self, said: Table) -> dict[str, int]:
        kinds = said["type"].tolist()
        return {
            name: sum(contains(types, kind) for kind in kinds)
            for name, types in self._lists.items()
        }


def _digests(x: NDArray[np.float64]) -> Ints:
    """Return the digests of rows of features, as numbers."""
    return np.frombuffer(b"".join(digests(round6(x))), dtype="<i8").astype(np.int64)


def _quiet(heard: Heard) -> Answered:
    """Return what time alone has brought."""
    nobody = np.zeros(0, dtype=np.int64)
    texts = np.zeros(0, dtype=object)
    columns = dict.fromkeys(_SAID, texts)
    orphans = Table({**columns, "slot": nobody, "time": nobody, "reason": nobody})
    return Answered(heard.settled, orphans, {})
