"""Moments: what a person does, or fails to do, that calls for a decision.

In: tables `[[triggers.moments]]` of the configuration. Out: frozen records, one class a kind.
Nothing here finds a moment: `timer_kinds` and `patterns` do, and whoever scores. What each kind
means is told in section 6 of docs/semantics.md.
"""

from __future__ import annotations

import msgspec

from rtm_flows.people.type_sets import Types
from rtm_flows.times import parse_duration

MOST = 32
"""The most events that a moment counts, and the own pauses that are remembered of a person."""


class Declared(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A moment's name, which is the name of the trigger.

    Attributes
    ----------
    name
        Unique among the moments, without a colon; the name of the trigger.
    """

    name: str


class SessionEnd(Declared, frozen=True, kw_only=True, tag="session_end"):
    """A session is over: its gap has passed since the last event."""


class _After(Declared, frozen=True, kw_only=True):
    """A moment that comes a while after an event.

    Attributes
    ----------
    after
        ISO 8601 duration, longer than zero.
    """

    after: str

    def __post_init__(self) -> None:
        """Refuse a span that is not positive."""
        _positive("after", self.after)

    @property
    def after_ms(self) -> int:
        """The span in milliseconds."""
        return parse_duration(self.after)


class CartAbandonment(_After, frozen=True, kw_only=True, tag="cart_abandonment"):
    """Something lies in the cart, untouched for `after`, and no session is live."""


class CheckoutAbandonment(_After, frozen=True, kw_only=True, tag="checkout_abandonment"):
    """A checkout was begun or gone on with, and no purchase came within `after`."""


class BrowseAbandonment(_After, frozen=True, kw_only=True, tag="browse_abandonment"):
    """A session of at least `views` product views ended with nothing put in a cart or bought.

    Attributes
    ----------
    views
        Product views that are enough.
    """

    views: int = 3

    def __post_init__(self) -> None:
        """Refuse a span that is not positive, and a count out of bounds."""
        super().__post_init__()
        _counted("views", self.views)


class Silence(_After, frozen=True, kw_only=True, tag="silence"):
    """Nothing was heard for `after`, or for long by the person's own pauses between sessions.

    Attributes
    ----------
    quantile
        Part of the person's own pauses that this one must be longer than; left out, `after` counts.
    least
        Pauses of the person that must be known for that; before, `after` counts.
    """

    quantile: float | None = None
    least: int = 5

    def __post_init__(self) -> None:
        """Refuse a span that is not positive, no quantile, and a count out of bounds."""
        super().__post_init__()
        _counted("least", self.least)
        if self.quantile is not None and not 0.0 < self.quantile <= 1.0:
            msg = f"`quantile` must be above 0 and at most 1; got {self.quantile}"
            raise ValueError(msg)


class _Within(Declared, frozen=True, kw_only=True):
    """A moment of several events within a while.

    Attributes
    ----------
    within
        ISO 8601 duration, longer than zero.
    """

    within: str

    def __post_init__(self) -> None:
        """Refuse a span that is not positive."""
        _positive("within", self.within)

    @property
    def within_ms(self) -> int:
        """The span in milliseconds."""
        return parse_duration(self.within)


class Absence(_Within, frozen=True, kw_only=True, tag="absence"):
    """After an event of `after_types`, none of the types `of` came within `within`.

    Attributes
    ----------
    after_types
        Event types that something should follow.
    of
        Event types of which one should follow.
    """

    after_types: Types
    of: Types


class Sequence(_Within, frozen=True, kw_only=True, tag="sequence"):
    """An event of the types `first`, and within `within` one of the types `then`.

    Attributes
    ----------
    first
        Event types of the first.
    then
        Event types of the second.
    """

    first: Types
    then: Types


class Count(_Within, frozen=True, kw_only=True, tag="count"):
    """At least `count` events of these types within a rolling `within`.

    Attributes
    ----------
    types
        Event types that count.
    count
        How many are enough.
    """

    types: Types
    count: int

    def __post_init__(self) -> None:
        """Refuse a span that is not positive, and a count out of bounds."""
        super().__post_init__()
        _counted("count", self.count)


class ScoreCrossing(Declared, frozen=True, kw_only=True, tag="score_crossing"):
    """A score rises to `above`, for the first time or after it has been less than `below`.

    Attributes
    ----------
    above
        The score that is risen to.
    below
        What it must have been less than before it can rise again; left out, `above`.
    model
        Whose score.
    """

    above: float
    below: float | None = None
    model: str = "intent"

    def __post_init__(self) -> None:
        """Refuse bounds that no score can cross."""
        if not 0.0 < self.above <= 1.0:
            msg = f"`above` must be above 0 and at most 1; got {self.above}"
            raise ValueError(msg)
        if not 0.0 < self.falls_below <= self.above:
            msg = f"`below` must be above 0 and at most `above`, {self.above}; got {self.below}"
            raise ValueError(msg)

    @property
    def falls_below(self) -> float:
        """The score must be less than this before it can cross again."""
        return self.above if self.below is None else self.below


Timed = SessionEnd | CartAbandonment | CheckoutAbandonment | BrowseAbandonment | Silence | Absence
"""Kinds that fire by a timer."""
Pattern = Sequence | Count
"""Kinds that fire on an event."""
Moment = Timed | Pattern | ScoreCrossing


def kind_of(moment: Moment) -> str:
    """Return the kind of a moment, as it is declared.

    Examples
    --------
    >>> kind_of(SessionEnd(name="gone"))
    'session_end'
    """
    return str(moment.__struct_config__.tag)


def types_of(moment: Moment) -> dict[str, Types]:
    """Return the declared sets of event types by key.

    Examples
    --------
    >>> types_of(Sequence(name="a", first=("search",), then=("purchase",), within="PT1H"))
    {'first': ('search',), 'then': ('purchase',)}
    """
    match moment:
        case Absence():
            return {"after_types": moment.after_types, "of": moment.of}
        case Sequence():
            return {"first": moment.first, "then": moment.then}
        case Count():
            return {"types": moment.types}
    return {}


def text_of(moment: Moment) -> tuple[str, ...]:
    """Return the text fields of events that a moment looks at."""
    return ("item_id",) if isinstance(moment, CartAbandonment) else ()


def span_of(moment: Moment) -> int:
    """Return how long after an event a moment of it can still come, in milliseconds.

    Of a moment that goes by the session's end or by a person's own pauses, nothing is added.
    """
    match moment:
        case _After():
            return moment.after_ms
        case _Within():
            return moment.within_ms
    return 0


def _positive(key: str, text: str) -> None:
    if parse_duration(text) <= 0:
        msg = f"`{key}` must be positive; got {text}"
        raise ValueError(msg)


def _counted(key: str, number: int) -> None:
    if not 1 <= number <= MOST:
        msg = f"`{key}` must be from 1 to {MOST}; got {number}"
        raise ValueError(msg)
