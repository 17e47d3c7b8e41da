"""People: what is known of each when something is decided for them.

In: the records of the input, then decisions in their order. Out: for a decision, all that its
person's events have told by then. It refuses to know what must follow from it.

Of each person at most 48 items and as many lines of purchases, 32 items in the cart, 16 orders and
16 cases are kept, and of each pause what counts; and the records of which no decision knew yet.
"""

from __future__ import annotations

from typing import NamedTuple

from rtm_flows.audit.fatigue import Pausing, Shown
from rtm_flows.audit.history import History
from rtm_flows.audit.items import Items
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.service import Service
from rtm_flows.audit.suppressions import Facts
from rtm_flows.audit.triggers import Triggers


class _Book(NamedTuple):
    """What is known of a person in this life."""

    service: Service
    items: Items
    shown: Shown


class Met(NamedTuple):
    """What is known of a person at a decision."""

    facts: Facts
    shown: Shown


class People:
    """The books of everybody.

    Parameters
    ----------
    history
        What everybody did.
    pausing
        The pauses of the run.
    after
        Milliseconds of silence after which a person is forgotten.
    """

    def __init__(self, history: History, pausing: Pausing, after: float) -> None:
        self._history = history
        self._pausing = pausing
        self._after = after
        self._books: dict[str, _Book] = {}
        self._last: dict[str, int] = {}

    def at(self, decision: Decision, triggers: Triggers) -> Met | None:
        """Return what is known at a decision; None if the input does not tell it.

        Raises
        ------
        ValueError
            If an earlier decision of the person knew of later events.
        """
        place = self._history.place(decision, triggers)
        if place is None:
            return None
        person = decision.person
        book = self._books.setdefault(person, _new())
        for record in self._history.until(person, place):
            if record.time - self._last.get(person, record.time) > self._after:
                book = self._books[person] = _new()
            self._last[person] = record.time
            book.items.take(record)
            book.service.take(record)
            self._pausing.take(book.shown, record)
        item = self._history.item(person, place)
        return Met(Facts(ms(decision.decision_time), book.service, book.items, item), book.shown)


def _new() -> _Book:
    """Return that nothing is known."""
    service = Service()
    return _Book(service, Items(service), Shown())
