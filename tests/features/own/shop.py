"""Features as a user may write them, sound ones and odd ones, for the tests to load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

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
    Since,
)
from rtm_flows.people.maps import Entries

SAID = Description("things", "[0, inf)", "of a test")


class Views(OwnFeature):
    """Views so far and seconds since the one before, made of built-in parts."""

    version = 2
    values: Mapping[str, Description] = {"count": SAID, "since": SAID}

    def __init__(self, view: str = "view_item") -> None:
        self.types = ((view,),)
        self._count, self._since = Running("count"), Since("before", 1e6)
        self.fields = (*self._count.fields, *self._since.fields)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return both."""
        mask = of.masks[self.types[0]]
        return {
            "count": self._count.totals(of.rows, mask.astype(np.int64), of.people),
            "since": self._since.seconds(of.rows, mask, of.people),
        }


class ViewsByEvent(ByEvent):
    """The same, event by event."""

    version = 1
    values: Mapping[str, Description] = {"count": SAID, "since": SAID}
    fields = (Field("count", "i8", (), 0), Field("before", "f8", (), -1.0))

    def step(
        self, state: dict[str, Any], event: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float]]:
        """Count a view."""
        before = state["before"]
        since = 1e6 if before < 0 else min((event["time"] - before) / 1000.0, 1e6)
        if event["type"] == "view_item":
            state = {"count": state["count"] + 1, "before": event["time"]}
        return state, {"since": since, "count": state["count"]}


class Again(OwnFeature):
    """How often this event's text came before, of all texts of the person: a map."""

    version = 1
    values: Mapping[str, Description] = {"times": SAID}
    types = (("*",),)
    maps = (MapField("texts", "i8"),)
    text = ("device",)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Count texts; a missing one is a text too."""
        texts = keys("device", of.masks[("*",)]).tolist()
        times: list[int] = []

        def step(entries: Entries, rows: range) -> None:
            for row in rows:
                times.append(entries.get(texts[row], 0))
                entries[texts[row]] = times[-1] + 1

        of.people.maps["texts"].walk(of.rows.slot, step)
        return {"times": np.array(times)}


class Returns(OwnFeature):
    """What its option says: a column, or something else."""

    version = 1
    values: Mapping[str, Description] = {"x": SAID}

    def __init__(self, what: str) -> None:
        self._what = what

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return it."""
        n = of.rows.n
        odd: dict[str, Any] = {
            "nothing": None,
            "another": {"y": np.zeros(n)},
            "list": {"x": [0.0] * n},
            "text": {"x": np.array(["a"] * n)},
            "short": {"x": np.zeros(n - 1)},
            "wide": {"x": np.zeros((n, 1))},
            "nan": {"x": np.append(np.zeros(n - 1), np.nan)},
            "inf": {"x": np.full(n, np.inf)},
            "large": {"x": np.full(n, -1e301)},
            "bools": {"x": np.ones(n, dtype=np.bool_)},
            "float32": {"x": np.full(n, 0.1, dtype=np.float32)},
            "digits": {"x": np.full(n, 1 / 3)},
            "uint8": {"x": np.full(n, 250, dtype=np.uint8)},
        }
        if self._what == "raise":
            return {"x": of.people["undeclared"]}
        if self._what == "mask":
            return {"x": of.masks[("purchase",)]}
        if self._what == "text field":
            return {"x": of.events["device"]}
        if self._what == "keys":
            return {"x": keys("device", np.ones(n, dtype=np.bool_))}
        if self._what == "writes events":
            of.events["amount"][:] = 0
        if self._what == "writes rows":
            of.rows.clock[:] = 0
        if self._what == "writes sessions":
            of.sessions.start[:] = 0
        found: Mapping[str, Column] = odd[self._what]
        return found


class Declares(OwnFeature):
    """Whatever its options say that it declares."""

    def __init__(self, **declared: Any) -> None:
        self.version = 1
        self.values = {"x": SAID}
        for name, value in declared.items():
            setattr(self, name, value)

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return zeros."""
        return {"x": np.zeros(of.rows.n)}


class Unversioned(OwnFeature):
    """Lacks a version."""

    values: Mapping[str, Description] = {"x": SAID}

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return zeros."""
        return {"x": np.zeros(of.rows.n)}


class Unfinished(OwnFeature):
    """Lacks its function."""

    version = 1
    values: Mapping[str, Description] = {"x": SAID}


class Wide(ByEvent):
    """Declares state that no feature by event may have."""

    version = 1
    values: Mapping[str, Description] = {"x": SAID}
    fields = (Field("x", "i4", (), 0),)

    def step(self, state: dict[str, Any], event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Return it."""
        return state, 0.0


class Outer:
    """Holds a feature within."""

    Views = Views


def function() -> None:
    """Be no class."""
