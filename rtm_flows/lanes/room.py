"""Room: before which tick a lane must let people leave, and who leaves.

In: who is in a lane, when each was last heard of, and the rows of a pass. Out: times, and slots. It
refuses to know what becomes of those who leave.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.lanes.progress import END, Ints
from rtm_flows.people.state import People


class Room(NamedTuple):
    """How many people lanes may hold."""

    most: int
    """Where a tick begins."""
    tick_ms: int
    latest: Ints
    """By lane the tick of its latest row."""


def cuts(people: People, room: Room, slot: Ints, times: Ints) -> Ints:
    """Return by lane the time of the first row before which it may hold too many; or `END`.

    That is a row of a later tick than all rows of the lane before it.

    Parameters
    ----------
    people
        Their state; who has no row yet, in this life, has -1 as `last`.
    room
        How many people lanes may hold.
    slot, times
        Of the rows, each person's side by side and in order: their people, and their times.
    """
    cut = np.full(len(room.latest), END, dtype=np.int64)
    held = np.bincount(people.lane.astype(np.int64) + 1, minlength=len(cut) + 1)[1:]
    crowded = np.flatnonzero(held > room.most).tolist()
    if not crowded or not len(slot):
        return cut
    lanes, ticks = people.lane[slot], times // room.tick_ms
    starts = np.flatnonzero(np.append(True, slot[1:] != slot[:-1]))
    fresh = starts[people["last"][slot[starts]] < 0]
    for lane in crowded:
        own = np.flatnonzero(lanes == lane)
        if not len(own):
            continue
        here = int(np.count_nonzero(people["last"][people.in_lane(lane)] >= 0))
        begin = int(room.latest[lane])
        if here <= room.most:
            # Those who enter with these rows: one too many does in this tick, if any does.
            enter = np.sort(ticks[fresh[lanes[fresh] == lane]])
            if len(enter) <= room.most - here:
                continue
            begin = int(enter[room.most - here])
        later = own[ticks[own] > begin]
        if len(later):
            cut[lane] = times[later].min()
    return cut


def oldest(people: People, slots: Ints, number: int) -> Ints:
    """Return so many of some people: of whom nothing was heard for longest, ties by their key.

    Examples
    --------
    >>> from rtm_flows.people.state import Field
    >>> people = People([Field("last", "i8", (), -1)])
    >>> slots = people.slots_of(["u:c", "u:b", "u:a"], np.zeros(3, dtype=np.int16))
    >>> people["last"][slots] = [5, 5, 9]
    >>> [people.keys[slot] for slot in oldest(people, slots, 1)]
    ['u:b']
    """
    if number <= 0:
        return slots[:0]
    last = people["last"][slots]
    bound = np.partition(last, number - 1)[number - 1]
    ties = sorted(slots[last == bound].tolist(), key=people.keys.__getitem__)
    sure = slots[last < bound]
    return np.append(sure, np.array(ties[: number - len(sure)], dtype=np.int64))
