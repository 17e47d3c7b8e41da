"""What a job is told of responses: which events say what came of a decision, and how long to wait.

In: the keys under `[responses]`. Out: a checked record. It refuses to know which action was shown.
"""

from __future__ import annotations

import msgspec

from rtm_flows.events.types import is_event_type
from rtm_flows.times import parse_duration

LISTS = ("shown", "positive", "negative")
"""The lists of event types, in the order in which the summary tells their events."""


class Responses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is learned what people do with what they are shown.

    Attributes
    ----------
    shown
        Event types by which a decision came before the person.
    positive
        Event types of success: one within the horizon makes the label 1.
    negative
        Event types by which the person says no. They tell that the decision was shown, and are
        counted; the label waits for the horizon, since to learn refusals sooner than successes
        would make everything look unwelcome.
    horizon
        ISO 8601 duration after the first outcome of a decision within which a success counts.
    within
        ISO 8601 duration after a decision within which its first outcome must come.
    remembered
        Of each person, how many of the latest decisions can be answered.
    waiting
        Of each person, how many decisions may wait for their horizon at the same time.

    Raises
    ------
    ValueError
        If nothing shows a success, a type is unknown or stands twice, or a number is out of range.

    Examples
    --------
    >>> Responses(positive=("clicked",)).horizon_ms
    86400000
    """

    shown: tuple[str, ...] = ("impression",)
    positive: tuple[str, ...] = ("clicked", "accepted", "converted")
    negative: tuple[str, ...] = ("rejected",)
    horizon: str = "P1D"
    within: str = "P1D"
    remembered: int = 32
    waiting: int = 32

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name in ("horizon", "within"):
            if parse_duration(getattr(self, name)) <= 0:
                msg = f"`{name}` must be longer than zero; got {getattr(self, name)}"
                raise ValueError(msg)
        for name in ("remembered", "waiting"):
            if getattr(self, name) < 1:
                msg = f"`{name}` must be at least 1; got {getattr(self, name)}"
                raise ValueError(msg)
        self._check_types()

    def _check_types(self) -> None:
        if not self.positive:
            msg = "`positive` must name the event types that are a success; got none"
            raise ValueError(msg)
        unknown = [kind for kind in self.types if not is_event_type(kind)]
        if unknown:
            msg = f"{unknown[0]!r} is no event type; `rtm schema` lists them"
            raise ValueError(msg)
        again = [kind for kind in self.types if self.types.count(kind) > 1]
        if again:
            msg = (
                "each event type stands once in `shown`, `positive` and `negative`; used again: "
                f"{again[0]}"
            )
            raise ValueError(msg)

    @property
    def types(self) -> tuple[str, ...]:
        """All event types that are outcomes."""
        return (*self.shown, *self.positive, *self.negative)

    @property
    def horizon_ms(self) -> int:
        """The horizon in milliseconds."""
        return parse_duration(self.horizon)

    @property
    def within_ms(self) -> int:
        """The time between decision and first outcome in milliseconds."""
        return parse_duration(self.within)


TEXT = ("decision_id", "action", "treatment")
"""The text fields of an outcome event that are looked at."""
