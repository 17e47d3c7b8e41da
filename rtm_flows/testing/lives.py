"""Lives: what a feature answers for a stream of events, and the state that it ends in.

In: a plan whose features are one feature's values, events in order, and how they come: in which
passes, saved and restored or not, with whom beside. Out: the values at every event, and the state
of every person as bytes. The events go through the profiles of a job, as in a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, pack
from rtm_flows.features.peek import peek
from rtm_flows.lanes.deal import lane_of
from rtm_flows.lanes.order import canonical
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles

_SLOT_BITS = 40


class Lived(NamedTuple):
    """What came of a stream."""

    values: NDArray[np.float64]
    """One row an event, in the order of the stream; one column a value."""
    states: dict[str, bytes]
    """By person."""


def live(plan: Plan, events: Table, cuts: Sequence[int] = (), *, restored: bool = False) -> Lived:
    """Return what comes of events that come in passes.

    Parameters
    ----------
    cuts
        Places in the stream at which a pass ends.
    restored
        After each pass everything is saved, and restored into new profiles.
    """
    profiles = Profiles(plan)
    values = np.empty((len(events), len(plan.features)))
    for start, stop in pairwise([0, *cuts, len(events)]):
        values[start:stop] = _pass(profiles, plan, events.slice(start, stop))
        if restored:
            profiles = _restored(profiles, plan)
    return Lived(values, _states(profiles))


def look(plan: Plan, events: Table, later_ms: int) -> NDArray[np.float64]:
    """Return what the features of each person are so long after the person's last event.

    Nothing happens then: it is what a moment by a timer sees.
    """
    profiles = Profiles(plan)
    _pass(profiles, plan, events)
    slots = np.arange(len(profiles.people))
    times = profiles.people["last"] + later_ms
    return peek(profiles.features, slots, times, profiles.people)


def _pass(profiles: Profiles, plan: Plan, events: Table) -> NDArray[np.float64]:
    lanes = lane_of(events["hash"], plan.lanes)
    slot = profiles.slots_of(events, lanes)
    place = (lanes << _SLOT_BITS) | slot
    order = canonical(place, events, plan.text, np.arange(len(events), dtype=np.int64))
    _, events, slot = profiles.admit(events.take(order), slot[order])
    x = profiles.fold(events, slot)[0]["x"]
    values = np.empty_like(x)
    values[order] = x
    return values


def _restored(profiles: Profiles, plan: Plan) -> Profiles:
    after = Profiles(plan)
    for lane in range(plan.lanes):
        kept = profiles.whole(lane)
        after.load(lane, (kept.people,) if kept.depth else (), int(profiles.oldest[lane]))
    return after


def _states(profiles: Profiles) -> dict[str, bytes]:
    people, fields = profiles.people, profiles.features.fields
    states: dict[str, bytes] = {}
    for slot, person in enumerate(people.keys):
        here = np.array([slot], dtype=np.int64)
        columns = people.export(here).only([field.name for field in fields])
        maps = [maps.export(here)[1] for maps in people.maps.values()]
        states[person] = b"".join(map(pack, [columns, *maps]))
    return states
