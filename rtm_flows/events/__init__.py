"""Detect: raw records become canonical events, or dead letters that say why not.

The tracking plan (`types`), the mapping of foreign columns (`mapping`) and the `Parser`, which
applies both to JSON Lines and CSV records. A pure room: no clock, no files, no engine.
"""

from __future__ import annotations

from rtm_flows.events.field_names import TEXT_FIELDS
from rtm_flows.events.mapping import CANONICAL, Mapping
from rtm_flows.events.outcome import BadRecord, Parsed
from rtm_flows.events.parser import Parser
from rtm_flows.events.types import EVENT_TYPES, is_event_type

__all__ = [
    "CANONICAL",
    "EVENT_TYPES",
    "TEXT_FIELDS",
    "BadRecord",
    "Mapping",
    "Parsed",
    "Parser",
    "is_event_type",
]
