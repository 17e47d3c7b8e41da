"""The slices of a job that declares none, and no features of its own either.

They name features of the default set only: how far a session has come, whether the person was here
on another day, and the device.
"""

from __future__ import annotations

from rtm_flows.decisions.slices import Slice

SLICES: tuple[Slice, ...] = (
    Slice(name="first_event", when="session_events <= 1"),
    Slice(name="events_2_to_5", when="1 < session_events <= 5"),
    Slice(name="after_event_5", when="session_events > 5"),
    Slice(name="new", when="days_active <= 1"),
    Slice(name="known", when="days_active > 1"),
    Slice(name="mobile", when="is_mobile > 0"),
    Slice(name="not_mobile", when="is_mobile <= 0"),
)
"""Slices of features of the default set."""
