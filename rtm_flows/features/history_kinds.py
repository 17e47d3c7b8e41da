"""Feature definitions over a person's whole past: sums, shares, rates, habits, affinities.

In: tables `[[features]]` of the configuration. Out: frozen records, one class a kind. Nothing
here computes. The meaning of each kind is section 4 of docs/semantics.md.
"""

from __future__ import annotations

from typing import Literal

from rtm_flows.features.definition import Definition, Field, check_span
from rtm_flows.times import parse_duration

MOST_ENTRIES = 64
"""Largest number of affinity entries of a person."""


class LifetimeCount(Definition, frozen=True, kw_only=True, tag="lifetime_count"):
    """Events of some types so far, this one included.

    Attributes
    ----------
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    types: tuple[str, ...]


class LifetimeSum(Definition, frozen=True, kw_only=True, tag="lifetime_sum"):
    """Sum of a field over some types, less others, so far.

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


class DaysActive(Definition, frozen=True, kw_only=True, tag="days_active"):
    """Days (UTC) on which an event of some types happened so far.

    Attributes
    ----------
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    types: tuple[str, ...] = ("*",)


class AwaySeconds(Definition, frozen=True, kw_only=True, tag="away_seconds"):
    """Seconds from the last event before this session to its first, at most `never`.

    Attributes
    ----------
    never
        ISO 8601 duration: the most that is answered, also where there was none.
    """

    never: str = "P365D"

    def __post_init__(self) -> None:
        """Refuse a `never` that is not positive."""
        check_span("never", self.never)

    @property
    def never_seconds(self) -> float:
        """The most to answer, in seconds."""
        return parse_duration(self.never) / 1000.0


class Share(Definition, frozen=True, kw_only=True, tag="share"):
    """Of the events of some types that have a text field, the share in which it is in `values`.

    Attributes
    ----------
    field
        A text field of events.
    values
        Texts of which it must be one.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    half_life
        ISO 8601 duration after which an event weighs half. Without it all weigh the same.
    """

    field: str
    values: tuple[str, ...]
    types: tuple[str, ...] = ("*",)
    half_life: str | None = None

    def __post_init__(self) -> None:
        """Refuse a half-life that is not positive."""
        check_span("half_life", self.half_life)


class Rate(Definition, frozen=True, kw_only=True, tag="rate"):
    """Events of some types over events of others, smoothed towards a prior.

    With `field`, only the events count in which that text field is one of `values`.

    Attributes
    ----------
    hits
        Event types above the line.
    of
        Event types below it.
    prior
        The rate of somebody of whom nothing is known, from 0 to 1.
    weight
        Events that the prior counts for, from 0.001 to 1e9.
    half_life
        ISO 8601 duration after which an event weighs half. Without it all weigh the same.
    field, values
        A text field, and the texts of which it must be one for an event to count; both or neither.
    """

    hits: tuple[str, ...]
    of: tuple[str, ...]
    prior: float
    weight: float = 10.0
    half_life: str | None = None
    field: str | None = None
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a prior that is no share, a weight that smooths nothing, half a filter."""
        check_span("half_life", self.half_life)
        if not 0.0 <= self.prior <= 1.0:
            msg = f"`prior` must be a rate from 0 to 1; got {self.prior}"
            raise ValueError(msg)
        if not 1e-3 <= self.weight <= 1e9:
            msg = f"`weight` must be from 0.001 to 1e9 events; got {self.weight}"
            raise ValueError(msg)
        if (self.field is None) != (not self.values):
            msg = "`field` and `values` go together; one is missing"
            raise ValueError(msg)


class Habit(Definition, frozen=True, kw_only=True, tag="habit"):
    """The share of earlier events in this hour of the day, or on this weekday (UTC).

    Attributes
    ----------
    part
        What is compared: the hour of the day or the day of the week.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    """

    part: Literal["hour", "weekday"]
    types: tuple[str, ...] = ("*",)


class Affinity(Definition, frozen=True, kw_only=True, tag="affinity"):
    """How a person's decayed events spread over the values of a text field.

    `own_share` is that of this event's value among earlier events, `top_share` that of the
    leading value, `distinct` the number of values remembered, at most `entries`.

    Attributes
    ----------
    field
        A text field of events.
    types
        Event types that count; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    half_life
        ISO 8601 duration after which an event weighs half.
    measure
        Which figure of the spread.
    entries
        Values remembered of a person, from 1 to 64; the one longest untouched makes
        room.
    """

    field: str
    types: tuple[str, ...]
    half_life: str
    measure: Literal["own_share", "top_share", "distinct"]
    entries: int = 8

    def __post_init__(self) -> None:
        """Refuse a half-life that is not positive, and too few or too many entries."""
        check_span("half_life", self.half_life)
        if not 1 <= self.entries <= MOST_ENTRIES:
            msg = f"`entries` must be from 1 to {MOST_ENTRIES}; got {self.entries}"
            raise ValueError(msg)
