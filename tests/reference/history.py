"""Features over a person's whole past: section 4 of the page, one class a kind.

In: the accepted events of one person, one after the other. Out: the value of each feature. What
the page calls a text or a day is kept as it is, and whatever can be summed anew is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from .job import matches
from .moment import Moment, in_units
from .rounding import rounded
from .times import duration


class Decayed:
    """A sum of worths, each halved every half-life; without one, nothing fades."""

    def __init__(self, half_life: int | None) -> None:
        self.half_life = half_life
        self.value = 0.0
        self.at = 0

    def add(self, t: int, worth: float) -> None:
        """Add a worth at a time."""
        self.value, self.at = self.read(t) + worth, t

    def read(self, t: int) -> float:
        """Return the sum at a time."""
        if self.half_life is None or self.value == 0.0:
            return self.value
        return float(self.value * 2 ** (-(t - self.at) / self.half_life))


def _half_life(spec: Mapping[str, Any]) -> int | None:
    return duration(spec["half_life"]) if spec.get("half_life") else None


class DecayedSum:
    """Sum of a field, each event weighing half every half-life."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.field, self.types = spec["field"], spec["types"]
        self.sum = Decayed(_half_life(spec))

    def take(self, moment: Moment) -> float:
        """Add the event, and read the sum at this moment, rounded."""
        if matches(self.types, moment.event.type):
            self.sum.add(moment.t, getattr(moment.event, self.field))
        value = self.sum.read(moment.t)
        return rounded(value if self.field == "quantity" else value / 100)


class LifetimeCount:
    """Events of these types so far."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.types = spec["types"]
        self.count = 0

    def take(self, moment: Moment) -> float:
        """Count the event if it is of these types."""
        self.count += matches(self.types, moment.event.type)
        return self.count


class LifetimeSum:
    """Sum of a field over some types, less others, so far."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.field, self.add, self.subtract = spec["field"], spec["add"], spec.get("subtract", ())
        self.total = 0

    def take(self, moment: Moment) -> float:
        """Add or subtract the event's field."""
        value = getattr(moment.event, self.field)
        self.total += value * matches(self.add, moment.event.type)
        self.total -= value * matches(self.subtract, moment.event.type)
        return in_units(self.field, self.total)


class DaysActive:
    """Days on which an event of these types happened."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.types = spec.get("types", ["*"])
        self.days: set[dt.date] = set()

    def take(self, moment: Moment) -> float:
        """Enter the day of the event."""
        if matches(self.types, moment.event.type):
            self.days.add(_utc(moment.t).date())
        return len(self.days)


class AwaySeconds:
    """Seconds from the last event of the session before to the first of this one."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.never = duration(spec.get("never", "P365D")) / 1000
        self.away: float | None = None

    def take(self, moment: Moment) -> float:
        """Look back where a session opens, but for the person's first."""
        if self.away is None:
            self.away = self.never
        elif moment.opens:
            self.away = min((moment.t - moment.last) / 1000, self.never)
        return self.away


def _utc(t: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=t)


class Share:
    """Of the events of some types with this text, the share in which it is one of the values."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.field, self.values = spec["field"], spec["values"]
        self.types = spec.get("types", ["*"])
        self.some, self.all = (Decayed(_half_life(spec)) for _ in range(2))

    def take(self, moment: Moment) -> float:
        """Count the event, and divide."""
        text = moment.event.text.get(self.field)
        if text is not None and matches(self.types, moment.event.type):
            self.all.add(moment.t, 1)
            if text in self.values:
                self.some.add(moment.t, 1)
        whole = self.all.read(moment.t)
        return rounded(self.some.read(moment.t) / whole) if whole >= 1e-6 else 0.0


class Rate:
    """Events of some types over events of others, smoothed towards a prior."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.hits, self.of = (Decayed(_half_life(spec)) for _ in range(2))

    def take(self, moment: Moment) -> float:
        """Count the event on either side, and divide."""
        spec, event = self.spec, moment.event
        if "field" not in spec or event.text.get(spec["field"]) in spec["values"]:
            for counter, types in ((self.hits, spec["hits"]), (self.of, spec["of"])):
                if matches(types, event.type):
                    counter.add(moment.t, 1)
        hits, of = (counter.read(moment.t) for counter in (self.hits, self.of))
        weight = spec.get("weight", 10.0)
        return rounded((hits + spec["prior"] * weight) / (of + weight))


class Habit:
    """The share of earlier events in this hour of the day, or on this weekday."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.part, self.types = spec["part"], spec.get("types", ["*"])
        self.earlier: list[int] = []

    def take(self, moment: Moment) -> float:
        """Read first, then remember: this event is not counted."""
        now = _utc(moment.t)
        part = now.hour if self.part == "hour" else now.isoweekday()
        share = self.earlier.count(part) / len(self.earlier) if self.earlier else 0.0
        if matches(self.types, moment.event.type):
            self.earlier.append(part)
        return rounded(share)


class Affinity:
    """How events spread over the values of a text, of which a few are remembered."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.spec = spec
        self.counts: dict[str, Decayed] = {}
        self.touched: dict[str, int] = {}
        self.number = 0

    def take(self, moment: Moment) -> float:
        """Read the own share before the event counts, the others after."""
        self.number += 1
        text = moment.event.text.get(self.spec["field"])
        own = self._shares(moment.t).get(text, 0.0) if text is not None else 0.0
        if text is not None and matches(self.spec["types"], moment.event.type):
            self._count(text, moment.t)
        match self.spec["measure"]:
            case "own_share":
                return rounded(own)
            case "top_share":
                return rounded(max(self._shares(moment.t).values(), default=0.0))
        return len(self.counts)

    def _count(self, text: str, t: int) -> None:
        if text not in self.counts and len(self.counts) == self.spec.get("entries", 8):
            oldest = min(self.touched, key=self.touched.__getitem__)
            del self.counts[oldest], self.touched[oldest]
        self.counts.setdefault(text, Decayed(_half_life(self.spec))).add(t, 1)
        self.touched[text] = self.number

    def _shares(self, t: int) -> dict[str | None, float]:
        # As of the latest event that counted: later all fade alike, in the end to nothing.
        at = max((one.at for one in self.counts.values()), default=t)
        values = {text: one.read(at) for text, one in self.counts.items()}
        total = sum(values.values())
        return {text: value / total for text, value in values.items()}


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "decayed_sum": DecayedSum,
    "lifetime_count": LifetimeCount,
    "lifetime_sum": LifetimeSum,
    "days_active": DaysActive,
    "away_seconds": AwaySeconds,
    "share": Share,
    "rate": Rate,
    "habit": Habit,
    "affinity": Affinity,
}
"""Kind -> what remembers it."""
