"""Flows: the job as a Bytewax dataflow, built and run.

`next_best_action` returns a plain `bytewax.dataflow.Dataflow`, for `python -m bytewax.run` or for
one's own program; `rtm run` adds processes, recovery and a progress bar. `stages` is all that lies
between source and sink as one operator, for a flow with ends of its own; `drop_uncommitted` readies
its recovery folder after a crash.
"""

from __future__ import annotations

from rtm_flows.connectors.epochs import drop_uncommitted
from rtm_flows.connectors.record_batches import Record
from rtm_flows.flows.build import Built, build, next_best_action
from rtm_flows.flows.own import StagesOut, stages

__all__ = [
    "Built",
    "Record",
    "StagesOut",
    "build",
    "drop_uncommitted",
    "next_best_action",
    "stages",
]
