"""Features with one planted fault each, for the checker to find."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.features.own import (
    ByEvent,
    Column,
    Description,
    Field,
    KeysOf,
    MapField,
    OwnFeature,
    Pass,
    Running,
)
from rtm_flows.people.type_sets import Types

TICKETS = itertools.count()
SEEN: dict[int, int] = {}


class Faulty(OwnFeature):
    """What all of them declare."""

    version = 1
    values: Mapping[str, Description] = {"x": Description("things", "(-inf, inf)", "of a test")}
    types: Sequence[Types] = (("*",),)
    fields: Sequence[Field] = (Field("n", "i8", (), 0), Field("sum", "f8", (), 0.0))

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return what the fault makes."""
        return {"x": self.made(of)}

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the column."""
        raise NotImplementedError

    def counts(self, of: Pass) -> NDArray[np.int64]:
        """Return a sound count of events, and store it."""
        return Running("n").totals(of.rows, np.ones(of.rows.n, dtype=np.int64), of.people)


class KeptInTheObject(Faulty):
    """Counts in a variable of its own."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def made(self, of: Pass) -> NDArray[Any]:
        """Count by slot."""
        found = []
        for slot in of.rows.slot.tolist():
            self._counts[slot] = self._counts.get(slot, 0) + 1
            found.append(self._counts[slot])
        return np.array(found)


class KeptInTheModule(Faulty):
    """Counts in a variable that all objects share."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Count by slot."""
        found = []
        for slot in of.rows.slot.tolist():
            SEEN[slot] = SEEN.get(slot, 0) + 1
            found.append(SEEN[slot])
        return np.array(found)


class Drawn(Faulty):
    """Draws a ticket for every pass."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the ticket."""
        return np.full(of.rows.n, next(TICKETS))


class MeanOfThePass(Faulty):
    """Compares each event with the others of the pass."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the difference from the mean."""
        amount = of.events["amount"]
        difference: NDArray[Any] = amount - amount.mean()
        return difference


class LengthOfThePass(Faulty):
    """Tells how many rows came together."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the number."""
        return np.full(of.rows.n, of.rows.n)


class MostOfAll(Faulty):
    """Compares a person with all others, by the state of all."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the largest count."""
        self.counts(of)
        return np.full(of.rows.n, of.people["n"].max())


class OtherPeople(Faulty):
    """Counts everybody's events of the pass beside what was carried, one by one too."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Write one total into the state of all."""
        of.people["n"][:] += of.rows.n
        return of.people["n"][of.rows.slot] - of.rows.n + of.rows.index


class Slot(Faulty):
    """Tells where the state of the person lies."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the slot."""
        return of.rows.slot


class LooksAhead(Faulty):
    """Tells of each event what comes of the person later in the pass."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Return the count at the person's last row."""
        return self.counts(of)[of.rows.ends][of.rows.rank]


class ForgetsToStore(Faulty):
    """Reads the carried state, and never writes any."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Count from what was carried."""
        return of.people["n"][of.rows.slot] + of.rows.index - of.rows.start + 1


class StoresTooLate(Faulty):
    """Stores the state of the first row of the pass, not of the last."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Count, and store wrongly."""
        counts = self.counts(of)
        of.people["n"][of.rows.people] = counts[of.rows.starts]
        return counts


class Wobbles(Faulty):
    """Adds up a pass first and what was carried then: another last bit for another cutting."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Sum thirds of amounts, by differences of one sum over the pass."""
        rows, third = of.rows, of.events["amount"] / 3.0
        total = np.cumsum(third)
        own = total - (total - third)[rows.start] + of.people["sum"][rows.slot]
        of.people["sum"][rows.people] = own[rows.ends]
        return own


class OnlyInTheState(Faulty):
    """Answers well, and keeps in the state how often it was called."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Count, and note the pass."""
        of.people["sum"][of.rows.people] += 1.0
        return self.counts(of)


class EntriesOfThePass(Faulty):
    """Keeps in a map how many rows came together."""

    fields = ()
    maps = (MapField("rows", "i8"),)

    def made(self, of: Pass) -> NDArray[Any]:
        """Note the pass; answer what is sound."""

        def note(entries: dict[int, Any], rows: range) -> None:
            entries[1] = len(rows)

        of.people.maps["rows"].walk(of.rows.slot, note)
        return of.events["amount"]


class WritesWhatItIsShown(Faulty):
    """Changes the events of others."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Take the amount away."""
        of.events["amount"][:] = 0
        return of.events["amount"]


class OutOfRange(Faulty):
    """Says that it is a share, and is none."""

    values: Mapping[str, Description] = {"x": Description("share", "[0, 1]", "of a test")}

    def made(self, of: Pass) -> NDArray[Any]:
        """Return a count."""
        return self.counts(of)


class NeverChanges(Faulty):
    """Looks at events that no stream has."""

    types = (("custom.nothing_of_the_kind", "*"),)

    def made(self, of: Pass) -> NDArray[Any]:
        """Return zeros."""
        return np.zeros(of.rows.n)


class TimesOverZero(Faulty):
    """Is not a number now and then."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Divide by the gap."""
        with np.errstate(divide="ignore"):
            divided: NDArray[Any] = 1.0 / of.sessions.gap
        return divided


class KeptBesides(ByEvent):
    """By event, with a count in the object."""

    version = 1
    values: Mapping[str, Description] = {"x": Description("things", "[0, inf)", "of a test")}

    def __init__(self) -> None:
        self._count = 0

    def step(self, state: dict[str, Any], event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Count all calls."""
        self._count += 1
        return state, self._count


class WantsAType(Faulty):
    """Fails where nothing happens."""

    def made(self, of: Pass) -> NDArray[Any]:
        """Look at the first letter of the type."""
        return np.array([ord(kind[0]) for kind in of.events["type"].tolist()])
