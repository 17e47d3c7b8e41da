"""The funnel: which offers a row may get, and the first rule that keeps each other out.

In: a checked catalogue, and columns of features, scores, event types and times. Out: for each row
and offer, the first rule that does not hold: of eligibility, then applicability, then suitability.
It refuses to know which of the offers that pass is the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.expressions.names import TIME, TRIGGER, TYPE
from rtm_flows.decisions.expressions.program import Program, served
from rtm_flows.decisions.expressions.tree import Truth
from rtm_flows.decisions.lint import read_actions
from rtm_flows.decisions.offers import Offer, offers_of
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Failures = NDArray[np.int16]

PASSED = -1
"""Stands for "no rule failed"."""


class Dropped(NamedTuple):
    """What the funnel keeps out of some rows, and what else was asked of them."""

    first: Failures
    """(rows, offers): the first of the offer's rules that does not hold, or `PASSED`."""
    fails: Bools
    """(rows, distinct rules of the funnel): whether the rule does not hold."""
    holds: Bools
    """(rows, distinct rules of contexts and reasons): whether the rule holds."""

    def take(self, rows: NDArray[np.int64]) -> Dropped:
        """Return what was kept out of some of the rows."""
        return Dropped(self.first[rows], self.fails[rows], self.holds[rows])


@dataclass(frozen=True, eq=False)
class Compiled:
    """A catalogue ready to be applied to columns; make one with `compile_actions`."""

    offers: tuple[Offer, ...]
    places: tuple[tuple[int, ...], ...]
    """Of each offer, its rules as places among the distinct ones of the funnel."""
    context: tuple[tuple[int, ...], ...]
    """Of each offer, the rules of its contexts as places among the other distinct ones."""
    because: tuple[tuple[int | None, ...], ...]
    """Of each offer, the rules of its reasons as such places; None for one that always holds."""
    feature_names: tuple[str, ...]
    program: Program
    """The distinct rules: each is tested once, however many offers share it."""
    weights: Floats
    """(3, offers): context weight, value and levers, rounded."""
    costs: Floats
    """Of each offer what a delivery costs, rounded."""

    def dropped(
        self,
        features: Floats,
        scores: Mapping[str, Floats],
        types: NDArray[Any],
        times: NDArray[np.int64],
        triggers: NDArray[Any] | None = None,
    ) -> Dropped:
        """Return of each row and offer the first rule that fails, or `PASSED`.

        Parameters
        ----------
        features
            Features of the rows, (rows, features), not yet rounded.
        scores
            Rounded scores of the rows, by model.
        types
            Event types of the rows, as text.
        times
            The person's clock at each row, in milliseconds.
        triggers
            Names of their triggers; needed where a rule asks for them.

        Examples
        --------
        >>> banner = Action(name="banner", suitable="views >= 2")
        >>> compiled = compile_actions([banner], ["views"])
        >>> views, types = np.array([[1.0], [2.0]]), np.array(["search", "search"])
        >>> compiled.dropped(views, {}, types, np.array([0, 0])).first.tolist()
        [[0], [-1]]
        """
        wanted = [name for name in self.program.numbers if name not in scores and name != TIME]
        numbers = {**scores, **served(features, self.feature_names, wanted)}
        numbers[TIME] = times.astype(np.float64)
        texts = {TYPE: types} if triggers is None else {TYPE: types, TRIGGER: triggers}
        holds = self.program.run(numbers, texts)
        tested = np.array(holds, dtype=np.bool_).reshape(len(holds), len(types))
        of_funnel = 1 + max(chain((-1,), *self.places))
        fails = ~tested[:of_funnel]
        first: Failures = np.full((len(self.offers), len(types)), PASSED, dtype=np.int16)
        for failed, places in zip(first, self.places, strict=True):
            # From the last to the first, so that the first failure is what stays.
            for number in range(len(places) - 1, -1, -1):
                failed[fails[places[number]]] = number
        return Dropped(first.T, fails.T, tested[of_funnel:].T)


def compile_actions(
    actions: Sequence[Action],
    feature_names: Sequence[str],
    model_names: Sequence[str] = ("intent",),
    moment_names: Sequence[str] = (),
) -> Compiled:
    """Check a catalogue and make it ready to be applied to columns.

    Parameters
    ----------
    actions
        The catalogue, in declared order.
    feature_names
        Names of the columns of the features to come, in their order.
    model_names
        Names of the models whose scores will come.
    moment_names
        Names of the job's moments, which rules may ask for as triggers.

    Raises
    ------
    ConfigError
        At the first mistake; see `read_actions`.
    """
    offers = offers_of(actions)
    read = read_actions(actions, feature_names, model_names, moment_names)
    funnel: dict[Truth, int] = {}
    places = tuple(tuple(_enter(funnel, tree) for tree in one.funnel) for one in read)
    # What is asked beside the funnel stands behind it, even if the funnel asks the same.
    other: dict[Truth, int] = {}
    context = tuple(tuple(_enter(other, tree) for tree in one.context) for one in read)
    because = tuple(
        tuple(None if tree is None else _enter(other, tree) for tree in one.because) for one in read
    )
    factors = [(o.action.context_weight, o.action.value, o.action.levers) for o in offers]
    return Compiled(
        offers=offers,
        places=places,
        context=context,
        because=because,
        feature_names=tuple(feature_names),
        program=Program([*funnel, *other]),
        weights=round6(np.array(factors, dtype=np.float64).reshape(-1, 3)).T,
        costs=round6(np.array([offer.cost for offer in offers], dtype=np.float64)),
    )


def _enter(distinct: dict[Truth, int], tree: Truth) -> int:
    """Return the place of a tree among the distinct ones."""
    return distinct.setdefault(tree, len(distinct))
