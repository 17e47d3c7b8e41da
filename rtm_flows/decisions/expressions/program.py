"""A program: checked rules, made ready to test many rows at once.

In: trees, and columns under the names that they speak of. Out: one mask a rule. What several rules
have in common is worked out once. It refuses to know where columns come from.

Every number is rounded to six decimals, and what is not finite becomes "no number" (NaN), for which
no comparison holds. All is done row by row, so a row's answer depends on no other row.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column
from rtm_flows.decisions.expressions.tree import (
    Among,
    Both,
    Compared,
    Computed,
    Constant,
    Either,
    Named,
    Number,
    Operation,
    Symbol,
    Truth,
)
from rtm_flows.people.type_sets import Types, TypeSets
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def settled(values: Floats) -> Floats:
    """Return numbers as rules see them: rounded, and NaN where they are not finite.

    Examples
    --------
    >>> settled(np.array([2 / 3, np.inf])).tolist()
    [0.666667, nan]
    """
    with np.errstate(over="ignore"):
        rounded = round6(values)
    finite = np.isfinite(rounded)
    if not finite.all():
        rounded[~finite] = np.nan
    return rounded


_COMPARE: dict[Symbol, Callable[[Floats, Floats], Bools]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    # Not `not_equal`, which holds for what is no number.
    "!=": lambda left, right: (left < right) | (left > right),
}
_COMPUTE: dict[Operation, Callable[[Floats, Floats], Floats]] = {
    "+": lambda left, right: settled(left + right),
    "-": lambda left, right: settled(left - right),
    "*": lambda left, right: settled(left * right),
    "/": lambda left, right: settled(left / right),
    "min": np.minimum,
    "max": np.maximum,
}


class _Pass(NamedTuple):
    """The columns of a pass, and what the steps before have found."""

    numbers: Mapping[str, Floats]
    masks: Mapping[str, Mapping[Types, Bools]]
    found: list[Any]

    def of(self, places: Iterable[int]) -> list[Any]:
        return [self.found[place] for place in places]


class Program:
    """Rules ready to be applied to columns.

    Parameters
    ----------
    rules
        Their trees.

    Attributes
    ----------
    numbers, texts
        The names of the columns that are needed, each once.

    Examples
    --------
    >>> program = Program([Compared(">", Named("views"), Constant(2.0))])
    >>> program.run({"views": settled(np.array([1.0, 3.0, np.nan]))}, {})[0].tolist()
    [False, True, False]
    """

    def __init__(self, rules: Sequence[Truth]) -> None:
        self._place: dict[Truth | Number, int] = {}
        self._steps: list[Callable[[_Pass], Any]] = []
        self._rules = [self._enter(rule) for rule in rules]
        entered = self._place
        self.numbers = tuple(one.name for one in entered if isinstance(one, Named))
        sets: dict[str, list[Types]] = {}
        for one in entered:
            if isinstance(one, Among):
                sets.setdefault(one.name, []).append(one.texts)
        self.texts = tuple(sets)
        self._sets = {name: TypeSets(texts) for name, texts in sets.items()}

    def run(self, numbers: Mapping[str, Floats], texts: Mapping[str, Column]) -> list[Bools]:
        """Return of each rule on which rows it holds.

        Parameters
        ----------
        numbers
            Columns of numbers by name, as `settled` gives them.
        texts
            Columns of text by name; no text is missing.
        """
        masks = {name: sets.masks(texts[name]) for name, sets in self._sets.items()}
        rows = _Pass(numbers, masks, [])
        with np.errstate(all="ignore"):
            for step in self._steps:
                rows.found.append(step(rows))
        return rows.of(self._rules)

    def _enter(self, one: Truth | Number) -> int:
        """Return the place of the step that works this out; those that it needs come before."""
        if one not in self._place:
            step = self._step(one)
            self._place[one] = len(self._steps)
            self._steps.append(step)
        return self._place[one]

    def _step(self, one: Truth | Number) -> Callable[[_Pass], Any]:
        match one:
            case Constant(value):
                # A column of one row: it meets every row of the others.
                column = np.array([value])
                return lambda _: column
            case Named(name):
                return lambda rows: rows.numbers[name]
            case Among(name, texts, inside):
                return lambda rows: rows.masks[name][texts] == inside
            case Compared(symbol, left, right):
                return self._joined((left, right), _COMPARE[symbol])
            case Both(parts):
                return self._joined(parts, np.logical_and)
            case Either(parts):
                return self._joined(parts, np.logical_or)
            case Computed("abs", operands):
                return self._of_one(operands[0], np.abs)
            case Computed(operation, operands):
                return self._joined(operands, _COMPUTE[operation])

    def _of_one(self, operand: Number, apply: Callable[[Floats], Floats]) -> Callable[[_Pass], Any]:
        place = self._enter(operand)
        return lambda rows: apply(rows.found[place])

    def _joined(
        self, parts: Sequence[Truth | Number], join: Callable[[Any, Any], Any]
    ) -> Callable[[_Pass], Any]:
        """Return a step that joins parts from left to right."""
        places = [self._enter(part) for part in parts]
        return lambda rows: functools.reduce(join, rows.of(places))


def served(x: Floats, names: Sequence[str], wanted: Sequence[str]) -> dict[str, Floats]:
    """Return features of rows as rules see them.

    Parameters
    ----------
    x
        Features of the rows, (rows, features), neither scaled nor rounded.
    names
        Names of its columns.
    wanted
        Those to return.

    Examples
    --------
    >>> served(np.array([[1.0, 2 / 3]]), ["views", "rate"], ["rate"])
    {'rate': array([0.666667])}
    """
    columns = settled(x.T[[names.index(name) for name in wanted]])
    return dict(zip(wanted, columns, strict=True))
