"""The roll of one lane's crossings: who moved since they were last written, and who was long ago.

In: keys of people who move, and where those stand who are above any bound. Out: whom to write now.
As `rtm_flows.people.roll` it lets everybody be written again after some saves; here people come and
go, so it goes by keys, and tells who is gone.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

Sides = dict[str, int]
"""By person, one bit a crossing: set while the score has not fallen below again."""


class DueSides(NamedTuple):
    """What a save is to write."""

    sides: Sides
    gone: list[str]
    """Who is above no bound any more."""
    depth: int
    """So many of the latest saves hold all who are above any; 0 if nobody is."""


class SidesRoll:
    """When each person of a lane was last written, those written longest ago first.

    Parameters
    ----------
    saves
        After at most so many everybody has been written again.

    Examples
    --------
    >>> roll = SidesRoll(saves=2)
    >>> roll.touch("u:ann")
    >>> roll.take({"u:ann": 1})
    DueSides(sides={'u:ann': 1}, gone=[], depth=1)
    >>> roll.touch("u:ann")
    >>> roll.take({})
    DueSides(sides={}, gone=['u:ann'], depth=0)
    """

    def __init__(self, saves: int) -> None:
        self._saves = saves
        self._written: dict[str, int] = {}
        self._moved: set[str] = set()
        self._number = 0

    def touch(self, person: str) -> None:
        """Note that a person moved."""
        self._moved.add(person)

    def take(self, sides: Sides) -> DueSides:
        """Return whom the next save is to write, given all sides; it counts as written."""
        self._number += 1
        moved, self._moved = sorted(self._moved), set()
        for person in moved:
            self._written.pop(person, None)
        gone = [person for person in moved if person not in sides]
        here = [person for person in moved if person in sides]
        size = max(-(-len(sides) // self._saves), len(here))
        oldest = list(islice(self._written, size))
        oldest += self._too_old(size)
        for person in (*here, *oldest):
            self._written.pop(person, None)
            self._written[person] = self._number
        due = {person: sides[person] for person in (*here, *oldest)}
        first = next(iter(self._written.values()), self._number + 1)
        return DueSides(due, gone, self._number - first + 1)

    def restore(self, sides: Sides, age: int) -> None:
        """Enter people of a part, given how many saves before the latest it was; the newest first.

        Nobody may have moved yet.
        """
        older = dict.fromkeys(sides, self._number - age)
        self._written = {**older, **self._written}

    def _too_old(self, start: int) -> list[str]:
        """Return who else would need more parts than there may be."""
        found = []
        for person, number in islice(self._written.items(), start, None):
            if number > self._number - self._saves:
                break
            found.append(person)
        return found
