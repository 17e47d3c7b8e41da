"""Choosing: from scored rows to the lines of decisions and scores.

In: scored rows, in the order of each person. Out: lines for the outputs, and the counts of what
was decided. Every row whose type is a trigger ends in exactly one decision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.decisions.arbitration import REASONS, arbitrate
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.decisions.eligibility import compile_actions
from rtm_flows.decisions.lines import DecisionLines, encode_scores
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.type_sets import TypeSets


class Chosen(NamedTuple):
    """The lines of a pass, and what they hold."""

    lines: list[Lines]
    counts: dict[str, int]


class Chooser:
    """The catalogue of a job, ready to decide.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._compiled = compile_actions(plan.actions, plan.feature_names)
        self._names = [action.name for action in plan.actions]
        self._triggers = TypeSets([plan.triggers])
        self._lines = DecisionLines(
            self._compiled, job=plan.name, config=plan.digest, fields=plan.decision_fields
        )

    def lines(self, scored: Table | None, lanes: Ints, marks: Ints) -> Chosen:
        """Return the lines of scored rows, with how far their lanes have come."""
        decided: tuple[Table | None, list[bytes]] = (None, [])
        scores: list[bytes] = []
        counts: dict[str, int] = {}
        if scored is not None:
            fired = self._fired(scored)
            decided = fired, self._decide(fired, counts)
            scores = encode_scores(scored) if self._plan.scores else []
        lines = [self._ordered("decisions", *decided, lanes, marks)]
        if self._plan.scores:
            lines.append(self._ordered("scores", scored, scores, lanes, marks))
        return Chosen(lines, counts)

    def _fired(self, scored: Table) -> Table:
        """Return the rows that fire a trigger."""
        if self._plan.triggers == ("*",):
            return scored
        return scored.take(self._triggers.masks(scored["type"])[self._plan.triggers])

    def _decide(self, fired: Table, counts: dict[str, int]) -> list[bytes]:
        failures = self._compiled.first_failures(fired["x"], fired["score"], fired["type"])
        choice = arbitrate(self._compiled, failures, fired["score"], self._plan.floor)
        counts["triggers"] = len(fired)
        names = [*self._names, NO_ACTION]
        for winner, count in zip(*np.unique(choice.winner, return_counts=True), strict=True):
            counts[f"decision:{names[winner]}"] = int(count)
        none = choice.reason[choice.winner < 0]
        for reason, count in zip(*np.unique(none, return_counts=True), strict=True):
            counts[f"no_action:{REASONS[reason]}"] = int(count)
        return self._lines.encode(fired, failures, choice)

    def _ordered(
        self, output: str, rows: Table | None, lines: list[bytes], lanes: Ints, marks: Ints
    ) -> Lines:
        nothing = np.zeros(0, dtype=np.int64)
        time = nothing if rows is None else rows["time"]
        return Lines(
            output=output,
            feeds=lanes,
            marks=marks,
            release=time // self._plan.tick_ms,
            order=time,
            tie=None if rows is None else rows["person"],
            lines=lines,
        )
