"""The slices of a job that declares none, and no features of its own either.

They name features of the default set only: how far a session has come, whether the person was here
on another day, and the device.
"""

from __future__ import annotations

from rtm_flows.decisions.catalogue import Condition
from rtm_flows.decisions.slices import Slice

SLICES: tuple[Slice, ...] = (
    Slice(name="first_event", when=(Condition(feature="session_events", at_most=1),)),
    Slice(name="events_2_to_5", when=(Condition(feature="session_events", above=1, at_most=5),)),
    Slice(name="after_event_5", when=(Condition(feature="session_events", above=5),)),
    Slice(name="new", when=(Condition(feature="days_active", at_most=1),)),
    Slice(name="known", when=(Condition(feature="days_active", above=1),)),
    Slice(name="mobile", when=(Condition(feature="is_mobile", above=0),)),
    Slice(name="not_mobile", when=(Condition(feature="is_mobile", at_most=0),)),
)
"""Slices of features of the default set."""
