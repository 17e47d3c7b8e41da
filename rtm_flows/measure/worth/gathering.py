"""Gathering: the decisions of a log and of another run, paired, with what came of them.

In: decisions of both runs in pairs, and which of the log's were welcome. Out: their sums, and how
many were left out for which reason. It judges nothing: see `valuing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from rtm_flows.measure.merging import Pair, Read
from rtm_flows.measure.worth.choices import NO_ACTION, Choice, Choices, Offer
from rtm_flows.measure.worth.lacking import Lacking
from rtm_flows.measure.worth.successes import Successes
from rtm_flows.measure.worth.sums import Adding, Summed

Reward = Literal["success", "value"]
"""What a success is worth: 1, or the `value` of its action as the log had it."""


class Asked(NamedTuple):
    """What is to be valued.

    Attributes
    ----------
    reward
        What a success is worth.
    until
        Decisions from this time on may still be answered, and are left out; as text.
    arm
        An experiment and an arm: only people of that arm, by the log.
    """

    reward: Reward
    until: str
    arm: tuple[str, str] | None = None


class Counts(msgspec.Struct, kw_only=True):
    """What became of decisions.

    Attributes
    ----------
    decisions
        Of the log, as far as it can tell of them.
    acted, asked
        Of these, by which the log, and the other run, does something.
    both
        That both runs have, left out or not.
    only
        That only the log has, where the other run does nothing then; and only the other run.
    left_open
        Left out: they came so late that they may still be answered.
    other_arm
        Left out: people of other arms.
    by_chance
        Of all that the log acted by, those chosen with a chance below 1.
    held_apart
        By which both do the same, and only one holds the person out.
    successes
        Of those added.
    mistaken
        Successes of something else than the decision had chosen; they count as none.
    """

    decisions: int = 0
    acted: int = 0
    asked: int = 0
    both: int = 0
    only: list[int] = msgspec.field(default_factory=lambda: [0, 0])
    left_open: int = 0
    other_arm: int = 0
    by_chance: int = 0
    held_apart: int = 0
    successes: int = 0
    mistaken: int = 0


class Gathered(NamedTuple):
    """A log and another run, added up."""

    counts: Counts
    lacking: Lacking
    summed: Summed


class Gathering:
    """Adds up pairs of decisions.

    Parameters
    ----------
    asked
        What is to be valued.
    successes
        Of the log.
    paths
        What errors call the decisions of both.
    """

    def __init__(self, asked: Asked, successes: Successes, paths: tuple[str, str]) -> None:
        self._asked, self._welcome = asked, successes.offers
        self._choices = Choices(paths[0]), Choices(paths[1])
        self._counts, self._adding, self._lacking = Counts(), Adding(), Lacking()

    def add_all(self, pairs: Iterable[Pair]) -> Gathered:
        """Add every pair, and return what came of it.

        Raises
        ------
        InputError
            If a line is broken, lacks fields, or has chances that are none.
        """
        for pair in pairs:
            self._add(pair)
        return Gathered(self._counts, self._lacking, self._adding.summed())

    def _add(self, pair: Pair) -> None:
        known = pair.first or pair.second
        if known is None:
            return
        self._count(pair)
        if known.head.decision_time >= self._asked.until:
            self._counts.left_open += 1
        elif not self._in_arm(known):
            self._counts.other_arm += 1
        else:
            log = self._choice(pair.first, 0)
            strategy = log if pair.alike else self._choice(pair.second, 1)
            self._weigh(pair, known, log, strategy)

    def _count(self, pair: Pair) -> None:
        if pair.first is None or pair.second is None:
            self._counts.only[pair.first is None] += 1
        else:
            self._counts.both += 1

    def _in_arm(self, known: Read) -> bool:
        if self._asked.arm is None:
            return True
        arms = self._choices[0].arms(known.line)
        return self._asked.arm in {(one.experiment, one.arm) for one in arms}

    def _choice(self, read: Read | None, side: int) -> Choice | None:
        if read is None or read.head.name == NO_ACTION:
            return None
        return self._choices[side].of(read.line)

    def _weigh(self, pair: Pair, known: Read, log: Choice | None, strategy: Choice | None) -> None:
        """Add one decision, unless the log cannot tell of it."""
        slate = {} if strategy is None else strategy.slate
        possible = {} if log is None else log.slate
        lost = slate.keys() - possible.keys()
        if log is not None:
            self._counts.by_chance += log.chance < 1.0
        if lost:
            self._lacking.add(sorted(lost), slate)
        elif pair.first is not None:
            person = f"{known.head.subject_type[0]}:{known.head.subject_id}"
            self._sum(person, known.head.decision_id, log, strategy)

    def _sum(
        self, person: str, decision_id: str, log: Choice | None, strategy: Choice | None
    ) -> None:
        counts = self._counts
        counts.decisions += 1
        counts.acted += log is not None
        counts.asked += strategy is not None
        if log is None:
            # Without support of its own the strategy does nothing here either.
            self._adding.idle(person)
            return
        if strategy is not None and log.offer == strategy.offer:
            counts.held_apart += log.held_out != strategy.held_out
        slate = {} if strategy is None else strategy.slate
        reward = self._reward(decision_id, log)
        self._adding.add(person, log.trigger, log.offer, log.chance, reward, slate)

    def _reward(self, decision_id: str, log: Choice) -> float:
        shown: Offer | None = self._welcome.get(decision_id)
        if shown is None:
            return 0.0
        if shown != log.offer:
            self._counts.mistaken += 1
            return 0.0
        self._counts.successes += 1
        return log.value if self._asked.reward == "value" else 1.0
