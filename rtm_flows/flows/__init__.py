"""Flows: the job as a Bytewax dataflow, built and run.

`next_best_action` returns a plain `bytewax.dataflow.Dataflow`, for `python -m bytewax.run` or for
one's own program; `rtm run` adds processes, recovery and a progress bar.
"""

from __future__ import annotations

from rtm_flows.flows.build import Built, build, next_best_action

__all__ = ["Built", "build", "next_best_action"]
