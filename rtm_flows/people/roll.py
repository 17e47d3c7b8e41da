"""The roll: who has changed since they were last written, and who was written longest ago.

In: slots of people who change, and the people of a lane each time it is saved. Out: whom to write
now, and how many of the lane's latest saves together hold all of its people. It refuses to know
what is written, and where. Decision 0017.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Ints

SAVES: Final = 64
"""After so many saves everybody has been written again. Each save writes at least this part of all
people, and a restart reads at most so many parts of a lane: with 64, a save of a lane of which one
person in a hundred has changed writes 2.6 % of it, and a restart reads 1.7 times what there is."""

_CHANGED = -1
"""The number of the save that holds a person as of now: none does."""


_AGES = 30_000
"""Ages up to this are told apart."""


class Due(NamedTuple):
    """Whom a save is to write."""

    slots: Ints
    depth: int
    """So many of the lane's latest saves, this one included, hold all its people; 0 if it has
    none."""


class Roll:
    """When each person of a worker was last written, by the number of the save of the lane.

    Parameters
    ----------
    saves
        After at most so many everybody has been written again.

    Notes
    -----
    A save writes all who have changed, and beside them as many of those written longest ago, at
    least one part in `saves` of the lane. So the parts that are needed hold, together, about twice
    the people of the lane at most, however many change: where half of them do, everybody is written
    and nothing older is needed.

    Examples
    --------
    >>> roll, everybody = Roll(saves=4), np.arange(6)
    >>> roll.touch(everybody)
    >>> [len(roll.take(3, everybody).slots) for _ in range(2)]
    [6, 2]
    >>> roll.touch(np.array([5]))
    >>> found = roll.take(3, everybody)
    >>> 5 in found.slots, len(found.slots), found.depth
    (True, 3, 3)
    """

    def __init__(self, saves: int = SAVES) -> None:
        self._saves = saves
        self._written: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._number: dict[int, int] = {}

    def touch(self, slots: Ints) -> None:
        """Note that people have changed, or are new; one may be named several times."""
        self._reach(slots)
        self._written[slots] = _CHANGED

    def knows(self, lane: int) -> bool:
        """Tell whether a lane was ever saved, or restored."""
        return lane in self._number

    def take(self, lane: int, slots: Ints) -> Due:
        """Return whom the next save of a lane is to write; it counts as written.

        Parameters
        ----------
        lane
            The lane.
        slots
            All its people.
        """
        number = self._number.get(lane, -1) + 1
        self._number[lane] = number
        if not len(slots):
            return Due(slots, 0)
        self._reach(slots)
        written = self._written[slots]
        changed = int(np.count_nonzero(written < 0))
        least = -(-len(slots) // self._saves)
        too_old = int(np.count_nonzero(written <= number - self._saves))
        size = max(changed + max(least, changed), too_old)
        if size >= len(slots):
            self._written[slots] = number
            return Due(slots, 1)
        # Sixteen bits are sorted by counting. Ages beyond them are all the same to us: too old.
        recent = np.maximum(written - number, -_AGES).astype(np.int16)
        order = np.argsort(np.where(written < 0, -_AGES - 1, recent), kind="stable")
        chosen = np.sort(slots[order[:size]])
        self._written[chosen] = number
        return Due(chosen, number - int(written[order[size]]) + 1)

    def restore(self, lane: int, slots: Ints, ages: Ints) -> None:
        """Enter the people of a lane, given how many saves before its latest each was written."""
        number = int(ages.max(initial=0))
        self._number[lane] = number
        self._reach(slots)
        self._written[slots] = number - ages

    def _reach(self, slots: Ints) -> None:
        """Let there be an entry for every slot."""
        most = int(slots.max(initial=-1))
        if most >= len(self._written):
            more = max(most + 1, 2 * len(self._written), 16) - len(self._written)
            fresh = np.full(more, _CHANGED, dtype=np.int32)
            self._written = np.concatenate([self._written, fresh])
