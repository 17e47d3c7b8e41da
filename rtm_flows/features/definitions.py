"""Feature definitions: what a feature counts, over which events and over which stretch of time.

In: tables `[[features]]` of the configuration. Out: frozen records, one class a kind. Nothing
here computes: `rtm_flows.features.compute` does. The meaning of each kind is section 4 of
docs/semantics.md; the features of a job that declares none are in `defaults`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.features import order_kinds
from rtm_flows.features.definition import Definition, Field, check_span
from rtm_flows.features.history_kinds import (
    Affinity,
    AwaySeconds,
    DaysActive,
    Habit,
    LifetimeCount,
    LifetimeSum,
    Rate,
    Share,
)
from rtm_flows.features.own.kind import Python
from rtm_flows.features.service_kinds import (
    CartItems,
    CartQuantity,
    CartValue,
    OpenCases,
    OrderFaults,
    OrdersInState,
    OrderStateSeconds,
)
from rtm_flows.times import parse_duration


class SessionCount(Definition, frozen=True, kw_only=True, tag="session_count"):
    """Events of some types in the session so far, this one included.

    Attributes
    ----------
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    types: tuple[str, ...]


class SessionSum(Definition, frozen=True, kw_only=True, tag="session_sum"):
    """Sum of a field over some types, less others, in the session so far.

    Attributes
    ----------
    field
        Which number of an event: price, quantity or amount (the event's worth); money in currency
        units.
    add
        Event types that are added; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    subtract
        Event types that are subtracted.
    """

    field: Field
    add: tuple[str, ...]
    subtract: tuple[str, ...] = ()


class SessionSeconds(Definition, frozen=True, kw_only=True, tag="session_seconds"):
    """Seconds since the session's first event."""


class GapSeconds(Definition, frozen=True, kw_only=True, tag="gap_seconds"):
    """Seconds since the previous event of the session; 0 at its first."""


class _Window(Definition, frozen=True, kw_only=True):
    width: str
    step: str

    def __post_init__(self) -> None:
        """Refuse a width that is not a whole number of steps."""
        if self.step_ms <= 0 or self.width_ms <= 0 or self.width_ms % self.step_ms:
            msg = f"`width` must be a multiple of `step`; got {self.width} and {self.step}"
            raise ValueError(msg)

    @property
    def width_ms(self) -> int:
        """Width in milliseconds."""
        return parse_duration(self.width)

    @property
    def step_ms(self) -> int:
        """Step in milliseconds."""
        return parse_duration(self.step)


