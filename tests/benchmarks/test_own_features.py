"""What features written in Python cost: the three ways are the same feature."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks import own_features
from benchmarks.own_features import FEATURES
from rtm_flows.config import load
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles


def test_the_three_ways_count_the_same() -> None:
    """So that their costs can be compared."""
    features = [{"name": name, **feature} for name, feature in FEATURES.items()]
    plan = Plan.of(load({"name": "cost", "features": features, "actions": []}), 1)
    events = own_features._events(1, 0)
    profiles = Profiles(plan)
    x = profiles.fold(events, profiles.slots_of(events, events["lane"]))[0]["x"]

    assert x[:, 0].max() > 1
    assert np.array_equal(x[:, 0], x[:, 1])
    assert np.array_equal(x[:, 0], x[:, 2])


def test_each_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, in nanoseconds an event."""
    monkeypatch.setattr(sys, "argv", ["own_features", "--events", "9000", "--rounds", "1"])
    own_features.main()

    lines = capsys.readouterr().out.splitlines()
    assert [line[:26].strip() for line in lines] == list(FEATURES)
    assert all(line.endswith(" ns an event") for line in lines)
