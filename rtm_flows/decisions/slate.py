"""The slate: what became of every action of the catalogue, row by row.

In: failures, priorities and winners. Out: the candidates of each decision, in the order in
which they are written. It refuses to know what a decision is beside them.
"""

from __future__ import annotations

import msgspec
import numpy as np

from rtm_flows.decisions.arbitration import BELOW_FLOOR, HIGHEST_PRIORITY, Choice
from rtm_flows.decisions.eligibility import ELIGIBLE, Compiled, Failures
from rtm_flows.decisions.record import Candidate

Slate = list[Candidate | msgspec.Raw]

_WON = (1.0, None, None)
_LOST = {
    HIGHEST_PRIORITY: (0.0, "arbitration", "outranked"),
    BELOW_FLOOR: (0.0, "arbitration", "below_floor"),
}
"""What is said of an eligible action that did not win, by the decision's reason."""


def slates(compiled: Compiled, failures: Failures, choice: Choice) -> list[Slate]:
    """Return the candidates of each row.

    Eligible actions come first, by falling priority, ties in declared order; then those dropped
    by eligibility, in declared order. The latter are written already: they say the same for
    every row with the same first failures.
    """
    dropped = _Dropped(compiled)
    found = [dropped[failed] for failed in map(tuple, failures.tolist())]
    eligible = failures == ELIGIBLE
    order = np.where(eligible, -choice.priority, np.inf).argsort(axis=1, kind="stable")
    some = np.flatnonzero(eligible.any(axis=1))
    columns = (order, choice.priority, eligible.sum(axis=1), choice.winner, choice.reason)
    rows = zip(some.tolist(), *(column[some].tolist() for column in columns), strict=True)
    names = [action.name for action in compiled.actions]
    for row, places, priority, size, winner, reason in rows:
        slate: Slate = []
        for at in places[:size]:
            prob, stage, why = _WON if at == winner else _LOST[reason]
            slate.append(Candidate(names[at], priority[at], prob, stage, why))
        found[row] = slate + found[row]
    return found


class _Dropped(dict[tuple[int, ...], Slate]):
    """Of each row of first failures, the candidates that were dropped, as JSON."""

    def __init__(self, compiled: Compiled) -> None:
        self._actions = compiled.actions

    def __missing__(self, failed: tuple[int, ...]) -> Slate:
        """Write the candidates of a row not met before in this batch."""
        slate: Slate = []
        for action, at in zip(self._actions, failed, strict=True):
            if at != ELIGIBLE:
                why = action.when[at].text
                candidate = Candidate(action.name, None, 0.0, "eligibility", why)
                slate.append(msgspec.Raw(msgspec.json.encode(candidate)))
        self[failed] = slate
        return slate
