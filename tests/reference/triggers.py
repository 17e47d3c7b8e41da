"""Moments: the triggers of section 6 of the page that are no single events.

In: the accepted events of one person, one after the other, and the passing of time. Out: what
fires, when, and by which events. Each remembers whole lists and looks through them anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .job import Job, matches
from .moment import Moment as Shown
from .records import Event
from .service import Cart
from .sessions import Session
from .times import duration

CHECKOUT = ("begin_checkout", "add_shipping_info", "add_payment_info")
CART = ("add_to_cart", "remove_from_cart", "purchase")
PAUSES = 32


@dataclass(frozen=True)
class Fired:
    """One trigger that fired: its name and kind, when, and the ids of the events that matched."""

    name: str
    kind: str
    time: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Happening:
    """An accepted event with its clock, the clock of the one before, and its session so far."""

    event: Event
    t: int
    last: int | None
    opens: bool
    session: Session

    @property
    def type(self) -> str:
        """The event's type."""
        return self.event.type


class Moment:
    """One declared moment of one person; `due` is when its timer fires, if one stands."""

    def __init__(self, spec: Mapping[str, Any], gap: int) -> None:
        self.name, self.kind = spec["name"], spec["kind"]
        self.spec, self.gap = spec, gap
        self.due: int | None = None
        self.ids: tuple[str, ...] = ()

    def span(self, key: str) -> int:
        """Return a declared span in milliseconds."""
        return int(duration(self.spec[key]))

    def wait(self, until: int, *ids: str) -> None:
        """Set the timer."""
        self.due, self.ids = until, ids

    def take(self, now: Happening) -> Sequence[str]:
        """Take an event; return the ids that matched if the moment fires on it."""
        raise NotImplementedError


class SessionEnd(Moment):
    """Every event sets the timer to the gap after it."""

    def take(self, now: Happening) -> Sequence[str]:
        """Wait for the session's end."""
        self.wait(now.t + self.gap, now.event.id)
        return ()


class CartAbandonment(Moment):
    """Something lies in the cart, untouched, and no session is live."""

    def __init__(self, spec: Mapping[str, Any], gap: int) -> None:
        super().__init__(spec, gap)
        self.cart = Cart({"kind": "cart_quantity"})
        self.touched: tuple[int, str] | None = None

    def take(self, now: Happening) -> Sequence[str]:
        """Note what touches the cart; wait until it is left and the session over."""
        pieces = self.cart.take(Shown(now.event, now.t, now.opens, 0, 0))
        if now.type in CART:
            self.touched = (now.t, now.event.id) if pieces else None
        elif self.due is None:
            self.touched = None  # fired, or nothing to fire for
        self.due = None
        if self.touched:
            clock, id_ = self.touched
            self.wait(max(clock + self.span("after"), now.t + self.gap), id_)
        return ()


class CheckoutAbandonment(Moment):
    """A step of a checkout waits for a purchase."""

    def take(self, now: Happening) -> Sequence[str]:
        """Begin to wait anew, or no longer."""
        if now.type in CHECKOUT:
            self.wait(now.t + self.span("after"), now.event.id)
        elif now.type == "purchase":
            self.due = None
        return ()


class BrowseAbandonment(Moment):
    """A session with views, and nothing more."""

    def __init__(self, spec: Mapping[str, Any], gap: int) -> None:
        super().__init__(spec, gap)
        self.views: list[str] = []

    def take(self, now: Happening) -> Sequence[str]:
        """Wait if the session so far is one that may be left."""
        if now.opens:
            self.views = []
        if now.type == "view_item":
            self.views.append(now.event.id)
        least, types = self.spec.get("views", 3), now.session.types
        self.due = None
        if len(self.views) >= least and not types["add_to_cart"] and not types["purchase"]:
            self.wait(now.t + self.span("after"), *self.views[-least:])
        return ()


