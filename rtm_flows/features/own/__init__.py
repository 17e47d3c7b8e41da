"""Features of one's own: all that a module with features written in Python needs.

    from rtm_flows.features.own import Description, Field, OwnFeature, Pass, KeysOf

docs/own-features.md is the guide. `Running`, `Since` and `Decay` are what the built-in kinds are
made of: running totals, the time since, and what fades, each with its state.
"""

from __future__ import annotations

from rtm_flows.columns import Column
from rtm_flows.features.decays import Decay
from rtm_flows.features.definition import Description
from rtm_flows.features.own.by_event import ByEvent
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.features.part import MINOR, KeysOf, Pass
from rtm_flows.features.running import Running
from rtm_flows.features.since import Since
from rtm_flows.people.maps import MapField
from rtm_flows.people.rows import Rows, pick
from rtm_flows.people.state import Field, State

__all__ = [
    "MINOR",
    "ByEvent",
    "Column",
    "Decay",
    "Description",
    "Field",
    "KeysOf",
    "MapField",
    "OwnFeature",
    "Pass",
    "Rows",
    "Running",
    "Since",
    "State",
    "pick",
]
