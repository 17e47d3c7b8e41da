"""Deciding: the decisions of a run added up in one pass over their lines.

In: the lines of `decisions.jsonl`. Out: counts, and a few ids of each kind; only these are kept,
however many lines there are. Fields are read by name; what the lines do not have is said to be
lacking. It refuses to know which actions, rules and triggers there are.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.cells import Cells
from rtm_flows.measure.overview.decided import (
    OTHERS,
    Choice,
    Decided,
    Fired,
    Rule,
    Ruled,
    Way,
    What,
)
from rtm_flows.measure.recorded import Reading, Trigger
from rtm_flows.measure.scan import Line
from rtm_flows.rounding import round6_one
from rtm_flows.times import format_time

EXAMPLES = 3
"""Ids that are kept of each kind of decision."""

K = TypeVar("K")
_KINDS = 2_000
_ARBITRATION = "arbitration"
_MILLIONTHS = 1_000_000
_REFRESHED = 1_024
_WANTED = {
    "decision_id": ("decision_id",),
    "time": ("decision_time", "time"),
    "name": ("name", "action"),
    "candidates": ("candidates",),
    "trigger": ("trigger",),
    "channel": ("channel",),
}
"""What is added up, and the fields that tell it."""


class _Candidate(msgspec.Struct, frozen=True, gc=False):
    name: str
    stage_dropped: str | None = None
    reason: str | None = None


class _Decision(msgspec.Struct, frozen=True, kw_only=True):
    decision_id: str = ""
    decision_time: str | None = None
    time: int | None = None
    name: str | None = None
    action: str | None = None
    reason: str | None = None
    channel: str | None = None
    treatment: str | None = None
    trigger: Trigger | None = None
    priority: float | None = None
    action_prob: float | None = None
    candidates: tuple[_Candidate, ...] = ()
    config: str | None = None


def decided(lines: Iterable[Line], path: str) -> Decided:
    """Add up decisions.

    Parameters
    ----------
    lines
        Of `decisions.jsonl`, in any order.
    path
        What errors call the file.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = b'{"decision_id":"0a","decision_time":"2026-03-02T10:00:00.000Z","name":"mail"}'
    >>> found = decided([Line(0, line)], "decisions.jsonl")
    >>> found.n, found.choices[0].name, found.lacking
    (1, 'mail', ['candidates', 'trigger', 'channel'])
    """
    adding = _Adding()
    reading = Reading(_Decision, path)
    for line in lines:
        decision = reading.of(line.data, line.offset)
        if not adding.n:
            adding.lacking = _lacking(line.data)
        try:
            adding.add(decision)
        except ValueError as error:
            msg = f"{path}, the line at byte {line.offset:,}: has no time of a decision ({error})"
            raise InputError(msg) from None
    return adding.total()


def _lacking(line: bytes) -> list[str]:
    fields = msgspec.json.decode(line)
    return [what for what, names in _WANTED.items() if not any(name in fields for name in names)]


class _Adding:
    """The sums so far."""

    def __init__(self) -> None:
        self.n = 0
        self.lacking: list[str] = []
        self._first = self._last = ""
        self._course, self._channels = Cells(), Cells()
        self._counts: Counter[What] = Counter()
        self._priorities: Counter[What] = Counter()
        self._ids: dict[What, list[tuple[str, str]]] = {}
        self._fell: Counter[_Candidate] = Counter()
        self._fallen: dict[_Candidate, str] = {}
        self._ways: Counter[tuple[str, str | None, str]] = Counter()
        self._fired: Counter[tuple[str, What]] = Counter()
        self._by_chance = 0
        self._configs: Counter[str] = Counter()
        self._spans: dict[str, tuple[str, str]] = {}

    def add(self, one: _Decision) -> None:
        self.n += 1
        what = self._what(one)
        self._counts[what] += 1
        time = self._add_time(one, what)
        if one.priority is not None:
            self._priorities[what] += round(one.priority * _MILLIONTHS)
        if one.decision_id:
            self._add_id(one.decision_id, what)
        if one.trigger is not None:
            _count(self._fired, (one.trigger.type, what), (OTHERS, what))
        if one.channel is not None:
            _count(self._ways, (one.channel, one.treatment, what.name), (OTHERS, None, what.name))
        if one.action_prob is not None and one.action_prob < 1.0:
            self._by_chance += 1
        if one.config is not None:
            self._add_config(one.config, time)
        self._add_candidates(one)

    def _what(self, one: _Decision) -> What:
        name = one.name if one.name is not None else one.action
        what = What(name if name is not None else "decision", one.reason)
        return what if what in self._counts or len(self._counts) < _KINDS else What(OTHERS, None)

    def _add_time(self, one: _Decision, what: What) -> str | None:
        time = one.decision_time
        if time is None:
            if one.time is None:
                return None
            time = format_time(one.time)
        self._course.at(time)[what.told] += 1
        if one.channel is not None:
            self._channels.at(time)[one.channel] += 1
        self._last = max(self._last, time)
        self._first = min(self._first or time, time)
        return time

    def _add_config(self, config: str, time: str | None) -> None:
        _count(self._configs, config, OTHERS)
        if time is not None and config in self._configs:
            first, last = self._spans.get(config, (time, time))
            self._spans[config] = min(first, time), max(last, time)

    def _add_id(self, decision_id: str, what: What) -> None:
        """Keep the ids that are last if read backwards.

        Ids are digests, so these are as good as drawn, whatever the order of the lines.
        """
        kept = self._ids.setdefault(what, [])
        entry = decision_id[::-1], decision_id
        if len(kept) < EXAMPLES:
            heapq.heappush(kept, entry)
        elif entry > kept[0]:
            heapq.heapreplace(kept, entry)

    def _add_candidates(self, one: _Decision) -> None:
        known = len(self._fell)
        self._fell.update(one.candidates)
        # Of each fate one example: of a frequent one not the first, when little was known yet.
        again = not self.n % _REFRESHED or not self.n & (self.n - 1)
        if again or len(self._fell) > known:
            for candidate in one.candidates:
                if again or candidate not in self._fallen:
                    self._fallen[candidate] = one.decision_id
        if len(self._fell) > _KINDS:
            self._forget_rare()

    def _forget_rare(self) -> None:
        """Count together, by action and stage, what is told apart by too many reasons."""
        for fate, n in _ranked(self._fell)[_KINDS // 2 :]:
            del self._fell[fate]
            self._fallen.pop(fate, None)
            self._fell[_Candidate(fate.name, fate.stage_dropped, OTHERS)] += n

    def total(self) -> Decided:
        return Decided(
            n=self.n,
            first=self._first or None,
            last=self._last or None,
            choices=self._choices(),
            rules=self._rules(),
            ways=[Way(channel, way, name, n) for (channel, way, name), n in _ranked(self._ways)],
            triggers=self._triggers(),
            course=self._course.course(),
            channels=self._channels.course(),
            by_chance=self._by_chance,
            configs=self._ruled(),
            lacking=self.lacking,
        )

    def _ruled(self) -> list[Ruled]:
        found = [
            Ruled(config, n, *self._spans.get(config, (None, None)))
            for config, n in self._configs.items()
        ]
        return sorted(found, key=lambda one: (one.first or "", one.config))

    def _choices(self) -> list[Choice]:
        return [
            Choice(
                name=what.name,
                reason=what.reason,
                n=n,
                priority=round6_one(self._priorities[what] / _MILLIONTHS / n)
                if what in self._priorities
                else None,
                examples=[one for _, one in sorted(self._ids.get(what, ()))],
            )
            for what, n in _ranked(self._counts)
        ]

    def _rules(self) -> list[Rule]:
        return [
            Rule(one.name, one.stage_dropped, one.reason or "", n, self._fallen.get(one, ""))
            for one, n in _ranked(self._fell)
            if one.stage_dropped not in (None, _ARBITRATION)
        ]

    def _triggers(self) -> list[Fired]:
        by: dict[str, dict[str, int]] = {}
        for (trigger, what), n in _ranked(self._fired):
            by.setdefault(trigger, {})[what.told] = n
        found = [Fired(trigger, sum(told.values()), told) for trigger, told in by.items()]
        return sorted(found, key=lambda one: (-one.n, one.trigger))


def _count(counts: Counter[K], key: K, others: K) -> None:
    """Count a kind; once there are too many, with the others."""
    counts[key if key in counts or len(counts) < _KINDS else others] += 1


def _ranked(counts: Counter[K]) -> list[tuple[K, int]]:
    """Return counts, the largest first; equal ones in an order of their own, not of the lines."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], repr(pair[0])))
