"""The course of lives: what is true of people at each moment, for those who ask about a few.

In: what comes about in a world. Out: moments, one for each event of a visit, for each visit's end,
and for each message that left, with what is true of the person from then on. It knows nothing of
actions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.simulate.fashion import chain as c
from rtm_flows.simulate.fashion.campaigns import Send
from rtm_flows.simulate.fashion.draws import Bools, Floats, Ints
from rtm_flows.simulate.fashion.people import FATIGUE_HALF_LIFE, People
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.fashion.visits import Coming
from rtm_flows.simulate.fashion.walk import Ends, Steps, still_to_buy
from rtm_flows.simulate.fashion.world import Watcher, World

Moments = NDArray[np.void]

AWAY = 255
"""Step of a moment at which the person is not in the shop."""

_PERSON: list[tuple[str, str]] = [
    *((name, "i8") for name in ("person", "case_from", "case_until", "tired_at")),
    *((name, "i8") for name in ("ordered_at", "delivered_at", "visits", "hesitance")),
    *((name, "f8") for name in ("thrift", "eager", "mail", "push", "leaning", "rate", "tired")),
    *((name, "?") for name in ("mail_ok", "push_ok")),
]
MOMENT = np.dtype(
    [
        *_PERSON,
        ("time", "i8"),
        ("came", "i8"),  # the latest event of a visit until then
        ("step", "u1"),  # the step just done, or AWAY
        ("number", "i2"),  # its place in the visit, from 0
        ("intent", "i1"),
        ("gone", "?"),  # left for good
        ("tried", "?"),  # a checkout was begun in this visit
        ("cart", "i1"),  # pieces
        ("cents", "i8"),  # what these are worth
        ("buys_at", "i8"),  # when the visit ends in a purchase, or NEVER
        ("chance", "f8"),  # that it will, for somebody who knows all
        ("seen", "f8"),  # the same, for somebody who knows all but the intent
    ]
)


class Course:
    """Hears of a world, and remembers its moments."""

    def __init__(self) -> None:
        self._parts: list[Moments] = []
        self._came: Ints = np.zeros(0, dtype=np.int64)
        self._cents: Ints = np.zeros(0, dtype=np.int64)

    def moments(self) -> Moments:
        """Return all moments, by person and time."""
        moments = np.concatenate([np.zeros(0, dtype=MOMENT), *self._parts])
        order = np.lexsort((moments["number"], moments["time"], moments["person"]))
        return moments[order]

    def sent(self, people: People, message: Send) -> None:
        """Remember that people are more tired now."""
        self._know(people)
        rows = np.arange(len(people.place))
        self._away(people, rows, np.full(len(rows), message.time, dtype=np.int64))

    def came(self, people: People, coming: Coming) -> None:
        """Hear of visits; all that matters is told when they have been walked."""

    def walked(self, people: People, coming: Coming, steps: Steps, ends: Ends) -> None:
        """Remember each event of visits."""
        self._know(people)
        visit = steps.visit
        moments = _of(people, coming.rows[visit])
        moments["time"], moments["step"], moments["number"] = steps.time, steps.type, steps.step
        moments["came"] = steps.time
        moments["intent"], moments["cart"] = coming.intent[visit], steps.cart
        moments["cents"] = steps.cents
        moments["buys_at"] = np.where(ends.bought, ends.last, NEVER)[visit]
        moments["chance"] = still_to_buy(coming.visits.kind, steps)
        moments["seen"] = seen_to_buy(people, coming, steps)
        begun = np.full(len(coming.rows), c.LONGEST, dtype=np.int64)
        checkout = steps.type == c.CHECKOUT
        np.minimum.at(begun, visit[checkout], steps.step[checkout])
        moments["tried"] = steps.step >= begun[visit]
        self._parts.append(moments)
        known = (coming.login < c.LONGEST)[visit]
        # Each visit's steps come in turn, so that the last is what stays.
        by_step = np.flatnonzero(known)[np.argsort(steps.step[known], kind="stable")]
        self._cents[coming.rows[visit[by_step]]] = steps.cents[by_step]
        self._came[coming.rows] = ends.last

    def ended(self, people: People, coming: Coming, ends: Ends, leave: Floats) -> None:
        """Remember what is true of people as they go, orders included."""
        known = coming.login < c.LONGEST
        cart = np.where(known, ends.cart, people.cart[coming.rows])
        self._away(people, coming.rows, ends.last + 1, cart)

    def left(self, coming: Coming, left: Bools) -> None:
        """Remember who left for good with the visits that have just ended."""
        self._parts[-1]["gone"] = left

    def reached(self, time: int) -> None:
        """Hear how far the world has come."""

    def _away(self, people: People, rows: Ints, time: Ints, cart: Ints | None = None) -> None:
        moments = _of(people, rows)
        moments["time"], moments["step"], moments["number"] = time, AWAY, c.LONGEST
        moments["intent"], moments["buys_at"] = -1, NEVER
        moments["cart"] = people.cart[rows] if cart is None else cart
        moments["cents"] = np.where(moments["cart"] > 0, self._cents[rows], 0)
        moments["came"] = self._came[rows]
        self._parts.append(moments)

    def _know(self, people: People) -> None:
        """Make room for what is remembered of each place: when somebody came, what was left."""
        if not len(self._came):
            self._came = np.full(len(people.place), people.shop.start_ms, dtype=np.int64)
            self._cents = np.zeros(len(people.place), dtype=np.int64)


def _of(people: People, rows: Ints) -> Moments:
    moments = np.zeros(len(rows), dtype=MOMENT)
    for name, _ in _PERSON:
        moments[name] = getattr(people, name)[rows]
    return moments


def seen_to_buy(people: People, coming: Coming, steps: Steps) -> Floats:
    """Return the chance that the visit buys yet, after each event, of who knows all but the intent.

    What the intent may be is weighed by what it makes of the steps seen so far (Bayes). No model
    that sees the lines can do better in the mean.

    Parameters
    ----------
    steps
        In the order of their places in the visits.
    """
    hesitance, sale = people.hesitance[coming.rows], coming.visits.sale
    weights = coming.intents.copy()
    state = np.zeros(len(coming.rows), dtype=np.int64)
    seen = np.zeros(len(steps.visit))
    edges = np.searchsorted(steps.step, np.arange(c.LONGEST + 1))
    for number in range(c.LONGEST):
        here = slice(edges[number], edges[number + 1])
        visit, done = steps.visit[here], steps.type[here]
        now = c.state_of(done, np.where(done == c.BUY, 0, steps.cart[here]))
        buys, whole = np.zeros(len(visit)), np.zeros(len(visit))
        for intent in range(len(c.INTENTS)):
            kind = c.kind_of(np.full(len(visit), intent), hesitance[visit], sale[visit])
            if number == 0:
                likely = np.where(coming.clicked[visit], 1.0, c.LANDINGS[done, intent])
            else:
                likely = c.CHANCES[kind, state[visit], done]
            weights[visit, intent] *= likely
            whole += weights[visit, intent]
            buys += weights[visit, intent] * c.TO_BUY[c.LONGEST - 1 - number, kind, now]
        weights[visit] /= whole[:, None]
        seen[here] = np.where(done == c.BUY, 1.0, buys / whole)
        state[visit] = now
    return seen


def course_of(
    shop: Fashion, places: Ints | None = None, *, watchers: tuple[Watcher, ...] = ()
) -> Moments:
    """Return the moments of the people of some places (all, for None), by person and time.

    Parameters
    ----------
    watchers
        Are told what comes about too.

    Examples
    --------
    >>> moments = course_of(Fashion(people=50, days=3), np.arange(10))
    >>> set(moments["person"] % 50) <= set(range(10))
    True
    """
    course = Course()
    for _ in World(shop, places=places, watchers=(course, *watchers)).run():
        pass
    return course.moments()


def at(moments: Moments, person: Ints, time: Ints) -> Ints:
    """Return the row of the latest moment of each person by a time; -1 where there is none."""
    names, starts = np.unique(moments["person"], return_index=True)
    index = np.minimum(np.searchsorted(names, person), len(names) - 1)
    ends = np.append(starts[1:], len(moments))
    span = np.int64(1) << 42
    base = np.repeat(np.arange(len(names)), ends - starts) * span
    place = np.searchsorted(base + moments["time"], index * span + time, side="right") - 1
    there = (names[index] == person) & (place >= starts[index])
    return np.where(there, place, -1)


def fatigue_of(moments: Moments, time: Ints) -> Floats:
    """Return the messages received of late at a time after each moment."""
    age = np.maximum(time - moments["tired_at"], 0) / FATIGUE_HALF_LIFE
    faded: Floats = moments["tired"] * np.exp2(-age)
    return faded
