"""Difference: two runs of one history compared, decision by decision, and added up.

In: pairs of decisions. Out: how many are the same, which changed and where first, counts by action,
channel and day of both, and a few examples. Sums only: memory does not grow with the runs. It
refuses to know where the runs lie.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from rtm_flows.measure.comparison import RULE, Difference, compare
from rtm_flows.measure.merging import Head, Pair, Read, digest_of

Both = list[int]
"""A count of the first run, and one of the second."""

NO_CHANNEL = "none"
OTHERS = Difference("others", "what differs in many ways")
BOTH = 2
"""Stands for both runs, where they agree."""
_KINDS = 1_000
_DAY = len("2026-03-02")


class Kind(msgspec.Struct):
    """Decisions that first differ in the same way.

    Attributes
    ----------
    stage, what
        Where, and what.
    n, other_action
        How many, and how many of these chose another action.
    """

    stage: str
    what: str
    n: int = 0
    other_action: int = 0


class Example(msgspec.Struct, frozen=True):
    """A decision that differs: how, and both its lines; None in the run that lacks it."""

    stage: str
    what: str
    first: msgspec.Raw | None
    second: msgspec.Raw | None


class Differences(msgspec.Struct, kw_only=True):
    """Two runs compared.

    Attributes
    ----------
    decisions
        How many each has.
    same, changed
        How many have the same id and are the same, but for the digest of the configuration, or not.
    other_action, by_rule
        Of the changed ones, how many chose another action, and how many differ in the rule by which
        a candidate fell at a stage, and in nothing else.
    only
        How many only one of them has.
    kinds
        Of the changed ones, the ways in which they first differ: first those that most often chose
        another action, then the most frequent.
    moves
        Of those with another action, from what to what.
    actions, channels
        How often each was chosen; where nothing is delivered the channel is `none`.
    days, days_by_action
        By day (of UTC), how often each channel, and each action, was chosen.
    configs
        Digests of the configurations of each.
    examples
        One of each of the first kinds, if possible with another action, then some that only one
        has.
    """

    decisions: Both
    same: int
    changed: int
    other_action: int
    by_rule: int
    only: Both
    kinds: list[Kind]
    moves: dict[str, int]
    actions: dict[str, Both]
    channels: dict[str, Both]
    days: dict[str, dict[str, Both]]
    days_by_action: dict[str, dict[str, Both]]
    configs: list[list[str]]
    examples: list[Example]

    @property
    def equal(self) -> bool:
        """Whether every decision is in both, and the same."""
        return not self.changed and not any(self.only)


class _Totals(NamedTuple):
    """Decisions of both runs: all, by action, by channel, and these two by day."""

    every: Both
    actions: dict[str, Both]
    channels: dict[str, Both]
    days: dict[str, dict[str, Both]]
    days_by_action: dict[str, dict[str, Both]]


class Comparing:
    """Adds up pairs of decisions.

    Parameters
    ----------
    limit
        How many examples to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._same = 0
        self._moves: Counter[str] = Counter()
        self._kinds: dict[Difference, Kind] = {}
        self._examples: dict[Difference, tuple[bool, Example]] = {}
        self._only: Both = [0, 0]
        self._alone: list[Example] = []
        self._counts: Counter[tuple[int, str, str, str]] = Counter()
        self._configs: tuple[dict[str, None], dict[str, None]] = ({}, {})

    def add_all(self, pairs: Iterable[Pair]) -> Differences:
        """Add every pair, and return what came of it."""
        for pair in pairs:
            self.add(pair)
        return self.differences()

    def add(self, pair: Pair) -> None:
        """Add a pair, or a decision that is only in one of the runs."""
        if pair.first is None or pair.second is None:
            self._add_alone(pair)
            return
        first, second = pair.first, pair.second
        if pair.alike:
            self._add_alike(first, second)
            return
        self._count(0, first.head)
        self._count(1, second.head)
        found = compare(first.line.data, second.line.data)
        if found is None:
            self._same += 1
            return
        moved = first.head.name != second.head.name
        if moved:
            self._moves[f"{first.head.name} -> {second.head.name}"] += 1
        self._add_changed(found, pair, moved=moved)

    def differences(self) -> Differences:
        """Return the sums."""
        kinds = sorted(self._kinds.values(), key=_weight)
        totals = self._totals
        return Differences(
            decisions=totals.every,
            same=self._same,
            changed=sum(kind.n for kind in kinds),
            other_action=self._moves.total(),
            by_rule=sum(kind.n for kind in kinds if kind.stage == RULE),
            only=list(self._only),
            kinds=kinds,
            moves=dict(self._moves.most_common()),
            actions=totals.actions,
            channels=totals.channels,
            days=totals.days,
            days_by_action=totals.days_by_action,
            configs=[list(configs) for configs in self._configs],
            examples=self._some_examples(kinds),
        )

    def _count(self, side: int, head: Head) -> None:
        self._counts[side, head.decision_time[:_DAY], head.channel or NO_CHANNEL, head.name] += 1
        self._note(side, head.config)

    def _note(self, side: int, config: str | None) -> None:
        configs = self._configs[side]
        if config is not None and len(configs) < _KINDS:
            configs[config] = None

    def _add_alike(self, first: Read, second: Read) -> None:
        head = first.head
        self._same += 1
        self._counts[BOTH, head.decision_time[:_DAY], head.channel or NO_CHANNEL, head.name] += 1
        self._note(0, head.config)
        self._note(1, digest_of(second.line.data) or head.config)

    def _add_alone(self, pair: Pair) -> None:
        side, read = (0, pair.first) if pair.second is None else (1, pair.second)
        if read is None:
            return
        self._count(side, read.head)
        self._only[side] += 1
        if len(self._alone) < self._limit:
            raws = [_raw(read), None] if side == 0 else [None, _raw(read)]
            self._alone.append(
                Example("trigger", f"only in the {('first', 'second')[side]}", *raws)
            )

    def _add_changed(self, found: Difference, pair: Pair, *, moved: bool) -> None:
        if found not in self._kinds and len(self._kinds) >= _KINDS:
            found = OTHERS
        kind = self._kinds.setdefault(found, Kind(*found))
        kind.n += 1
        kind.other_action += moved
        known = self._examples.get(found)
        if pair.first and pair.second and (known is None or (moved and not known[0])):
            self._examples[found] = moved, Example(*found, _raw(pair.first), _raw(pair.second))

    def _some_examples(self, kinds: list[Kind]) -> list[Example]:
        changed = [self._examples[Difference(kind.stage, kind.what)][1] for kind in kinds]
        return [*changed, *self._alone][: self._limit]

    @property
    def _totals(self) -> _Totals:
        totals = _Totals([0, 0], {}, {}, {}, {})
        for (side, day, channel, action), n in sorted(self._counts.items()):
            counts = (
                totals.every,
                totals.actions.setdefault(action, [0, 0]),
                totals.channels.setdefault(channel, [0, 0]),
                totals.days.setdefault(day, {}).setdefault(channel, [0, 0]),
                totals.days_by_action.setdefault(day, {}).setdefault(action, [0, 0]),
            )
            for count in counts:
                for one in (0, 1) if side == BOTH else (side,):
                    count[one] += n
        days, by_action = dict(sorted(totals.days.items())), totals.days_by_action
        return totals._replace(days=days, days_by_action=dict(sorted(by_action.items())))


def _weight(kind: Kind) -> tuple[int, int, str, str]:
    return -kind.other_action, -kind.n, kind.stage, kind.what


def _raw(read: Read) -> msgspec.Raw:
    # A copy: the line is a part of the block that it was read in.
    return msgspec.Raw(bytes(read.line.data))


def unaccounted(found: dict[str, Both], side: int, accounted: dict[str, int]) -> list[str]:
    """Return the actions that a summary counts otherwise than they were found.

    Examples
    --------
    >>> unaccounted({"mail": [3, 4]}, 1, {"mail": 5, "no_action": 0})
    ['mail: 4 found, 5 in the summary']
    """
    names = sorted({*(name for name in found), *accounted} - {""})
    pairs = [(name, found.get(name, [0, 0])[side], accounted.get(name, 0)) for name in names]
    return [f"{name}: {n:,} found, {said:,} in the summary" for name, n, said in pairs if n != said]
