"""The first mistake in a job's moments, with its key.

In: a job. Out: nothing, or an error that names the key and what was wanted.
"""

from __future__ import annotations

from rtm_flows.config.job import Job
from rtm_flows.errors import nearest, refuse
from rtm_flows.events.types import EVENT_TYPES, is_event_type
from rtm_flows.people.moment_kinds import BrowseAbandonment, ScoreCrossing, types_of
from rtm_flows.people.type_sets import Types
from rtm_flows.times import parse_duration


def check_moments(job: Job) -> None:
    """Refuse moments that cannot mean what they say.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `triggers.moments[1].after`.
    """
    seen: set[str] = set()
    for at, moment in enumerate(job.triggers.moments):
        key = f"triggers.moments[{at}]"
        _check_name(moment.name, seen, f"{key}.name")
        seen.add(moment.name)
        for name, types in types_of(moment).items():
            _check_types(types, f"{key}.{name}")
        if isinstance(moment, ScoreCrossing) and moment.model not in job.models.named:
            text = f"no model is called {moment.model!r}{nearest(moment.model, job.models.named)}"
            refuse(f"{key}.model", text)
        gap = job.sessions.gap
        if isinstance(moment, BrowseAbandonment) and moment.after_ms < parse_duration(gap):
            text = f"must be at least sessions.gap {gap}, when the session ends; got {moment.after}"
            refuse(f"{key}.after", text)


def _check_name(name: str, seen: set[str], key: str) -> None:
    if not name or ":" in name or not name.isprintable():
        text = f"wants text without a colon, which the triggers of events have; got {name!r}"
        refuse(key, text)
    if name in seen:
        refuse(key, f"every name must be used once; used again: {name}")


def _check_types(types: Types, key: str) -> None:
    if not types:
        refuse(key, 'at least one event type is needed; ["*"] is all')
    some = types[1:] if types[0] == "!" else types
    for one in () if types == ("*",) else some:
        if not is_event_type(one):
            refuse(key, f"{one!r} is no event type{nearest(one, EVENT_TYPES)}")
