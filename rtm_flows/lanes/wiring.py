"""Who hears what: from what a step tells to the messages of the next.

Shared by the Bytewax operators, the in-process engine and the simulator of the tests, so that all
three run one and the same core.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rtm_flows.lanes.deal import deal
from rtm_flows.lanes.decide import Decided
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.messages import Contribution, Counts, Known, KnownRows, Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.records_out import learning_lines, session_lines
from rtm_flows.lanes.responded import ORPHANED, RESPONSES
from rtm_flows.lanes.response_lines import response_lines


class Metrics(NamedTuple):
    """The final metrics of a model."""

    model: str
    metrics: dict[str, object]


Written = Lines | Counts | Metrics
"""What the writers hear."""

BY_LANE = ("sessions", "decisions", "scores", RESPONSES, ORPHANED)
"""Outputs whose feeds are lanes."""
BY_PARTITION = ("late", "dead_letters")
"""Outputs whose feeds are source partitions."""
BY_FOLD = "learning"
"""The output whose one feed is the fold."""
SUMMARY = "summary"
"""The output that hears counts and metrics."""


def outputs(plan: Plan) -> Mapping[str, int]:
    """Return the outputs of a job with the number of feeds of each."""
    answered = dict.fromkeys((RESPONSES, ORPHANED), plan.responses is not None)
    wanted = {"sessions": plan.sessions, "decisions": True, "scores": plan.scores, **answered}
    lanes = {name: plan.lanes for name in BY_LANE if wanted[name]}
    fold = {BY_FOLD: 1} if plan.learning else {}
    return lanes | dict.fromkeys(BY_PARTITION, plan.partitions) | fold


def counting(plan: Plan) -> dict[str, int]:
    """Return the steps that tell counts, with the number of feeds of each."""
    return {"source": plan.partitions, "know": plan.lanes, "decide": plan.lanes, "fold": 1}


def rows_of(known: Known) -> list[tuple[int, KnownRows]]:
    """Return what each lane of decide hears of a pass of know."""
    ticks = known.ticks.tolist()
    # Mostly all lanes have come as far, and few have rows: those without share one message.
    none = {tick: KnownRows(None, tick) for tick in set(ticks)}
    told = list(zip(known.lanes.tolist(), map(none.__getitem__, ticks), strict=True))
    for lane, span in deal(known.rows, known.rows["lane"]):
        place = int(np.searchsorted(known.lanes, lane))
        told[place] = lane, KnownRows(span, ticks[place])
    if known.left is not None:
        for lane, span in deal(known.left, known.left["lane"]):
            place = int(np.searchsorted(known.lanes, lane))
            told[place] = lane, told[place][1]._replace(left=span)
    return told


def contribution_of(known: Known) -> Contribution:
    """Return what the fold hears of a pass of know."""
    responses = None if known.responses is None else known.responses.learned
    return Contribution(known.lanes, known.ticks, known.examples, responses)


def written_by_know(known: Known, plan: Plan) -> list[Written]:
    """Return what the writers hear of a pass of know."""
    ended = known.ticks >= END
    written: list[Written] = [
        Counts("know", known.lanes[ended], ended=bool(ended.any()), counts=known.counts)
    ]
    if plan.sessions:
        written.append(session_lines(known.sessions, known.lanes, known.ticks, plan.tick_ms))
    if known.responses is not None:
        written += response_lines(known.responses, known.lanes, known.ticks, plan)
    return written


def written_by_decide(decided: Decided) -> list[Written]:
    """Return what the writers hear of a pass of decide."""
    ended = decided.marks >= END
    counts = Counts("decide", decided.lanes[ended], ended=bool(ended.any()), counts=decided.counts)
    return [*decided.lines, counts]


def written_by_fold(fold: Fold) -> list[Written]:
    """Return what the writers hear of the fold after ticks were completed."""
    notes = fold.notes()
    written: list[Written] = (
        [learning_lines(notes, fold.done, fold.plan)] if fold.plan.learning else []
    )
    if fold.ended:
        metrics = fold.metrics().items()
        written += [Metrics(model, figures) for model, figures in metrics]
        written.append(Counts("fold", np.zeros(1, dtype=np.int64), ended=True, counts={}))
    return written


def output_of(written: Written) -> str:
    """Return the output that a message is for."""
    return written.output if isinstance(written, Lines) else SUMMARY
