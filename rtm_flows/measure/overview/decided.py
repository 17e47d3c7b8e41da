"""Decided: what the decisions of a run come to: what, why not, when, by which channel and trigger.

These are types: in nothing, out the shape of the sums. They refuse to know how they are added up.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from rtm_flows.measure.overview.cells import Course

OTHERS = "others"
"""Stands for what there are too many kinds of."""


class What(NamedTuple):
    """What was decided: an action, or none and the reason."""

    name: str
    reason: str | None

    @property
    def told(self) -> str:
        """In words.

        Examples
        --------
        >>> What("no_action", "below_floor").told, What("mail", None).told
        ('no_action (below_floor)', 'mail')
        """
        return self.name if self.reason is None else f"{self.name} ({self.reason})"


class Choice(msgspec.Struct, frozen=True):
    """Decisions of one kind.

    Attributes
    ----------
    name, reason
        The action, or `no_action` and why.
    n
        How many.
    priority
        Their mean priority, None where it is not recorded.
    examples
        Ids of some, spread over all of them as if drawn.
    """

    name: str
    reason: str | None
    n: int
    priority: float | None
    examples: list[str]

    @property
    def told(self) -> str:
        """In words, as the course names it."""
        return What(self.name, self.reason).told


class Rule(msgspec.Struct, frozen=True):
    """A rule that kept an action out.

    Attributes
    ----------
    action, stage, rule
        Which, where, and its text as written.
    n
        Of how many decisions it was the first rule that failed.
    example
        The id of one.
    """

    action: str
    stage: str
    rule: str
    n: int
    example: str


class Way(msgspec.Struct, frozen=True):
    """Decisions of one action that go one way: by channel and treatment."""

    channel: str
    treatment: str | None
    name: str
    n: int


class Fired(msgspec.Struct, frozen=True):
    """What the decisions of one trigger were: counts by what was decided."""

    trigger: str
    n: int
    decided: dict[str, int]


class Ruled(msgspec.Struct, frozen=True):
    """What was decided under one configuration: how much, and at which times; None without any."""

    config: str
    n: int
    first: str | None
    last: str | None


class Decided(msgspec.Struct, frozen=True):
    """All decisions of a run.

    Attributes
    ----------
    n
        How many lines.
    first, last
        The earliest and the latest time; None without any.
    choices
        By what was decided, the most frequent first.
    rules
        What kept actions out before they were compared, the most frequent first.
    ways, triggers
        How what was chosen is delivered, and what fired; the most frequent first.
    course
        By time: counts of what was decided (`Choice.told`).
    channels
        By time: counts of each channel.
    by_chance
        How many were chosen with a probability below 1.
    configs
        By digest of the configuration, in their order of time: several, where the job was upgraded
        on the way.
    lacking
        Of decision_id, time, name, candidates, trigger, channel those that no line tells.
    """

    n: int
    first: str | None
    last: str | None
    choices: list[Choice]
    rules: list[Rule]
    ways: list[Way]
    triggers: list[Fired]
    course: Course
    channels: Course
    by_chance: int
    configs: list[Ruled]
    lacking: list[str]
