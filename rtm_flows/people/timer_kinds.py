"""Moments that fire by a timer: what sets each kind, and to when.

In: declared moments, and what happened in a pass. Out: the settings of their timers. Section 6 of
docs/semantics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from rtm_flows.people import moment_kinds as kinds
from rtm_flows.people.happened import Happened
from rtm_flows.people.latest import NONE, Latest
from rtm_flows.people.rows import Bools, Ints, pick_rows
from rtm_flows.people.session_sums import RECORD
from rtm_flows.people.state import Field
from rtm_flows.people.timers import NEVER, Settings
from rtm_flows.people.type_sets import Types

CHECKOUT: Types = ("begin_checkout", "add_shipping_info", "add_payment_info")
BOUGHT: Types = ("purchase",)
VIEWED: Types = ("view_item",)
TOUCHING: Types = ("add_to_cart", "remove_from_cart", "purchase")
"""What puts into the cart or takes out of it."""
_VIEWS, _CART_ADDS, _PURCHASES = (
    list(RECORD).index(name) for name in ("views", "cart_adds", "purchases")
)


class TimedKind(Protocol):
    """One moment that fires by a timer.

    Attributes
    ----------
    fields
        State columns beside those of the timer.
    types
        The sets of types that it wants masks of.
    held_ms
        How long after any event the timer is held, or None.
    """

    fields: Sequence[Field]
    types: Sequence[Types]
    held_ms: int | None

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer, and store the state beside it."""


def timed_kind(moment: kinds.Timed, name: str, gap_ms: int) -> TimedKind:
    """Return what sets a moment's timer.

    Parameters
    ----------
    moment
        As declared.
    name
        Prefix of its state columns.
    gap_ms
        A longer pause than this ends a session.
    """
    match moment:
        case kinds.SessionEnd():
            return _Quiet(gap_ms)
        case kinds.CartAbandonment():
            return _LeftCart(moment, gap_ms)
        case kinds.CheckoutAbandonment():
            return _LeftCheckout(moment)
        case kinds.BrowseAbandonment():
            return _OnlyBrowsed(moment, name)
        case kinds.Silence(quantile=None):
            return _Quiet(moment.after_ms)
        case kinds.Silence():
            return _OwnQuiet(moment, name)
        case kinds.Absence():
            return _Missing(moment, name)


class _Quiet:
    """Nothing is heard for a while: every event sets the timer."""

    fields: Sequence[Field] = ()
    types: Sequence[Types] = ()
    held_ms: int | None = None

    def __init__(self, after_ms: int) -> None:
        self._after_ms = after_ms

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer."""
        return _by_every_row(of, of.rows.clock + self._after_ms)


class _OwnQuiet:
    """Nothing is heard for longer than a person's own pauses between sessions mostly were."""

    types: Sequence[Types] = ()
    held_ms: int | None = None

    def __init__(self, moment: kinds.Silence, name: str) -> None:
        self._after_ms = moment.after_ms
        self._least, self._own = moment.least, f"{name}_own"
        # Nearest rank: of n pauses the least that this share of them does not exceed. What floats
        # add to a product like 0.1 * 30 must not lift it to the next rank.
        share = moment.quantile or 1.0
        ranks = [max(1, math.ceil(round(share * n, 9))) for n in range(kinds.MOST + 1)]
        self._place = np.array(ranks, dtype=np.int64) - 1
        self._pauses = Latest(name, kinds.MOST, ids=False)
        self.fields: Sequence[Field] = [*self._pauses.fields, Field(self._own, "i8", (), NONE)]

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer, and store pauses."""
        rows, own = of.rows, of.state[self._own]
        last = rows.previous(rows.clock, of.state["last"][rows.slot])
        returns = of.sessions.opens & (last >= 0)
        spans = self._quantiles(of, returns, rows.clock - last)
        span = pick_rows(rows, returns, spans, own)
        own[rows.people] = span[rows.ends]
        return _by_every_row(of, rows.clock + np.where(span < 0, self._after_ms, span))

    def _quantiles(self, of: Happened, returns: Bools, pauses: Ints) -> Ints:
        """Return the quantile of a person's pauses at each return; `NONE` while they are few."""
        line = self._pauses.line(of, returns, pauses)
        known = np.stack([line.before(back) for back in range(kinds.MOST)], axis=1)
        counts = (known >= 0).sum(axis=1)
        # What is not there is less than any pause: ranks are counted from behind it.
        ordered = np.sort(known, axis=1)
        place = kinds.MOST - counts + self._place[counts]
        found = ordered[np.arange(len(counts)), np.minimum(place, kinds.MOST - 1)]
        return np.where(counts >= self._least, found, NONE)


