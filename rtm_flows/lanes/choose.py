"""Choosing: from scored rows to the lines of decisions and scores.

In: scored rows, in the order of each person. Out: lines for the outputs, and the counts of what
was decided. Every row whose type is a trigger ends in exactly one decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.decisions.arbitration import NONE, REASONS, arbitrate
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.decisions.fates import fates
from rtm_flows.decisions.fired import TRIGGER, of_events, trigger_names
from rtm_flows.decisions.funnel import compile_actions
from rtm_flows.decisions.lines import DecisionLines, encode_scores
from rtm_flows.lanes.line_block import LineBlock, Piece
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.ordered import in_order
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.type_sets import TypeSets

_PIECE = 2048
"""Rows written together: so few that what is made of them stays in a processor's cache."""

_NOBODY: Ints = np.zeros(0, dtype=np.int64)

Encode = Callable[[Table, Ints], bytes]
"""Writes chosen rows of a table as lines, given these rows and their places."""


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
        self._compiled = compile_actions(
            plan.actions, plan.feature_names, plan.model_names, plan.moment_names
        )
        self._names_triggers = bool(plan.moments) or TRIGGER in self._compiled.program.texts
        self._names = [action.name for action in plan.actions]
        self._triggers = TypeSets([plan.triggers])
        self._outputs = ["decisions", "scores"] if plan.scores else ["decisions"]
        self._lines = DecisionLines(
            self._compiled,
            job=plan.name,
            config=plan.digest,
            fields=plan.decision_fields,
            all_reasons=plan.all_reasons,
            moments=plan.moment_names,
        )

    def lines(self, scored: Table | None, lanes: Ints, marks: Ints) -> Chosen:
        """Return the lines of scored rows, with how far their lanes have come."""
        counts = dict.fromkeys((f"trigger:{name}" for name in self._plan.moment_names), 0)
        told = [
            Lines(name, lanes, marks, _NOBODY, _NOBODY, None, LineBlock()) for name in self._outputs
        ]
        if scored is None:
            return Chosen(told, counts)
        fired = self._fired(scored)
        told[0] = self._with(told[0], fired, self._decider(fired, counts))
        if self._plan.scores:
            models = self._plan.model_names
            told[1] = self._with(
                told[1],
                of_events(scored),
                lambda rows, _: encode_scores(rows, models),
                each=len(models),
            )
        return Chosen(told, counts)

    def _fired(self, scored: Table) -> Table:
        """Return the rows that fire a trigger: moments, and events of the types that do."""
        if self._plan.triggers == ("*",):
            return scored
        fires = self._triggers.masks(scored["type"])[self._plan.triggers]
        if TRIGGER in scored:
            fires |= scored[TRIGGER] > 0
        return scored.take(fires)

    def _decider(self, fired: Table, counts: dict[str, int]) -> Encode:
        """Decide, count what was decided, and return what writes it."""
        scores = dict(zip(self._plan.model_names, fired["scores"].T, strict=True))
        triggers = trigger_names(fired, self._plan.moment_names) if self._names_triggers else None
        dropped = self._compiled.dropped(fired["x"], scores, fired["type"], triggers)
        choice = arbitrate(self._compiled, dropped.first, fired["score"], self._plan.floor)
        counts["triggers"] = len(fired)
        if self._plan.moments and triggers is not None:
            counts.update(Counter(f"trigger:{name}" for name in triggers.tolist()))
        names = [NO_ACTION, *self._names]
        counts.update(_count("decision:", names, choice.winner - NONE))
        counts.update(_count("no_action:", REASONS, choice.reason[choice.winner == NONE]))
        ended = fates(self._compiled, dropped.first, choice).items()
        counts.update({f"funnel:{fate}:{action}": count for (fate, action), count in ended})
        return lambda rows, at: self._lines.encode(rows, dropped.take(at), choice.take(at))

    def _with(self, told: Lines, rows: Table, encode: Encode, each: int = 1) -> Lines:
        """Return what is told with the lines of rows, in the order in which they are written.

        A row has as many lines, side by side, as `each` says.
        """
        order = in_order(rows["time"], rows["person"])
        pieces = [order[start : start + _PIECE] for start in range(0, len(order), _PIECE)]
        block = LineBlock([Piece(encode(rows.take(at), at), each * len(at)) for at in pieces])
        if each > 1:
            order = np.repeat(order, each)
        time = rows["time"][order]
        tie, release = rows["person"][order], time // self._plan.tick_ms
        return told._replace(release=release, order=time, tie=tie, lines=block)


def _count(prefix: str, names: Sequence[str], places: NDArray[np.integer[Any]]) -> dict[str, int]:
    """Return how often each name that occurs does so, given the places of names."""
    found = zip(names, np.bincount(places, minlength=len(names)).tolist(), strict=True)
    return {prefix + name: count for name, count in found if count}
