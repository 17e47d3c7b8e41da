"""The slate: what became of every action of the catalogue, row by row.

In: failures, priorities and winners. Out: the candidates of each decision, in the order in
which they are written. It refuses to know what a decision is beside them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.arbitration import BELOW_FLOOR, HIGHEST_PRIORITY, Choice
from rtm_flows.decisions.eligibility import ELIGIBLE, Compiled, Failures
from rtm_flows.decisions.record import Candidate

Slate = list[Candidate | msgspec.Raw] | msgspec.Raw
"""Candidates one by one, some of them written already, or all of them as JSON."""

_WON = (1.0, None, None)
_LOST = {
    HIGHEST_PRIORITY: (0.0, "arbitration", "outranked"),
    BELOW_FLOOR: (0.0, "arbitration", "below_floor"),
}
"""What is said of an eligible action that did not win, by the decision's reason."""


_MANY = 4096


class Slates:
    """The slates of a catalogue.

    Eligible actions come first, by falling priority, ties in declared order; then those dropped
    by eligibility, in declared order. The latter are written once for all rows with the same
    first failures, and so is the whole slate where nothing was eligible.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._actions = compiled.actions
        self._known: dict[tuple[int, ...], tuple[list[msgspec.Raw], msgspec.Raw]] = {}

    def of(self, failures: Failures, choice: Choice) -> list[Slate]:
        """Return the candidates of each row."""
        if len(self._known) > _MANY:  # so many ways to fail are rare; the memory is not for them
            self._known = {}
        dropped = [self._dropped(failed) for failed in map(tuple, failures.tolist())]
        found: list[Slate] = [whole for _, whole in dropped]
        eligible = failures == ELIGIBLE
        some = np.flatnonzero(eligible.any(axis=1))
        open_to = self._eligible(eligible, choice, some)
        for row, first in zip(some.tolist(), open_to, strict=True):
            found[row] = [*first, *dropped[row][0]]
        return found

    def _eligible(
        self, eligible: NDArray[np.bool_], choice: Choice, some: NDArray[np.intp]
    ) -> Iterator[list[Candidate]]:
        """Yield of each chosen row the candidates that were eligible."""
        part = choice.take(some)
        order = np.where(eligible[some], -part.priority, np.inf).argsort(axis=1, kind="stable")
        sizes = eligible[some].sum(axis=1)
        columns = (order, part.priority, sizes, part.winner, part.reason)
        names = [action.name for action in self._actions]
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for places, priority, size, winner, reason in rows:
            slate = []
            for at in places[:size]:
                prob, stage, why = _WON if at == winner else _LOST[reason]
                slate.append(Candidate(names[at], priority[at], prob, stage, why))
            yield slate

    def _dropped(self, failed: tuple[int, ...]) -> tuple[list[msgspec.Raw], msgspec.Raw]:
        """Return the candidates that were dropped, one by one and as a whole."""
        known = self._known.get(failed)
        if known is None:
            slate = []
            for action, at in zip(self._actions, failed, strict=True):
                if at != ELIGIBLE:
                    why = action.when[at].text
                    candidate = Candidate(action.name, None, 0.0, "eligibility", why)
                    slate.append(msgspec.Raw(msgspec.json.encode(candidate)))
            known = slate, msgspec.Raw(msgspec.json.encode(slate))
            self._known[failed] = known
        return known
