"""Small streams of events, cut into passes any way, for the kernels of people and features.

In: draws of hypothesis. Out: events of a few people, and the passes that a cutting makes of them.
What a kernel answers is put back into the order of the stream, whatever the cutting was.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.columns import Table, as_text
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Rows
from rtm_flows.people.state import Field, People

START = 1_767_225_600_000
GAP = 30_000
TYPES = ("view_item", "search", "add_to_cart", "remove_from_cart", "purchase", "custom.wish")
LIFE_TYPES = (
    "purchase", "order_shipped", "order_delayed", "order_delivered", "refund", "case_opened",
    "case_closed",
)  # fmt: skip
TEXTS = (None, "a", "b", "c")
PERSONS = ("u:ann", "u:bob", "a:7")
Values = NDArray[Any]


class Told(NamedTuple):
    """One event: whose, when, what."""

    person: int
    time: int
    type: str = "view_item"
    quantity: int = 1
    amount: int = 0
    text: str | None = None
    """Item, category, order, case and device, all at once."""


class OnePass(NamedTuple):
    """The events of one pass, each person's side by side."""

    places: NDArray[np.intp]
    """Place of each row in the stream."""
    rows: Rows
    events: Table


@st.composite
def streams(
    draw: st.DrawFn,
    steps: Sequence[int] = (),
    max_size: int = 25,
    types: Sequence[str] = TYPES,
) -> list[Told]:
    """Return events whose times never fall; time often advances by a step that decides."""
    near = [s + off for s in (GAP, *steps) for off in (-1, 0, 1)]
    advance = st.sampled_from([0, 0, 1, 700, 100_000_000, *near])
    happened = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(PERSONS) - 1),
                advance,
                st.builds(
                    Told,
                    person=st.just(0),
                    time=st.just(0),
                    type=st.sampled_from(types),
                    quantity=st.integers(0, 3),
                    amount=st.sampled_from([0, 999, 100, 12_345]),
                    text=st.sampled_from(TEXTS),
                ),
            ),
            max_size=max_size,
        )
    )
    times = itertools.accumulate((one[1] for one in happened), initial=START)
    return [
        one._replace(person=person, time=time)
        for (person, _, one), time in zip(happened, list(times)[1:], strict=True)
    ]


@st.composite
def cut_streams(
    draw: st.DrawFn,
    steps: Sequence[int] = (),
    max_size: int = 25,
    types: Sequence[str] = TYPES,
) -> tuple[list[Told], list[int]]:
    """Return a stream, and where to cut it."""
    events = draw(streams(steps, max_size, types))
    return events, sorted(draw(st.lists(st.integers(0, len(events)), max_size=6)))


def everywhere(events: Sequence[Told]) -> list[int]:
    """Return the cutting that makes a pass of every event."""
    return list(range(len(events)))


def people(fields: Sequence[Field], maps: Sequence[MapField] = ()) -> People:
    """Return a state that knows all persons, in slots that are not in order."""
    state = People(fields, maps)
    state.slots_of(["u:first", *reversed(PERSONS)], np.zeros(4, dtype=np.int16))
    return state


def passes(events: Sequence[Told], cuts: Sequence[int], state: People) -> Iterator[OnePass]:
    """Yield the passes that a cutting makes; where it cuts twice, one of no events."""
    slots = state.slots_of(PERSONS, np.zeros(len(PERSONS), dtype=np.int16))
    for start, stop in itertools.pairwise([0, *cuts, len(events)]):
        slot = slots[[one.person for one in events[start:stop]]].astype(np.int64)
        order = np.argsort(slot, kind="stable")
        part = [events[start + i] for i in order.tolist()]
        columns: dict[str, Values] = {
            name: np.array([getattr(one, name) for one in part], dtype=np.int64)
            for name in ("time", "quantity", "amount")
        }
        columns["type"] = as_text([one.type for one in part])
        columns["text"] = as_text([one.text for one in part])
        columns["price"] = columns["amount"] + 1
        yield OnePass(start + order, Rows(slot[order], columns["time"]), Table(columns))


def answers(
    events: Sequence[Told],
    cuts: Sequence[int],
    state: People,
    kernel: Callable[[OnePass], Values],
) -> list[Any]:
    """Return what a kernel answers for every event, in the order of the stream."""
    found: dict[int, Any] = {}
    for one in passes(events, cuts, state):
        values = kernel(one)
        assert len(values) == len(one.places)
        found |= zip(one.places.tolist(), values.tolist(), strict=True)
    return [found[i] for i in range(len(events))]
