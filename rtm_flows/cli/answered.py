"""Answered: what the summary of a run says of its responses, for whoever values its decisions."""

from __future__ import annotations

from typing import Any, NamedTuple

from rtm_flows.cli.runs import Run
from rtm_flows.errors import InputError

_LOST = ("unknown_decision", "too_many_waiting", "another_action", "no_decision_id")
_MANY_LOST = 0.01


class Answered(NamedTuple):
    """What became of outcomes.

    Attributes
    ----------
    within, horizon
        ISO 8601 durations: how late after a decision it may be shown, and then be welcome.
    settled
        Decisions that were shown, and whose horizon is over.
    orphans
        By reason, outcomes that found no decision.
    """

    within: str
    horizon: str
    settled: int
    orphans: dict[str, int]


def answered_by(run: Run) -> Answered:
    """Return what a finished run says of its responses.

    Raises
    ------
    InputError
        If it joined none, or an older version made it.
    """
    found: dict[str, Any] | None = (run.summary() or {}).get("responses")
    if found is None:
        msg = (
            f"{run.folder}: this run joined no responses, so nothing tells what its decisions "
            "brought. Add [responses] to the configuration and the outcomes of its decisions to "
            "the input (docs/responses.md), and run it again"
        )
        raise InputError(msg)
    if "within" not in found:
        msg = (
            f"{run.folder}: its summary does not say how long responses are waited for: an older "
            "version made it; run the job again"
        )
        raise InputError(msg)
    return Answered(found["within"], found["horizon"], found["settled"], found["orphans"])


def lost_in(answered: Answered) -> list[str]:
    """Return in a sentence how many outcomes were lost, where that is many.

    Examples
    --------
    >>> lost_in(Answered("P1D", "P1D", 500, {"settled": 90, "unknown_decision": 5}))
    []
    """
    lost = {reason: answered.orphans[reason] for reason in _LOST if answered.orphans.get(reason)}
    if sum(lost.values()) <= _MANY_LOST * answered.settled:
        return []
    why = ", ".join(f"{reason} {n:,}" for reason, n in lost.items())
    return [
        f"outcomes found no decision to be joined to ({why}): rewards are missing, and of some "
        "actions perhaps more than of others (docs/responses.md says how to join them)"
    ]
