"""Arbitration: which of the actions that passed wins, or that none does.

In: a compiled catalogue, the failures of the funnel, and scores. Out: the winner of each row
with the priorities it was chosen by. It refuses to know who may be contacted at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.funnel import PASSED, Compiled, Failures
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]

NONE = -1
"""The winner's place where nothing is done."""

REASONS = ("highest_priority", "no_eligible_action", "below_floor")
"""Why a decision is what it is; `Choice.reason` holds places in this list."""

HIGHEST_PRIORITY, NO_ELIGIBLE_ACTION, BELOW_FLOOR = range(3)


class Choice(NamedTuple):
    """What arbitration chose, and by what numbers; all priorities and factors are rounded."""

    winner: NDArray[np.int16]
    """Of each row the place of the winning action, or `NONE`."""
    reason: NDArray[np.int8]
    """Of each row its place in `REASONS`."""
    priority: Floats
    """(rows, actions); also of actions that did not pass."""
    propensity: Floats
    """(rows, actions)."""

    def take(self, rows: NDArray[np.int64]) -> Choice:
        """Return what was chosen for some of the rows."""
        return Choice(
            self.winner.take(rows),
            self.reason.take(rows),
            self.priority.take(rows, axis=0),
            self.propensity.take(rows, axis=0),
        )


def arbitrate(
    compiled: Compiled,
    failures: Failures,
    score: Floats,
    floor: float,
    learned: Floats | None = None,
) -> Choice:
    """Choose the action that passed with the largest priority; ties go to the first declared.

    `priority = propensity x context_weight x value x levers`: each factor is rounded to six
    decimals first, the product is taken from left to right and rounded at the end.

    Parameters
    ----------
    compiled
        The catalogue.
    failures
        First failures, as the funnel found them.
    score
        Rounded scores of the rows.
    floor
        Nothing is done where the best priority is below this.
    learned
        Learned propensities, (rows, actions); None where nothing has been learned, which leaves
        the priors.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> from rtm_flows.decisions.funnel import compile_actions
    >>> compiled = compile_actions([Action(name="a"), Action(name="b", propensity="1-score")], [])
    >>> passed = np.full((2, 2), PASSED, dtype=np.int16)
    >>> arbitrate(compiled, passed, np.array([0.7, 0.2]), floor=0.75).winner.tolist()
    [-1, 1]
    """
    propensity = _propensities(compiled, score, learned)
    priority = propensity
    for factor in compiled.weights:
        priority = priority * factor
    priority = round6(priority)
    winner, reason = _winners(failures, priority, floor)
    return Choice(winner, reason, priority, propensity)


def _propensities(compiled: Compiled, score: Floats, learned: Floats | None) -> Floats:
    propensity: Floats = np.empty((len(score), len(compiled.actions)))
    complement = round6(1.0 - score)
    for at, action in enumerate(compiled.actions):
        if action.propensity == "score":
            propensity[:, at] = score
        elif action.propensity == "1-score":
            propensity[:, at] = complement
        elif action.propensity == "learned":
            propensity[:, at] = action.prior if learned is None else learned[:, at]
        else:
            propensity[:, at] = action.propensity
    return round6(propensity)


def _winners(
    failures: Failures, priority: Floats, floor: float
) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Return the winner of each row and the reason."""
    rows = len(priority)
    reason = np.full(rows, HIGHEST_PRIORITY, dtype=np.int8)
    if not priority.shape[1]:
        reason[:] = NO_ELIGIBLE_ACTION
        return np.full(rows, NONE, dtype=np.int16), reason
    open_to = np.where(failures == PASSED, priority, -np.inf)
    winner = open_to.argmax(axis=1).astype(np.int16)
    best = open_to[np.arange(rows), winner]
    reason[best < floor] = BELOW_FLOOR
    reason[best == -np.inf] = NO_ELIGIBLE_ACTION
    winner[reason != HIGHEST_PRIORITY] = NONE
    return winner, reason