class Silence(Moment):
    """Nothing is heard for a span, or for a quantile of the person's latest pauses."""

    def __init__(self, spec: Mapping[str, Any], gap: int) -> None:
        super().__init__(spec, gap)
        self.pauses: list[int] = []

    def take(self, now: Happening) -> Sequence[str]:
        """Wait anew."""
        if now.opens and now.last is not None:
            self.pauses.append(now.t - now.last)
        self.wait(now.t + self._span(), now.event.id)
        return ()

    def _span(self) -> int:
        known, share = sorted(self.pauses[-PAUSES:]), self.spec.get("quantile")
        if share is None or len(known) < self.spec.get("least", 5):
            return self.span("after")
        return known[max(1, math.ceil(round(float(share) * len(known), 9))) - 1]


class Absence(Moment):
    """What is expected after an event does not come."""

    def take(self, now: Happening) -> Sequence[str]:
        """Stop waiting, or begin to if nothing is waited for."""
        if matches(self.spec["of"], now.type):
            self.due = None
        if matches(self.spec["after_types"], now.type) and self.due is None:
            self.wait(now.t + self.span("within"), now.event.id)
        return ()


class Sequence_(Moment):
    """One event, then another."""

    first: tuple[int, str] | None = None

    def take(self, now: Happening) -> Sequence[str]:
        """Fire if the latest first event is unused and not too long ago."""
        ids: Sequence[str] = ()
        is_then = matches(self.spec["then"], now.type)
        if is_then and self.first and now.t - self.first[0] <= self.span("within"):
            ids = (self.first[1], now.event.id)
            self.first = None
        if matches(self.spec["first"], now.type):
            self.first = (now.t, now.event.id)
        return ids


class Count(Moment):
    """So many events within a span."""

    def __init__(self, spec: Mapping[str, Any], gap: int) -> None:
        super().__init__(spec, gap)
        self.seen: list[tuple[int, str]] = []
        self.reached = False

    def take(self, now: Happening) -> Sequence[str]:
        """Fire if there are enough, and were not just before."""
        if not matches(self.spec["types"], now.type):
            return ()
        within, count = self.span("within"), self.spec["count"]
        still = [one for one in self.seen if now.t - one[0] <= within]
        self.reached = self.reached and len(still) >= count
        self.seen = [*still, (now.t, now.event.id)]
        if self.reached or len(self.seen) < count:
            return ()
        self.reached = True
        return [id_ for _, id_ in self.seen[-count:]]


KINDS: Mapping[str, type[Moment]] = {
    "session_end": SessionEnd,
    "cart_abandonment": CartAbandonment,
    "checkout_abandonment": CheckoutAbandonment,
    "browse_abandonment": BrowseAbandonment,
    "silence": Silence,
    "absence": Absence,
    "sequence": Sequence_,
    "count": Count,
}


class Crossings:
    """The moments of one person at which a score rises, in declared order."""

    def __init__(self, job: Job) -> None:
        self.specs = [one for one in job.moments if one["kind"] == "score_crossing"]
        self.is_above = dict.fromkeys((one["name"] for one in self.specs), False)

    def take(self, scores: Mapping[str, float], clock: int, id_: str) -> Iterator[Fired]:
        """Take the scores of an event; what fires on them."""
        for one in self.specs:
            name, score = one["name"], scores[one.get("model", "intent")]
            if score >= one["above"] and not self.is_above[name]:
                self.is_above[name] = True
                yield Fired(name, one["kind"], clock, (id_,))
            elif score < one.get("below", one["above"]):
                self.is_above[name] = False


class Moments:
    """All other declared moments of one person, in declared order."""

    def __init__(self, job: Job) -> None:
        self.all = [
            KINDS[spec["kind"]](spec, job.gap) for spec in job.moments if spec["kind"] in KINDS
        ]

    def before(self, t: float) -> Iterator[Fired]:
        """Let timers fire that are due before a time, the earliest first."""
        while late := [one for one in self.all if one.due is not None and one.due < t]:
            first = min(late, key=lambda one: one.due or 0)  # of several, the one declared first
            due, first.due = first.due, None
            yield Fired(first.name, first.kind, due or 0, first.ids)

    def take(self, now: Happening) -> Iterator[Fired]:
        """Take an event; what fires on it."""
        for one in self.all:
            if ids := one.take(now):
                yield Fired(one.name, one.kind, now.t, tuple(ids))

    @property
    def pending(self) -> list[str]:
        """Names of the moments whose timers stand."""
        return [one.name for one in self.all if one.due is not None]
