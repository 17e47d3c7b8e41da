"""What a model is told in the configuration.

In: the keys under `[models.intent]` and `[models.churn]`. Out: a checked record of each. It
refuses to know where the configuration was read from.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.times import parse_duration

NAMES = ("intent", "churn")
"""Names of the models that there are."""


class Learning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model learns and when it is believed: the same for every model.

    Attributes
    ----------
    learning_rate
        Step of the weights, above 0 and at most 1. The intercept's step is River's own 0.01.
    mature
        Examples a version must have learned before its score is served; until then the score is
        the prior.
    mature_positives
        Positive examples it must have learned.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    learning_rate: float = 0.01
    mature: int = 200
    mature_positives: int = 20

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        if not 0.0 < self.learning_rate <= 1.0:
            msg = f"`learning_rate` must be above 0 and at most 1; got {self.learning_rate}"
            raise ValueError(msg)
        self._check_least("mature", 0)
        self._check_least("mature_positives", 0)

    def _check_least(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if value < least:
            msg = f"`{name}` must be at least {least}; got {value}"
            raise ValueError(msg)


class Intent(Learning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How purchase intent is learned.

    Attributes
    ----------
    rows_per_session
        Rows of each session that are kept to learn from, at least 1; with a horizon, that many
        and the fewer of the later ones the longer the session lasts.
    horizon
        ISO 8601 duration after a row's clock within which a purchase counts; without one, the
        session is what counts.
    labels
        When a row with a horizon is learned. `wait`: once, at its end. The others learn it as a
        non-purchase at once; when a purchase comes, `fake_negative_weighted` learns it as one
        too, with weights that make up for it (Ktena et al., 2019), and `corrected` takes the
        non-purchase back first.
    rows_waiting
        Rows of a person that may wait for their horizon at the same time, at least 1.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> Intent(mature=50).learning_rate
    0.01
    >>> Intent(horizon="PT2H").horizon_ms
    7200000
    """

    rows_per_session: int = 2
    horizon: str | None = None
    rows_waiting: int = 64
    labels: Literal["wait", "fake_negative_weighted", "corrected"] = "wait"

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        super().__post_init__()
        self._check_least("rows_per_session", 1)
        self._check_least("rows_waiting", 1)
        if self.horizon_ms is not None and self.horizon_ms <= 0:
            msg = f"`horizon` must be longer than zero; got {self.horizon}"
            raise ValueError(msg)
        if self.horizon is None and self.labels != "wait":
            msg = f"`labels` = {self.labels!r} needs a `horizon`, for example 'PT2H'; got none"
            raise ValueError(msg)

    @property
    def horizon_ms(self) -> int | None:
        """The horizon in milliseconds, None for the session."""
        return None if self.horizon is None else parse_duration(self.horizon)


class Churn(Learning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How churn is learned: who stays away after a session, or cancels.

    Attributes
    ----------
    horizon
        ISO 8601 duration after a session's last event within which it shows.
    active
        Types of events that show, without a contract, that a person has not left.
    cancelled
        Types of events by which a contract ends. If any are given, the score is the chance of
        one of these within the horizon, and `active` is left alone.

    Raises
    ------
    ValueError
        If a number is out of its range, or both or neither of the lists say what to look for.

    Examples
    --------
    >>> Churn(horizon="P7D").horizon_ms
    604800000
    >>> Churn(cancelled=("subscription_cancelled",)).types
    ('subscription_cancelled',)
    """

    horizon: str = "P30D"
    active: tuple[str, ...] = ("*",)
    cancelled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers out of their range, and lists that contradict each other."""
        super().__post_init__()
        if self.horizon_ms <= 0:
            msg = f"`horizon` must be longer than zero; got {self.horizon}"
            raise ValueError(msg)
        if self.cancelled and self.active != ("*",):
            msg = "`active` has no meaning beside `cancelled`: leave out one of the two"
            raise ValueError(msg)
        if not self.types:
            msg = "`active` must name the types of events that show a person is there; got none"
            raise ValueError(msg)

    @property
    def horizon_ms(self) -> int:
        """The horizon in milliseconds."""
        return parse_duration(self.horizon)

    @property
    def contract(self) -> bool:
        """Whether an event within the horizon means that the person leaves, not that they stay."""
        return bool(self.cancelled)

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the events that are looked for within the horizon."""
        return self.cancelled or self.active
