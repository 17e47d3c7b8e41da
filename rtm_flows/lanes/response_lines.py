"""Lines of responses and of orphans.

In: what know tells of them. Out: JSON lines with what puts them in order. They say what is learned
from, so that it can be held against the decisions.
"""

from __future__ import annotations

import msgspec

from rtm_flows.columns import Table
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.decisions.fields import subject_ids, subject_types
from rtm_flows.decisions.id_numbers import text_of
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.responded import ORPHANED, RESPONSES, Responded
from rtm_flows.people.answers import ORPHANS
from rtm_flows.times import format_times

_ENCODE = msgspec.json.Encoder().encode


class Response(msgspec.Struct, frozen=True, gc=False):
    """One line of `responses.jsonl`: a decision that was shown, and whether it was welcome.

    Attributes
    ----------
    decision_id, subject_id, subject_type
        The decision, and whose it is.
    action, treatment
        What was shown, as its outcomes said.
    decision_time, shown_time, label_time
        The person's clock at the decision and at its first outcome, and the end of the horizon.
    label
        Whether a success came within the horizon.
    features_hash
        That of the features that the decision was made from.
    """

    decision_id: str
    subject_id: str
    subject_type: str
    action: str
    treatment: str
    decision_time: str
    shown_time: str
    label: bool
    label_time: str
    features_hash: str


class Orphan(msgspec.Struct, frozen=True, gc=False):
    """One line of `orphans.jsonl`: an outcome that is about nothing that is known.

    Attributes
    ----------
    time
        The person's clock.
    subject_id, subject_type, event_id, type
        Whose event it is, and which.
    decision_id, action, treatment
        As the event says.
    reason
        Why it is nobody's: one of `rtm_flows.people.answers.ORPHANS`.
    """

    time: str
    subject_id: str
    subject_type: str
    event_id: str
    type: str
    decision_id: str | None
    action: str | None
    treatment: str | None
    reason: str


def response_lines(told: Responded, lanes: Ints, ticks: Ints, plan: Plan) -> list[Lines]:
    """Return the lines of both outputs, to be written in (label time or clock, person)."""
    settled, orphans = _responses(told.settled, plan), _orphans(told.orphans)
    return [
        Lines(
            output=output,
            feeds=lanes,
            marks=ticks,
            release=rows["time"] // plan.tick_ms,
            order=rows["time"],
            tie=rows["person"],
            lines=block_of(map(_ENCODE, records)),
        )
        for output, rows, records in (
            (RESPONSES, told.settled, settled),
            (ORPHANED, told.orphans, orphans),
        )
    ]


def _responses(settled: Table, plan: Plan) -> list[Response]:
    names = candidates_of(plan.actions).names
    chosen = [names[place] for place in settled["candidate"].tolist()]
    persons = settled["person"].tolist()
    return list(
        map(
            Response,
            text_of(settled["decision"]),
            subject_ids(persons),
            subject_types(persons),
            [action for action, _ in chosen],
            [treatment for _, treatment in chosen],
            format_times(settled["decided"]),
            format_times(settled["shown"]),
            settled["label"].tolist(),
            format_times(settled["time"]),
            text_of(settled["digest"]),
        )
    )


def _orphans(orphans: Table) -> list[Orphan]:
    persons = orphans["person"].tolist()
    texts = (orphans[n].tolist() for n in ("id", "type", "decision_id", "action", "treatment"))
    reasons = [ORPHANS[reason] for reason in orphans["reason"].tolist()]
    columns = (subject_ids(persons), subject_types(persons), *texts, reasons)
    return list(map(Orphan, format_times(orphans["time"]), *columns))
