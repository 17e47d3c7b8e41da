"""Shoppers: the shopping of many people, told for every row of a pass.

In: rows of a pass with their events, or people and times at which nothing happened. Out: columns
of what suppressions ask of a row, each a function of the person's own events. It refuses to know
which actions they hold back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.people.happened import joined
from rtm_flows.people.order_moves import MOVES
from rtm_flows.people.rows import Bools, Ints, Rows, pick_rows
from rtm_flows.people.shopping import (
    CARTING,
    CASES,
    NOTHING,
    TOUCHING,
    Offered,
    Rule,
    Shopping,
    Told,
)
from rtm_flows.people.state import Field, State
from rtm_flows.people.type_sets import Types

LIVE_CART, OPEN_CASE, ORDER_DELAYED = "live_cart", "open_case", "order_delayed"
"""Columns of what holds at a row, yes or no."""

WHOLE, RUNNING = "shopping", "shopping_running"
"""State columns: the whole shopping as one text, and what of it stands as numbers."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Shopping).decode


def items_of(about: str) -> str:
    """Return the column of the items of an action: a list as one text, none as an empty one."""
    return f"items:{about}"


def left_of(about: str) -> str:
    """Return the column of why there are none: a place in `LEFT_OUT`, or -1."""
    return f"left:{about}"


