"""Eligibility: which actions a row may get, and the first condition that keeps each other out.

In: a checked catalogue, and columns of features, scores and event types. Out: for each row and
action, the first failing condition. It refuses to know which eligible action is the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Action, Condition
from rtm_flows.decisions.lint import check_actions
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Failures = NDArray[np.int16]

ELIGIBLE = -1
"""Stands for "no condition failed"."""

_COMPARE: dict[str, Callable[[Floats, float], NDArray[np.bool_]]] = {
    "at_least": np.greater_equal,
    "above": np.greater,
    "below": np.less,
    "at_most": np.less_equal,
}


@dataclass(frozen=True, eq=False)
class Compiled:
    """A catalogue ready to be applied to columns; make one with `compile_actions`."""

    actions: tuple[Action, ...]
    feature_names: tuple[str, ...]
    conditions: tuple[Condition, ...]
    """The distinct conditions: each is tested once, however many actions share it."""
    places: tuple[tuple[int, ...], ...]
    """Of each action, its conditions as places in `conditions`."""
    weights: Floats
    """(3, actions): context weight, value and levers, rounded."""

    def first_failures(
        self, features: Floats, scores: Mapping[str, Floats], types: NDArray[Any]
    ) -> Failures:
        """Return of each row and action the first condition that fails, or `ELIGIBLE`.

        Parameters
        ----------
        features
            Features of the rows, (rows, features), not yet rounded.
        scores
            Rounded scores of the rows, by model.
        types
            Event types of the rows, as text.

        Examples
        --------
        >>> banner = Action(name="banner", when=(Condition(feature="views", at_least=2),))
        >>> compiled = compile_actions([banner], ["views"])
        >>> views, types = np.array([[1.0], [2.0]]), np.array(["search", "search"])
        >>> compiled.first_failures(views, {}, types).tolist()
        [[0], [-1]]
        """
        fails = self._fails(features, scores, types)
        failures: Failures = np.full((len(types), len(self.actions)), ELIGIBLE, dtype=np.int16)
        for action, places in enumerate(self.places):
            first = failures[:, action]
            # From the last to the first, so that the first failure is what stays.
            for number in range(len(places) - 1, -1, -1):
                first[fails[places[number]]] = number
        return failures

    def reason_text(self, action: int, condition: int) -> str:
        """Return a condition in words, by its place in the catalogue."""
        return self.actions[action].when[condition].text

    def _fails(
        self, features: Floats, scores: Mapping[str, Floats], types: NDArray[Any]
    ) -> list[NDArray[np.bool_]]:
        """Return of each distinct condition the rows on which it does not hold."""
        type_list: list[str] = types.tolist()
        rounded: dict[str, Floats] = {}
        fails = []
        for condition in self.conditions:
            if condition.type is not None:
                allowed = map(frozenset(condition.type).__contains__, type_list)
                fails.append(~np.fromiter(allowed, dtype=np.bool_, count=len(type_list)))
                continue
            if condition.feature is None:
                values = scores[condition.score or ""]
            elif condition.feature in rounded:
                values = rounded[condition.feature]
            else:
                at = self.feature_names.index(condition.feature)
                values = rounded[condition.feature] = round6(features[:, at])
            fails.append(~_holds(condition, values))
        return fails


def compile_actions(
    actions: Sequence[Action],
    feature_names: Sequence[str],
    model_names: Sequence[str] = ("intent",),
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

    Raises
    ------
    ConfigError
        At the first mistake; see `check_actions`.
    """
    check_actions(actions, feature_names, model_names)
    distinct: dict[Condition, int] = {}
    places = tuple(
        tuple(distinct.setdefault(condition, len(distinct)) for condition in action.when)
        for action in actions
    )
    factors = [(action.context_weight, action.value, action.levers) for action in actions]
    weights = round6(np.array(factors, dtype=np.float64).reshape(-1, 3)).T
    return Compiled(tuple(actions), tuple(feature_names), tuple(distinct), places, weights)


def _holds(condition: Condition, values: Floats) -> NDArray[np.bool_]:
    """Tell on which rows all comparisons hold; a value that is not a number fails each."""
    holds = np.ones(len(values), dtype=np.bool_)
    for key, bound in condition.bounds:
        holds &= _COMPARE[key](values, bound)
    return holds
