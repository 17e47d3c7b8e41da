"""A feature that holds its job up: what a step that never comes to an end looks like."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rtm_flows.features.own import ByEvent, Description, Field

SECONDS = 4.0


class Sleeping(ByEvent):
    """Sleeps at every search."""

    version = 1
    values: Mapping[str, Description] = {
        "slept": Description("times", "[0, inf)", "how often it slept for somebody")
    }
    fields = (Field("slept", "i8", (), 0),)

    def step(self, state: dict[str, Any], event: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        """Sleep, and count it."""
        slept = state["slept"] + (event["type"] == "search")
        if event["type"] == "search":
            time.sleep(SECONDS)
        return {"slept": slept}, slept