class _LeftCart:
    """Something lies in the cart, and no session is live."""

    fields: Sequence[Field] = ()
    types: Sequence[Types] = (TOUCHING,)

    def __init__(self, moment: kinds.CartAbandonment, gap_ms: int) -> None:
        self._after_ms = moment.after_ms
        self.held_ms: int | None = gap_ms

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer."""
        due = np.where(of.pieces > 0, of.rows.clock + self._after_ms, NEVER)
        return Settings(of.masks[TOUCHING], due, of.own_ids)


class _LeftCheckout:
    """A checkout waits for its purchase."""

    fields: Sequence[Field] = ()
    types: Sequence[Types] = (CHECKOUT, BOUGHT)
    held_ms: int | None = None

    def __init__(self, moment: kinds.CheckoutAbandonment) -> None:
        self._after_ms = moment.after_ms

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer."""
        waits = of.masks[CHECKOUT]
        due = np.where(waits, of.rows.clock + self._after_ms, NEVER)
        return Settings(waits | of.masks[BOUGHT], due, of.own_ids)


class _OnlyBrowsed:
    """A session had product views, and nothing came of it."""

    types: Sequence[Types] = (VIEWED,)
    held_ms: int | None = None

    def __init__(self, moment: kinds.BrowseAbandonment, name: str) -> None:
        self._after_ms, self._views = moment.after_ms, moment.views
        self._seen = Latest(name, moment.views, ids=True)
        self.fields: Sequence[Field] = self._seen.fields

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer, and store the latest views."""
        rows, sums, views = of.rows, of.sessions.sums, of.masks[VIEWED]
        only = (sums[:, _VIEWS] >= self._views) & (sums[:, _CART_ADDS] == 0)
        only &= sums[:, _PURCHASES] == 0
        carried = self._seen.carried(of, rows.people)
        line = self._seen.line(of, views, rows.clock)
        latest, number = rows.latest(views), np.cumsum(views) - 1

        def evidence(at: Ints) -> list[str]:
            texts = [carried[person] for person in rows.rank[at].tolist()]
            own = np.flatnonzero(latest[at] >= 0)
            viewed = number[latest[at[own]]]
            for place, text in zip(own.tolist(), line.evidence(viewed, self._views), strict=True):
                texts[place] = text
            return texts

        due = np.where(only, rows.clock + self._after_ms, NEVER)
        return Settings(np.ones(rows.n, dtype=np.bool_), due, evidence)


class _Missing:
    """What is expected after an event has not come.

    A person waits for one thing at a time. Few rows begin or end a wait: those are walked.
    """

    held_ms: int | None = None

    def __init__(self, moment: kinds.Absence, name: str) -> None:
        self._moment, self._within_ms = moment, moment.within_ms
        self._due, self._evidence = f"{name}_due", f"{name}_evidence"
        self.fields: Sequence[Field] = ()
        self.types: Sequence[Types] = (moment.after_types, moment.of)

    def settings(self, of: Happened) -> Settings:
        """Return what the rows do to the timer."""
        rows, begins, ends = of.rows, of.masks[self._moment.after_types], of.masks[self._moment.of]
        sets = begins | ends
        due = np.full(rows.n, NEVER, dtype=np.int64)
        first = np.full(rows.n, -1, dtype=np.int64)
        at = np.flatnonzero(sets)
        steps = (column[at].tolist() for column in (rows.slot, rows.clock, begins, ends))
        slot, standing, since = -1, NEVER, -1
        for row, one, clock, begin, end in zip(at.tolist(), *steps, strict=True):
            if one != slot:
                slot, standing, since = one, int(of.state[self._due][one]), -1
            if end or standing < clock:
                standing, since = NEVER, row
            if begin and standing == NEVER:
                standing, since = clock + self._within_ms, row
            due[row], first[row] = standing, since
        return Settings(sets, due, lambda some: self._texts(of, some, first[some]))

    def _texts(self, of: Happened, at: Ints, first: Ints) -> list[str]:
        """Return the event with which the wait began, which may be one before the pass."""
        texts: list[str] = of.state[self._evidence][of.rows.slot[at]].tolist()
        own = np.flatnonzero(first >= 0)
        for place, text in zip(own.tolist(), of.own_ids(first[own]), strict=True):
            texts[place] = text
        return texts


def _by_every_row(of: Happened, due: Ints) -> Settings:
    return Settings(np.ones(of.rows.n, dtype=np.bool_), due, of.own_ids)
