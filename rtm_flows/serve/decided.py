"""What was decided within a request: the lines, the records behind them, and what is known after.

In: what the core says of an event. Out: a value to look at. It refuses to know how it was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import msgspec

from rtm_flows.decisions.record import Decision
from rtm_flows.errors import ConfigError
from rtm_flows.lanes.alone import Alone
from rtm_flows.serve.profile import Profile


@dataclass(frozen=True)
class Decided:
    """What one event has brought.

    Attributes
    ----------
    fate
        What became of the event: only one that is `accepted` can be decided on. A `duplicate` was
        in the profile already; one that is `ignored` has a type that the job's input ignores.
    lines
        The lines of all decisions, in the order of `decisions.jsonl` and without line breaks: of
        timers that were due before the event, of the event, and of moments on it.
    scores
        The score of each model at the event; empty unless it was accepted.
    own, before, reach, after
        What the rest is made from: the place of the event's own line, the profile before, how far
        time has come, and the steps as the event has left them.
    """

    fate: Literal["accepted", "duplicate", "ignored"]
    lines: tuple[bytes, ...]
    scores: Mapping[str, float]
    own: int | None = field(repr=False)
    before: Profile = field(repr=False)
    reach: int = field(repr=False)
    after: Alone | None = field(repr=False, compare=False)

    @property
    def json(self) -> bytes | None:
        """The line of the event's own decision; None where it fires none.

        It fires none if it was not accepted, or if its type is not among those of `[triggers]`.
        """
        return None if self.own is None else self.lines[self.own]

    @cached_property
    def decision(self) -> Decision | None:
        """The event's own decision; None where there is no line of it.

        Raises
        ------
        ConfigError
            If the job writes other records (`outputs.decisions.fields`).
        """
        return None if self.own is None else self.decisions[self.own]

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """All decisions, as `lines`.

        Raises
        ------
        ConfigError
            If the job writes other records (`outputs.decisions.fields`).
        """
        try:
            return tuple(msgspec.json.decode(line, type=Decision) for line in self.lines)
        except msgspec.ValidationError as error:
            msg = f"outputs.decisions.fields: these are no whole records, read the lines; {error}"
            raise ConfigError(msg) from error

    @cached_property
    def profile(self) -> Profile:
        """What is known of the person after the event; the profile before it is as it was."""
        if self.after is None:
            return self.before
        person = self.before.person
        return Profile(person, self.before.digest, self.reach, self.after.save(person))
