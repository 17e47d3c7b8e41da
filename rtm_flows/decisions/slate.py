"""The slate: what became of every offer of the catalogue, row by row.

In: what the funnel dropped, priorities and winners. Out: the candidates of each decision, in the
order in which they are written. It refuses to know what a decision is beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.arbitration import FATES, HELD_FATE, SUPPRESSED_FATE, WON, Choice
from rtm_flows.decisions.exploration import MILLION
from rtm_flows.decisions.funnel import PASSED, Compiled, Dropped
from rtm_flows.decisions.offers import Offer, Rule
from rtm_flows.decisions.record import Candidate
from rtm_flows.decisions.record import Rule as Told
from rtm_flows.policy.holds import Hold

Slate = list[Candidate | msgspec.Raw] | msgspec.Raw
"""Candidates one by one, some of them written already, or all of them as JSON."""

_ENDED = [(None, None) if at == WON else ("arbitration", fate) for at, fate in enumerate(FATES)]
"""Where, and why, an offer that passed was dropped, by its fate."""

_MANY = 4096


class Slates:
    """The slates of a catalogue.

    Offers that passed come first, by falling priority, ties in declared order; then those dropped
    by a rule, in declared order. The latter are written once for all rows that fail alike, and so
    is the whole slate where nothing passed.

    Parameters
    ----------
    compiled
        The catalogue.
    all_reasons
        Whether dropped candidates tell all rules that they fail, and not only the first.
    holds
        What may keep offers back; `Choice.held` holds places in this list.
    """

    def __init__(
        self, compiled: Compiled, *, all_reasons: bool, holds: Sequence[Hold] = ()
    ) -> None:
        self._holds = holds
        self._compiled = compiled
        self._all_reasons = all_reasons
        self._known: dict[tuple[int, ...], tuple[list[msgspec.Raw], msgspec.Raw]] = {}

    def of(self, dropped: Dropped, choice: Choice) -> list[Slate]:
        """Return the candidates of each row."""
        if len(self._known) > _MANY:  # so many ways to fail are rare; the memory is not for them
            self._known = {}
        told = dropped.fails if self._all_reasons else dropped.first
        fallen = [self._fallen(failed) for failed in map(tuple, told.tolist())]
        found: list[Slate] = [whole for _, whole in fallen]
        passed = dropped.first == PASSED
        some = np.flatnonzero(passed.any(axis=1))
        for row, first in zip(some.tolist(), self._passed(passed, choice, some), strict=True):
            found[row] = [*first, *fallen[row][0]]
        return found

    def _passed(
        self, passed: NDArray[np.bool_], choice: Choice, some: NDArray[np.intp]
    ) -> Iterator[list[Candidate]]:
        """Yield of each chosen row the candidates that passed."""
        part = choice.take(some)
        order = np.where(passed[some], -part.priority, np.inf).argsort(axis=1, kind="stable")
        sizes = passed[some].sum(axis=1)
        offers = self._compiled.offers
        held = part.fate if part.held is None else part.held
        columns = (order, part.priority, sizes, part.fate, chances_of(part), held)
        rows = zip(*(column.tolist() for column in columns), _beliefs(part), strict=True)
        for places, priority, size, fate, chance, by, believed in rows:
            slate = []
            for at in places[:size]:
                stage, why = _ENDED[fate[at]]
                if fate[at] in {SUPPRESSED_FATE, HELD_FATE}:
                    stage, why = self._holds[by[at]]
                named = offers[at].name, offers[at].treatment
                numbers = priority[at], chance[at]
                slate.append(Candidate(*named, *numbers, stage, why, msgspec.UNSET, *believed[at]))
            yield slate

    def _fallen(self, failed: tuple[int, ...]) -> tuple[list[msgspec.Raw], msgspec.Raw]:
        """Return the candidates that were dropped by a rule, one by one and as a whole."""
        known = self._known.get(failed)
        if known is None:
            slate = []
            for at, offer in enumerate(self._compiled.offers):
                if rules := self._failing(at, failed):
                    slate.append(self._written(offer, rules))
            known = slate, msgspec.Raw(msgspec.json.encode(slate))
            self._known[failed] = known
        return known

    def _failing(self, offer: int, failed: tuple[int, ...]) -> list[Rule]:
        """Return the rules that an offer fails: all of them if so asked, or the first."""
        rules = self._compiled.offers[offer].rules
        if not self._all_reasons:
            return [rules[failed[offer]]] if failed[offer] != PASSED else []
        places = self._compiled.places[offer]
        return [rule for rule, place in zip(rules, places, strict=True) if failed[place]]

    def _written(self, offer: Offer, rules: list[Rule]) -> msgspec.Raw:
        failing: tuple[Told, ...] | msgspec.UnsetType = msgspec.UNSET
        if self._all_reasons:
            failing = tuple(Told(rule.stage, rule.text) for rule in rules)
        first = rules[0]
        candidate = Candidate(
            offer.name, offer.treatment, None, 0.0, first.stage, first.text, failing
        )
        return msgspec.Raw(msgspec.json.encode(candidate))


_Belief = tuple[float | msgspec.UnsetType, int | msgspec.UnsetType]
_UNTOLD: _Belief = msgspec.UNSET, msgspec.UNSET


def _beliefs(choice: Choice) -> Iterator[list[_Belief]]:
    """Yield of each row what is told of the offers' propensities, if they are drawn by it."""
    if choice.evidence is None:
        yield from repeat([_UNTOLD] * choice.priority.shape[1], len(choice.priority))
        return
    for row in zip(choice.propensity.tolist(), choice.evidence.tolist(), strict=True):
        yield [(mean, n if n >= 0 else msgspec.UNSET) for mean, n in zip(*row, strict=True)]


def chances_of(choice: Choice) -> NDArray[np.float64]:
    """Return the chance with which each offer was chosen, (rows, offers)."""
    if choice.millionths is None:
        return np.asarray(choice.fate == WON, dtype=np.float64)
    return np.asarray(choice.millionths / MILLION)