class WindowCount(_Window, frozen=True, kw_only=True, tag="window_count"):
    """Events of some types in the last `width`, by whole cells of `step`.

    Attributes
    ----------
    width
        ISO 8601 duration of the window, a whole multiple of `step`.
    step
        ISO 8601 duration of a cell: the window moves by whole cells.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    types: tuple[str, ...]


class WindowSum(_Window, frozen=True, kw_only=True, tag="window_sum"):
    """Sum of a field over some types, less others, in the last `width`.

    Attributes
    ----------
    width
        ISO 8601 duration of the window, a whole multiple of `step`.
    step
        ISO 8601 duration of a cell: the window moves by whole cells.
    field
        Which number of an event: price, quantity or amount (the event's worth); money in currency
        units.
    add
        Event types that are added; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    subtract
        Event types that are subtracted.
    """

    field: Field
    add: tuple[str, ...]
    subtract: tuple[str, ...] = ()


class WindowCells(_Window, frozen=True, kw_only=True, tag="window_cells"):
    """Cells of the last `width` with an event of some types: active days, where a step is a day.

    Attributes
    ----------
    width
        ISO 8601 duration of the window, a whole multiple of `step`.
    step
        ISO 8601 duration of a cell: the window moves by whole cells.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    types: tuple[str, ...]


class DecayedCount(Definition, frozen=True, kw_only=True, tag="decayed_count"):
    """Events of some types, each counting half after every `half_life`.

    Attributes
    ----------
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    half_life
        ISO 8601 duration after which an event weighs half.
    """

    types: tuple[str, ...]
    half_life: str

    def __post_init__(self) -> None:
        """Refuse a half-life that is not positive."""
        check_span("half_life", self.half_life)

    @property
    def half_life_ms(self) -> int:
        """Half-life in milliseconds."""
        return parse_duration(self.half_life)


class DecayedSum(Definition, frozen=True, kw_only=True, tag="decayed_sum"):
    """Sum of a field over some types, each event weighing half after every `half_life`.

    Attributes
    ----------
    field
        Which number of an event: price, quantity or amount (the event's worth); money in currency
        units.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    half_life
        ISO 8601 duration after which an event weighs half.
    """

    field: Field
    types: tuple[str, ...]
    half_life: str

    def __post_init__(self) -> None:
        """Refuse a half-life that is not positive."""
        check_span("half_life", self.half_life)

    @property
    def half_life_ms(self) -> int:
        """Half-life in milliseconds."""
        return parse_duration(self.half_life)


class SinceSeconds(Definition, frozen=True, kw_only=True, tag="since_seconds"):
    """Seconds since the latest earlier event of some types, at most `never`.

    Attributes
    ----------
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    never
        ISO 8601 duration: the most that is answered, also where there was none.
    """

    types: tuple[str, ...]
    never: str = "P365D"

    def __post_init__(self) -> None:
        """Refuse a `never` that is not positive."""
        check_span("never", self.never)

    @property
    def never_seconds(self) -> float:
        """The most to answer, in seconds."""
        return parse_duration(self.never) / 1000.0


class Property(Definition, frozen=True, kw_only=True, tag="property"):
    """A number of the event itself; money in currency units.

    Attributes
    ----------
    field
        Which number of an event: price, quantity or amount (the event's worth); money in currency
        units.
    """

    field: Field


class Indicator(Definition, frozen=True, kw_only=True, tag="indicator"):
    """1 when a text field of the event (or its type) is one of `values`, else 0.

    Attributes
    ----------
    field
        A text field of events, or `type`.
    values
        Texts of which it must be one.
    """

    field: str
    values: tuple[str, ...]


Feature = (
    SessionCount
    | SessionSum
    | SessionSeconds
    | GapSeconds
    | WindowCount
    | WindowSum
    | WindowCells
    | DecayedCount
    | DecayedSum
    | SinceSeconds
    | LifetimeCount
    | LifetimeSum
    | DaysActive
    | AwaySeconds
    | Share
    | Rate
    | Habit
    | Affinity
    | CartQuantity
    | CartValue
    | CartItems
    | OrdersInState
    | OrderStateSeconds
    | OrderFaults
    | OpenCases
    | Property
    | Indicator
    | order_kinds.OrderCount
    | order_kinds.OccasionCount
    | order_kinds.OrderValue
    | order_kinds.FirstOrderSeconds
    | order_kinds.LastOrderSeconds
    | order_kinds.PAlive
    | order_kinds.ExpectedPurchases
    | order_kinds.ExpectedSpend
    | Python
)


def text_fields(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the text fields of events that the features look at, in order.

    Examples
    --------
    >>> text_fields([CartValue(name="a"), Indicator(name="b", field="device", values=("tv",))])
    ('item_id', 'device')
    """
    fields = [field for feature in features for field in _text_fields(feature)]
    return tuple(dict.fromkeys(field for field in fields if field != "type"))


def _text_fields(feature: Feature) -> Sequence[str]:
    match feature:
        case Indicator() | Share() | Affinity():
            return (feature.field,)
        case Rate():
            return () if feature.field is None else (feature.field,)
        case CartQuantity() | CartValue() | CartItems():
            return ("item_id",)
        case OrdersInState() | OrderStateSeconds() | OrderFaults():
            return ("transaction_id",)
        case order_kinds.OrderKind():
            return ("transaction_id",) if feature.counted.once else ()
        case OpenCases():
            return ("case_id",)
        case Python():
            return feature.own.text
    return ()