class Shoppers:
    """What is kept of people's shopping, as far as a job asks for it.

    Parameters
    ----------
    rule
        What counts, and what is asked for.

    Notes
    -----
    The whole shopping of a person is one text: it is read and written where a pass touches it, and
    names no number that another worker would not know. The cart, cases and orders as they stand
    are numbers beside it, for all rows together.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._remembers = follows(rule)[2]
        self.types = _types(rule, remembers=self._remembers)
        """The types of events that are looked at."""
        self.fields = [
            Field(WHOLE, "O", (), ""),
            # When the cart that holds something was touched, or -1; cases open; orders delayed.
            Field(RUNNING, "i8", (3,), -1),
        ]

    def follow(
        self, rows: Rows, events: Table, heard: Bools, asked: Bools, number: Ints, people: State
    ) -> Table:
        """Take the events of a pass in; tell what holds at every row.

        Parameters
        ----------
        rows, events, number, people
            The pass, with the running number of each event of its person.
        heard
            Rows whose type is one of `types`.
        asked
            Rows of which the items of actions are asked for; of others none are told.
        """
        at = np.flatnonzero(heard | asked) if self._rule.abouts else np.flatnonzero(heard)
        running: list[tuple[int, int, int]] = []
        offered: list[list[Offered]] = []
        told = _told(rows, events, number, at)
        hears, asks = heard[at].tolist(), asked[at].tolist()
        for slot, start, stop in _runs(rows.slot[at]):
            shopping = _read(people[WHOLE][slot])
            for i in range(start, stop):
                if hears[i]:
                    shopping.take(told[i], remembers=self._remembers)
                    running.append(shopping.running)
                if asks[i] and self._rule.abouts:
                    offered.append(shopping.offered(self._rule, told[i].clock, told[i].item))
            if any(hears[start:stop]):
                people[WHOLE][slot] = _encode(shopping).decode()
        now = np.array(running, dtype=np.int64).reshape(-1, 3)
        found = pick_rows(rows, heard, now, people[RUNNING])
        people[RUNNING][rows.people] = found[rows.ends]
        return self._columns(found, rows.clock, np.flatnonzero(asked), offered)

    def at(self, slots: Ints, clocks: Ints, people: State) -> Table:
        """Tell what holds of some people at times at which nothing happened."""
        texts = people[WHOLE][slots].tolist() if self._rule.abouts else []
        offered = [
            _read(text).offered(self._rule, clock)
            for text, clock in zip(texts, clocks[: len(texts)].tolist(), strict=True)
        ]
        return self._columns(people[RUNNING][slots], clocks, np.arange(len(slots)), offered)

    def _columns(
        self, running: Ints, clocks: Ints, at: Ints, offered: Sequence[Sequence[Offered]]
    ) -> Table:
        touched, cases, delayed = running.T
        columns: dict[str, Column] = {
            LIVE_CART: (touched >= 0) & (clocks - touched < self._rule.live_ms),
            OPEN_CASE: (cases > 0) & self._rule.open_case,
            ORDER_DELAYED: (delayed > 0) & self._rule.order_delayed,
        }
        for place, about in enumerate(self._rule.abouts):
            items = as_text([""] * len(clocks))
            left = np.full(len(clocks), -1, dtype=np.int8)
            own = [one[place] for one in offered]
            items[at] = [joined(one.items) if one.items else "" for one in own]
            left[at] = [one.left for one in own]
            columns |= {items_of(about): items, left_of(about): left}
        return Table(columns)


def carried_over(texts: Sequence[str], was: Rule, now: Rule) -> tuple[list[str], Ints]:
    """Return the shopping of people as another rule goes on with it, and what they have running.

    Parameters
    ----------
    texts
        As `WHOLE` holds them.
    was, now
        What one rule did not follow, the other begins with nothing known of.

    Returns
    -------
    tuple
        The texts, and of everybody what `RUNNING` holds, shape (people, 3).

    Examples
    --------
    >>> from rtm_flows.people.shopping import Rule
    >>> carts = Rule(1, False, False, 0, 0, 0, 0, (), {})
    >>> both = carts._replace(open_case=True)
    >>> ann = Shopping(cart={"shoes": (1, 0)}, cases={"c": 0}, touched=7)
    >>> carried_over([_encode(ann).decode()], both, carts)[1].tolist()
    [[7, 0, 0]]
    """
    heard = follows(was), follows(now)
    carts, cases, remembers = (all(both) for both in zip(*heard, strict=True))
    found: list[str] = []
    running = np.full((len(texts), 3), -1, dtype=np.int64)
    for at, text in enumerate(texts):
        if not text:
            found.append(text)
            continue
        kept = _read(text)
        own = Shopping(
            cart=kept.cart if carts else {},
            items=kept.items if remembers else {},
            lines=kept.lines if remembers else [],
            orders=kept.orders if remembers else {},
            delivered=kept.delivered if remembers else {},
            cases=kept.cases if cases else {},
            touched=kept.touched if carts else -1,
        )
        running[at] = own.running
        found.append(_encode(own).decode())
    return found, running


def follows(rule: Rule) -> tuple[bool, bool, bool]:
    """Tell whether a rule follows carts, cases, and items with their orders."""
    carts = rule.live_ms > 0 or bool(rule.abouts)
    return carts, rule.open_case, any(about != "cart" for about in rule.abouts)


def _types(rule: Rule, *, remembers: bool) -> Types:
    """Return the types of events that a rule makes worth looking at."""
    wanted = {
        CARTING: follows(rule)[0],
        CASES: rule.open_case,
        tuple(MOVES): remembers,
        TOUCHING: remembers,
    }
    return tuple(dict.fromkeys(kind for kinds, one in wanted.items() if one for kind in kinds))


def _told(rows: Rows, events: Table, number: Ints, at: Ints) -> list[Told]:
    """Return what some rows tell; without a name things have that of nothing."""
    texts = (events[name][at].tolist() for name in ("item_id", "transaction_id", "case_id"))
    named = ([text or NOTHING for text in column] for column in texts)
    numbers = (column[at].tolist() for column in (events["quantity"], rows.clock, number))
    return list(map(Told, events["type"][at].tolist(), *named, *numbers))


def _runs(slots: Ints) -> Iterator[tuple[int, int, int]]:
    """Yield of each person the slot, and where its rows start and stop."""
    starts = np.flatnonzero(np.append(True, slots[1:] != slots[:-1])[: len(slots)])
    bounds = [*starts.tolist(), len(slots)]
    for start, stop in pairwise(bounds):
        yield int(slots[start]), start, stop


def _read(text: str) -> Shopping:
    return _decode(text) if text else Shopping()
