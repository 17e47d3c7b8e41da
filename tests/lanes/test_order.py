"""Order: canonical place, and the order of the log, against plain sorting."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.lanes.order import by_log, canonical


class Told(NamedTuple):
    """One event; two of them often agree in all but the last."""

    slot: int
    time: int
    source: str
    id: str
    type: str
    price: int
    quantity: int
    amount: int
    channel: str | None
    device: str | None
    round: int
    partition: int


def tolds() -> st.SearchStrategy[Told]:
    """Return an event out of few that differ."""
    two = st.sampled_from([0, 1])
    text = st.sampled_from([None, "a", "é"])
    ids = st.sampled_from(["a", "Z", "é", "\U0001f600", "\uffff"])
    return st.builds(
        Told, slot=two, time=two, source=st.sampled_from(["shop", "web"]), id=ids,
        type=st.sampled_from(["a", "b"]), price=two, quantity=two, amount=st.sampled_from([-1, 0]),
        channel=text, device=text, round=two, partition=two,
    )  # fmt: skip


def table(events: list[Told]) -> Table:
    """Return events as columns; `row` is their place in the partition."""
    columns: dict[str, np.ndarray[Any, Any]] = {"row": np.arange(len(events))}
    for name in ("source", "id", "type", "channel", "device"):
        columns[name] = as_text([getattr(one, name) for one in events])
    for name in ("time", "price", "quantity", "amount", "round", "partition"):
        columns[name] = np.array([getattr(one, name) for one in events], dtype=np.int64)
    return Table(columns)


def slots(events: list[Told]) -> np.ndarray[Any, Any]:
    """Return the slots of events."""
    return np.array([one.slot for one in events], dtype=np.int64)


@given(st.lists(tolds(), max_size=12), st.data())
def test_canonical_place_is_that_of_sorting(events: list[Told], data: st.DataObject) -> None:
    """By person, time, source, id, content and text fields by name, missing ones first."""
    rows = data.draw(st.lists(st.sampled_from(range(len(events))), unique=True)) if events else []
    chosen = [events[row] for row in rows]

    def place(one: Told) -> tuple[Any, ...]:
        return (*one[:8], one.channel or "", one.device or "")

    order = canonical(
        slots(chosen), table(events), ("device", "channel"), np.array(rows, dtype=np.int64)
    )

    assert sorted(order.tolist()) == list(range(len(chosen)))
    assert [place(chosen[i]) for i in order.tolist()] == sorted(map(place, chosen))


@given(st.lists(tolds(), max_size=12), st.data())
def test_the_order_of_the_log_is_that_of_sorting(events: list[Told], data: st.DataObject) -> None:
    """By person, round, time, partition and place in the partition."""
    rows = data.draw(st.permutations(range(len(events))))

    order = by_log(slots(events)[rows], table(events), np.array(rows, dtype=np.int64))

    expected = sorted(
        range(len(events)),
        key=lambda at: (
            events[rows[at]].slot, events[rows[at]].round, events[rows[at]].time,
            events[rows[at]].partition, rows[at],
        ),
    )  # fmt: skip
    assert order.tolist() == expected


def test_text_fields_that_nobody_looks_at_do_not_decide() -> None:
    """Copies that agree in all that counts stay as they came."""
    event = Told(0, 0, "shop", "a", "a", 0, 1, 0, "b", None, 0, 0)
    events = [event, event._replace(channel="a")]

    given_order = np.array([0, 1], dtype=np.int64)
    assert canonical(slots(events), table(events), (), given_order).tolist() == [0, 1]
    assert canonical(slots(events), table(events), ("channel",), given_order).tolist() == [1, 0]
