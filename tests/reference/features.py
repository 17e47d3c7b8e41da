"""Features: section 4 of the page, one class a kind.

In: the accepted events of one person, one after the other. Out: the value of each feature with
that event counted. Each feature remembers for itself what it needs, of this one person.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from . import history, orders, service
from .job import matches
from .moment import Moment, in_units
from .rounding import rounded
from .times import duration


class Feature(Protocol):
    """One feature of one person."""

    def take(self, moment: Moment) -> float:
        """Fold the event in and return the value with it counted."""


class SessionCount:
    """Events of these types in the session so far."""

    def __init__(self, types: Sequence[str]) -> None:
        self.types = types
        self.count = 0

    def take(self, moment: Moment) -> float:
        """Count the event if it is of these types."""
        if moment.opens:
            self.count = 0
        self.count += matches(self.types, moment.event.type)
        return self.count


class SessionSum:
    """Sum of a field over some types minus over others, in the session so far."""

    def __init__(self, field: str, add: Sequence[str], subtract: Sequence[str]) -> None:
        self.field, self.add, self.subtract = field, add, subtract
        self.total = 0

    def take(self, moment: Moment) -> float:
        """Add or subtract the event's field."""
        if moment.opens:
            self.total = 0
        value = getattr(moment.event, self.field)
        self.total += value * matches(self.add, moment.event.type)
        self.total -= value * matches(self.subtract, moment.event.type)
        return in_units(self.field, self.total)


class SessionSeconds:
    """Seconds since the session's first event."""

    def take(self, moment: Moment) -> float:
        """Return the age of the session."""
        return (moment.t - moment.session_start) / 1000


class GapSeconds:
    """Seconds since the person's previous event, 0 at a session's first."""

    def take(self, moment: Moment) -> float:
        """Return the time since the previous event."""
        return 0.0 if moment.opens else (moment.t - moment.last) / 1000


