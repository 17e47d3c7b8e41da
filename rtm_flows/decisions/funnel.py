"""The funnel: which actions a row may get, and the first rule that keeps each other out.

In: a checked catalogue, and columns of features, scores and event types. Out: for each row and
action, the first rule that does not hold: of eligibility, then applicability, then suitability. It
refuses to know which of the actions that pass is the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Action, Rule
from rtm_flows.decisions.expressions.names import TRIGGER, TYPE
from rtm_flows.decisions.expressions.program import Program, served
from rtm_flows.decisions.expressions.tree import Truth
from rtm_flows.decisions.lint import read_actions
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Failures = NDArray[np.int16]

PASSED = -1
"""Stands for "no rule failed"."""


class Dropped(NamedTuple):
    """What the funnel keeps out of some rows."""

    first: Failures
    """(rows, actions): the first of the action's rules that does not hold, or `PASSED`."""
    fails: Bools
    """(rows, distinct rules): whether the rule does not hold."""

    def take(self, rows: NDArray[np.int64]) -> Dropped:
        """Return what was kept out of some of the rows."""
        return Dropped(self.first[rows], self.fails[rows])


@dataclass(frozen=True, eq=False)
class Compiled:
    """A catalogue ready to be applied to columns; make one with `compile_actions`."""

    actions: tuple[Action, ...]
    rules: tuple[tuple[Rule, ...], ...]
    """Of each action, its rules in the order in which they are tried."""
    places: tuple[tuple[int, ...], ...]
    """Of each action, its rules as places among the distinct ones."""
    feature_names: tuple[str, ...]
    program: Program
    """The distinct rules: each is tested once, however many actions share it."""
    weights: Floats
    """(3, actions): context weight, value and levers, rounded."""

    def dropped(
        self,
        features: Floats,
        scores: Mapping[str, Floats],
        types: NDArray[Any],
        triggers: NDArray[Any] | None = None,
    ) -> Dropped:
        """Return of each row and action the first rule that fails, or `PASSED`.

        Parameters
        ----------
        features
            Features of the rows, (rows, features), not yet rounded.
        scores
            Rounded scores of the rows, by model.
        types
            Event types of the rows, as text.
        triggers
            Names of their triggers; needed where a rule asks for them.

        Examples
        --------
        >>> banner = Action(name="banner", suitable="views >= 2")
        >>> compiled = compile_actions([banner], ["views"])
        >>> views, types = np.array([[1.0], [2.0]]), np.array(["search", "search"])
        >>> compiled.dropped(views, {}, types).first.tolist()
        [[0], [-1]]
        """
        wanted = [name for name in self.program.numbers if name not in scores]
        numbers = {**scores, **served(features, self.feature_names, wanted)}
        texts = {TYPE: types} if triggers is None else {TYPE: types, TRIGGER: triggers}
        holds = self.program.run(numbers, texts)
        fails = ~np.array(holds, dtype=np.bool_).reshape(len(holds), len(types))
        first: Failures = np.full((len(self.actions), len(types)), PASSED, dtype=np.int16)
        for failed, places in zip(first, self.places, strict=True):
            # From the last to the first, so that the first failure is what stays.
            for number in range(len(places) - 1, -1, -1):
                failed[fails[places[number]]] = number
        return Dropped(first.T, fails.T)


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
    distinct: dict[Truth, int] = {}
    places = tuple(
        tuple(distinct.setdefault(tree, len(distinct)) for tree in trees)
        for trees in read_actions(actions, feature_names, model_names, moment_names)
    )
    factors = [(action.context_weight, action.value, action.levers) for action in actions]
    return Compiled(
        actions=tuple(actions),
        rules=tuple(action.rules for action in actions),
        places=places,
        feature_names=tuple(feature_names),
        program=Program(list(distinct)),
        weights=round6(np.array(factors, dtype=np.float64).reshape(-1, 3)).T,
    )
