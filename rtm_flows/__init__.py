"""Real-time marketing on Bytewax and River: detect, know, decide, deliver.

    >>> import rtm_flows as rtm
    >>> job = rtm.load({"name": "shop"})
    >>> len(job.features) > 20
    True

`load` reads a job, `replay` plays a history through it and returns polars frames, `evaluate`
learns a plain table and tells how well it was predicted, and
`rtm.flows.next_best_action` builds the same job as a Bytewax dataflow. `profiles` keeps what a
history has left of every person, and `decide` decides within a request.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rtm_flows.version import VERSION

if TYPE_CHECKING:
    from rtm_flows import errors, flows
    from rtm_flows.config import Job, load
    from rtm_flows.measure.evaluate import evaluate
    from rtm_flows.measure.replay import Result, replay
    from rtm_flows.serve.decided import Decided
    from rtm_flows.serve.decider import Decider, decide
    from rtm_flows.serve.profile import Profile
    from rtm_flows.serve.profiles import Profiles, profiles

__all__ = [
    "Decided",
    "Decider",
    "Job",
    "Profile",
    "Profiles",
    "Result",
    "decide",
    "errors",
    "evaluate",
    "flows",
    "load",
    "profiles",
    "replay",
]

__version__ = VERSION

_HOME = {
    "Decided": "rtm_flows.serve.decided",
    "Decider": "rtm_flows.serve.decider",
    "Job": "rtm_flows.config",
    "Profile": "rtm_flows.serve.profile",
    "Profiles": "rtm_flows.serve.profiles",
    "Result": "rtm_flows.measure.replay",
    "decide": "rtm_flows.serve.decider",
    "evaluate": "rtm_flows.measure.evaluate",
    "load": "rtm_flows.config",
    "profiles": "rtm_flows.serve.profiles",
    "replay": "rtm_flows.measure.replay",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that importing the package is instant."""
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in __all__:
        return importlib.import_module(f"rtm_flows.{name}")
    msg = f"module 'rtm_flows' has no attribute {name!r}"
    raise AttributeError(msg)
