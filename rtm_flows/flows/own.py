"""All stages as one operator in a flow of one's own.

In: a stream of records by partition, and a job. Out: streams of decisions, scores, sessions and all
else that a run writes. Where the records come from and where the lines go is the flow's own
business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bytewax.operators as op
import polars as pl
from bytewax.dataflow import Stream, operator
from bytewax.operators import KeyedStream

from rtm_flows.config import Job
from rtm_flows.connectors.record_batches import Record
from rtm_flows.decisions.fired import of_events
from rtm_flows.flows.wire import steps
from rtm_flows.lanes.decide import Decided
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.lanes.wiring import BY_FOLD, BY_LANE, BY_PARTITION, SUMMARY, output_of
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.receive import Begin, Named, Received, ReceiveLogic
from rtm_flows.operators.tell import TellLogic, Told


@dataclass(frozen=True)
class StagesOut:
    """What comes out of all stages, each stream in the order of the file of a run.

    Attributes
    ----------
    decisions, scores, sessions, responses, orphans, late, dead_letters, learning
        Lines of JSON, each with its line break; one that the job does not write stays empty.
    summary
        One mapping, when the last record was told: what `summary.json` holds.
    features
        Frames of the accepted events as they were scored: `time`, `person` (with `u:` or `a:`),
        `event_id`, `type`, the score of each model under its name, and the features, unscaled. A
        person's rows come in their order; how they are cut into frames, and which person is first,
        depends on the workers.
    """

    decisions: Stream[bytes]
    scores: Stream[bytes]
    sessions: Stream[bytes]
    responses: Stream[bytes]
    orphans: Stream[bytes]
    late: Stream[bytes]
    dead_letters: Stream[bytes]
    learning: Stream[bytes]
    summary: Stream[dict[str, Any]]
    features: Stream[pl.DataFrame]


@operator
def stages(
    step_id: str,
    up: KeyedStream[Sequence[Record]],
    job: Job,
    partitions: Sequence[str],
    final: bool = True,
    recoverable: bool = False,
) -> StagesOut:
    """Detect, know and decide over a stream of records, within a flow of one's own.

    The lines are those of `rtm run` over the same records with `input.sort = false`: a partition
    here is a partition there, and each list of records one of its batches. In event order, cutting
    the lists otherwise changes nothing. The job's `input` says what records mean; its paths, files
    and stripes are not looked at.

    Parameters
    ----------
    step_id
        Unique name of the step.
    up
        Lists of records, keyed by the name of their partition. A record is a JSON object as bytes,
        or the mapping that it stands for. Within a partition lists must come in their order.
    job
        What to do.
    partitions
        All partitions, by their names: what waits for time to pass waits for each of them. Late
        records and dead letters name them as their file, and count records from 1.
    final
        Whether the end of the stream is the end of all input: all that is open is then closed.
        Where more will follow after a resume, say False.
    recoverable
        Whether the states of all steps are kept for a resume, sealed with the key in RTM_STATE_KEY.
        It must be True where the flow is run with a recovery folder.

    Returns
    -------
    StagesOut
        A stream an output.

    Raises
    ------
    ValueError
        If there is no partition, or a name is used twice.
    """
    if not partitions or len(set(partitions)) < len(partitions):
        msg = f"`partitions` must be names, each once and at least one; got {list(partitions)}"
        raise ValueError(msg)
    plan = Plan.of(job, len(partitions))
    store = StateStore.from_environment() if recoverable else None
    shared = Received(job, plan, tuple(partitions), store, final)
    named = op.merge("named", op.input("begin", up.flow(), Begin(partitions)), up)
    keyed: KeyedStream[Named] = op.map("keyed", named, lambda pair: (pair[0], pair))
    entered = op.stateful_batch("receive", keyed, lambda state: ReceiveLogic(shared, state))
    stepped = steps(op.key_rm("entered", entered), plan, Housekeeping(store))
    by_output = op.key_on("by_output", stepped.written, output_of)
    told = op.stateful_batch("tell", by_output, lambda state: TellLogic(plan, store, state))
    plain = op.key_rm("told", told)
    features = op.filter_map("features", stepped.decided, lambda one: _frame(one, plan))
    return StagesOut(**{name: _only(name, plain) for name in _OUTPUTS}, features=features)


_OUTPUTS = (*BY_LANE, *BY_PARTITION, BY_FOLD, SUMMARY)


def _only(output: str, told: Stream[Told]) -> Stream[Any]:
    """Return what was told of one output."""
    return op.filter_map(output, told, lambda pair: pair[1] if pair[0] == output else None)


def _frame(decided: Decided, plan: Plan) -> pl.DataFrame | None:
    """Return the events that a pass has scored; None where there are none."""
    if decided.scored is None:
        return None
    rows = of_events(decided.scored)
    if not len(rows):
        return None
    return pl.DataFrame(
        {
            "time": pl.Series(rows["time"]).cast(pl.Datetime("ms", "UTC")),
            "person": rows["person"].tolist(),
            "event_id": rows["id"].tolist(),
            "type": rows["type"].tolist(),
            **{name: rows["scores"][:, at] for at, name in enumerate(plan.model_names)},
            **{name: rows["x"][:, at] for at, name in enumerate(plan.feature_names)},
        }
    )
