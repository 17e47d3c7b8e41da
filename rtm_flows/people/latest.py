"""The latest few: of every person the last values of some rows, with the ids of their events.

In: rows of a pass, which of them count, and a value of each. Out: at each counted row the values
before it, however long ago; so that what is asked of the last n events costs the same for any
history. A person's state is n values and the ids in one text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.people.happened import Happened, joined, split
from rtm_flows.people.pool import spread
from rtm_flows.people.rows import Bools, Ints
from rtm_flows.people.state import Field

NONE = -1
"""Stands where there is no value so far."""


class Line(NamedTuple):
    """Values of people one after the other, each person's behind those that were kept before."""

    values: Ints
    ids: Column
    """Of each value the id of its event; none where ids are not kept."""
    place: Ints
    """Where each counted row stands."""

    def before(self, back: int) -> Ints:
        """Return of each counted row the value so many counted rows earlier, or `NONE`."""
        return self.values[self.place - back]

    def evidence(self, counted: Ints, size: int) -> list[str]:
        """Return the ids of the last `size` of some counted rows, each list as one text."""
        places = self.place[counted].tolist()
        return [joined(self.ids[place - size + 1 : place + 1]) for place in places]


class Latest:
    """The latest values of one kind of rows.

    Parameters
    ----------
    name
        Prefix of its state columns.
    size
        How many are kept: `before` may look back as far.
    ids
        Whether ids are kept with them.
    """

    def __init__(self, name: str, size: int, *, ids: bool) -> None:
        self._size, self._values, self._ids = size, f"{name}_latest", f"{name}_ids"
        self.fields = [Field(self._values, "i8", (size,), NONE)]
        if ids:
            self.fields.append(Field(self._ids, "O", (), ""))

    def line(self, of: Happened, mask: Bools, values: Ints) -> Line:
        """Return the counted rows behind what was kept of their people; store the latest."""
        rows, size = of.rows, self._size
        at = np.flatnonzero(mask)
        ranks = rows.rank[at]
        first = np.flatnonzero(np.append(True, ranks[1:] != ranks[:-1])[: len(at)])
        counts = np.diff(np.append(first, len(at)))
        slots = rows.slot[at[first]]
        ends = np.cumsum(counts + size)
        line = np.full(int(ends[-1]) if len(ends) else 0, NONE, dtype=np.int64)
        kept = spread(ends - counts - size, np.full(len(slots), size))
        place = spread(ends - counts, counts)
        line[kept] = of.state[self._values][slots].ravel()
        line[place] = values[at]
        last = (ends[:, None] - size) + np.arange(size)
        of.state[self._values][slots] = line[last]
        return Line(line, self._with_ids(of, at, slots, place, ends - counts), place)

    def carried(self, of: Happened, slots: Ints) -> list[str]:
        """Return the ids that are kept of some people, each list as one text."""
        texts: list[str] = of.state[self._ids][slots].tolist()
        return texts

    def _with_ids(self, of: Happened, at: Ints, slots: Ints, place: Ints, first: Ints) -> Column:
        ids: Column = np.full(int(place[-1]) + 1 if len(place) else 0, None, dtype=object)
        if len(self.fields) == 1:
            return ids
        for text, begin in zip(of.state[self._ids][slots].tolist(), first.tolist(), strict=True):
            known = split(text)
            ids[begin - len(known) : begin] = known
        ids[place] = of.ids[at]
        ends = np.append(first[1:] - self._size, len(ids)).tolist()
        of.state[self._ids][slots] = [
            joined(one for one in ids[end - self._size : end] if one is not None) for end in ends
        ]
        return ids
