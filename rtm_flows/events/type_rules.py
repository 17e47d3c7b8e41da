"""Rules that tell a record's type from what its other columns hold.

In: rules, and the columns that they look at. Out: types where a rule applies. It knows nothing of
tables of types.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping as Columns
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.events.fields import RULE
from rtm_flows.events.mapping import TypeRule, as_list
from rtm_flows.events.numeric import Value

IGNORED: Final = ""
"""Stands for the type of an event that is to be ignored."""

Fields = Columns[str, Sequence[Value]]
Mask = NDArray[np.bool_]


class _Rule(NamedTuple):
    type: str
    present: list[str]
    absent: list[str]
    equals: dict[str, frozenset[str]]


class TypeRules:
    """Tries rules in turn; the first whose conditions hold gives the type.

    Examples
    --------
    >>> rules = TypeRules([TypeRule(type="purchase", present="order"), TypeRule(
    ...     ignore=True, equals={"kind": ["ping", "pong"]})])
    >>> columns = {"rule:order": ["o1", None, None], "rule:kind": ["ping", "pong", "view"]}
    >>> rules.decide(columns, ["search", "search", "search"])
    ['purchase', '', 'search']
    """

    def __init__(self, rules: Sequence[TypeRule]) -> None:
        self._rules = [
            _Rule(
                IGNORED if rule.type is None else sys.intern(rule.type),
                as_list(rule.present),
                as_list(rule.absent),
                {column: frozenset(as_list(texts)) for column, texts in rule.equals.items()},
            )
            for rule in rules
        ]

    def decide(self, fields: Fields, types: Sequence[str | None]) -> list[str | None]:
        """Return the types with those that a rule gives in their places."""
        decided = list(types)
        waiting = np.ones(len(types), dtype=np.bool_)
        for rule in self._rules:
            applies = waiting & _applies(rule, fields, len(types))
            waiting &= ~applies
            for row in np.flatnonzero(applies).tolist():
                decided[row] = rule.type
        return decided


def _applies(rule: _Rule, fields: Fields, count: int) -> Mask:
    holds = np.ones(count, dtype=np.bool_)
    for column in rule.present:
        holds &= [value is not None for value in fields[RULE + column]]
    for column in rule.absent:
        holds &= [value is None for value in fields[RULE + column]]
    for column, texts in rule.equals.items():
        holds &= [value in texts for value in fields[RULE + column]]
    return holds
