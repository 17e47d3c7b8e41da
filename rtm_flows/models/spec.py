"""What a model is told in the configuration.

In: the keys under `[models.intent]` and `[models.churn]`. Out: a checked record of each. It
refuses to know where the configuration was read from.
"""

from __future__ import annotations

from typing import Literal, get_args

from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.rules import Challenger, Promotion, Rule, Served
from rtm_flows.times import parse_duration

NAMES = ("intent", "churn")
"""Names of the models that there are."""


class Learning(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model learns and when it is believed: the same for every model.

    Attributes
    ----------
    mature
        Examples a version must have learned before its score is served; until then the score is
        the prior.
    mature_positives
        Positive examples it must have learned.
    challengers
        Models that learn the same examples in the shadow, never served unless promoted.
    promotion
        When a challenger takes the place of the model that is served; without, none ever does.
    drift
        When the model is held to fit its examples no longer, and what follows; without, never.

    Raises
    ------
    ValueError
        If a number is out of its range, two models have one name, or there is nobody to promote.
    """

    kind: Served = "newton"
    mature: int = 200
    mature_positives: int = 20
    challengers: tuple[Challenger, ...] = ()
    promotion: Promotion | None = None
    drift: DriftRule | None = None

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        super().__post_init__()
        self._check_least("mature", 0)
        self._check_least("mature_positives", 0)
        kinds = {one.kind for one in self.challengers}
        if self.promotion is not None and not kinds & set(get_args(Served)):
            msg = "`promotion` wants one of `challengers` that can be served; got none"
            raise ValueError(msg)
        if self.drift is not None and self.drift.response == "switch" and self.promotion is None:
            msg = (
                '`drift.response` "switch" lets challengers begin anew, and `promotion` says when '
                "one takes over: declare both"
            )
            raise ValueError(msg)
        called: set[str] = {self.kind}
        for one in self.challengers:
            if one.called in called:
                msg = (
                    "each of `challengers` needs a `name` of its own, and not the kind of the "
                    f"model they challenge; used again: {one.called}"
                )
                raise ValueError(msg)
            called.add(one.called)

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
        Rows of each session that are learned from, at least 1: that many at its begin, and the
        fewer of the later ones the longer it lasts.
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
    >>> Intent(mature=50).kind
    'newton'
    >>> Intent(horizon="PT2H").horizon_ms
    7200000
    """

    rows_per_session: int = 1
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
        if self.labels != "wait":
            self._check_correctable()

    def _check_correctable(self) -> None:
        """Refuse what cannot learn a row a second time with another label."""
        for one in self.challengers:
            if one.kind not in get_args(Served):
                msg = (
                    f"`labels` = {self.labels!r} corrects what was learned, which a challenger of "
                    f'kind "{one.kind}" cannot: leave out one of the two'
                )
                raise ValueError(msg)
        if self.drift is not None and self.drift.response != "alert":
            msg = (
                f"`labels` = {self.labels!r} corrects what was learned, and a model that begins "
                f'anew has not learned it: `drift.response` must be "alert"; got '
                f"{self.drift.response!r}"
            )
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