class WindowCount:
    """Events of these types in the last cells of `step`."""

    def __init__(self, types: Sequence[str], width: int, step: int) -> None:
        self.types, self.width, self.step = types, width, step
        self.cells: list[int] = []

    def take(self, moment: Moment) -> float:
        """Count the event's cell, then all cells that are in the window."""
        if matches(self.types, moment.event.type):
            self.cells.append(moment.t // self.step)
        oldest_out = moment.t // self.step - self.width // self.step
        return sum(cell > oldest_out for cell in self.cells)


class WindowSum:
    """Sum of a field over some types minus over others, in the last cells of `step`."""

    def __init__(
        self, field: str, add: Sequence[str], subtract: Sequence[str], width: int, step: int
    ) -> None:
        self.field, self.add, self.subtract = field, add, subtract
        self.width, self.step = width, step
        self.parts: list[tuple[int, int]] = []

    def take(self, moment: Moment) -> float:
        """Note what the event adds and its cell, then sum over all cells that are in the window."""
        value = getattr(moment.event, self.field)
        sign = matches(self.add, moment.event.type) - matches(self.subtract, moment.event.type)
        self.parts.append((moment.t // self.step, sign * value))
        oldest_out = moment.t // self.step - self.width // self.step
        return in_units(self.field, sum(value for cell, value in self.parts if cell > oldest_out))


class WindowCells:
    """Cells of the last `width` that hold an event of these types."""

    def __init__(self, types: Sequence[str], width: int, step: int) -> None:
        self.types, self.width, self.step = types, width, step
        self.cells: set[int] = set()

    def take(self, moment: Moment) -> float:
        """Note the event's cell, then count the cells that are in the window, each once."""
        if matches(self.types, moment.event.type):
            self.cells.add(moment.t // self.step)
        oldest_out = moment.t // self.step - self.width // self.step
        return len([cell for cell in self.cells if cell > oldest_out])


class DecayedCount:
    """Events of these types, each halved every half-life."""

    def __init__(self, types: Sequence[str], half_life: int) -> None:
        self.types, self.half_life = types, half_life
        self.value = 0.0
        self.at = 0

    def take(self, moment: Moment) -> float:
        """Add the event, and read the value at this moment, rounded."""
        if matches(self.types, moment.event.type):
            self.value = self._read(moment.t) + 1
            self.at = moment.t
        return rounded(self._read(moment.t))

    def _read(self, t: int) -> float:
        if self.value == 0.0:
            return 0.0
        return float(self.value * 2 ** (-(t - self.at) / self.half_life))


class SinceSeconds:
    """Seconds since the latest earlier event of these types, at most `never`."""

    def __init__(self, types: Sequence[str], never: float) -> None:
        self.types, self.never = types, never
        self.latest: int | None = None

    def take(self, moment: Moment) -> float:
        """Read first, then remember: this event is not counted."""
        since = self.never
        if self.latest is not None:
            since = min((moment.t - self.latest) / 1000, self.never)
        if matches(self.types, moment.event.type):
            self.latest = moment.t
        return since


class Property:
    """A number of this event."""

    def __init__(self, field: str) -> None:
        self.field = field

    def take(self, moment: Moment) -> float:
        """Return the number."""
        return in_units(self.field, getattr(moment.event, self.field))


class Indicator:
    """1 if a text of this event is one of the values, else 0."""

    def __init__(self, field: str, values: Sequence[str]) -> None:
        self.field, self.values = field, values

    def take(self, moment: Moment) -> float:
        """Compare the text."""
        event = moment.event
        text = event.type if self.field == "type" else event.text.get(self.field)
        return float(text in self.values)


def make_window(spec: Mapping[str, Any]) -> Feature:
    """Return a fresh feature of one person that looks at the cells of a window."""
    width, step = duration(spec["width"]), duration(spec["step"])
    if spec["kind"] == "window_sum":
        return WindowSum(spec["field"], spec["add"], spec.get("subtract", ()), width, step)
    kind = WindowCount if spec["kind"] == "window_count" else WindowCells
    return kind(spec["types"], width, step)


LATER_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Feature]] = {
    **history.KINDS,
    **orders.KINDS,
    **service.KINDS,
}
"""Kinds that other files remember."""


def make_feature(spec: Mapping[str, Any]) -> Feature:
    """Return a fresh feature of one person for its declaration."""
    if spec["kind"] in LATER_KINDS:
        return LATER_KINDS[spec["kind"]](spec)
    match spec["kind"]:
        case "session_count":
            return SessionCount(spec["types"])
        case "session_sum":
            return SessionSum(spec["field"], spec["add"], spec.get("subtract", ()))
        case "session_seconds":
            return SessionSeconds()
        case "gap_seconds":
            return GapSeconds()
        case "window_count" | "window_sum" | "window_cells":
            return make_window(spec)
        case "decayed_count":
            return DecayedCount(spec["types"], duration(spec["half_life"]))
        case "since_seconds":
            return SinceSeconds(spec["types"], duration(spec.get("never", "P365D")) / 1000)
        case "property":
            return Property(spec["field"])
        case "indicator":
            return Indicator(spec["field"], spec["values"])
    msg = f"a feature's kind must be one of section 4; got {spec['kind']!r}"
    raise ValueError(msg)


class FeatureRow:
    """All features of one person, in declared order."""

    def __init__(self, specs: Sequence[Mapping[str, Any]]) -> None:
        self.features = {spec["name"]: make_feature(spec) for spec in specs}

    def take(self, moment: Moment) -> dict[str, float]:
        """Fold the event into every feature and return the values by name."""
        return {name: float(feature.take(moment)) for name, feature in self.features.items()}


def as_model_sees(
    values: Mapping[str, float], specs: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """Return the features scaled as declared: everybody but the model sees the plain values."""
    return {spec["name"]: _scaled(values[spec["name"]], spec) for spec in specs}


def _scaled(value: float, spec: Mapping[str, Any]) -> float:
    return math.log1p(max(value, 0.0)) if spec.get("scale", "none") == "log1p" else value
