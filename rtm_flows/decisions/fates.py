"""Fates: how many candidates came into the funnel, and where each of them ended.

In: what the funnel dropped and what arbitration chose, of some rows. Out: counts by fate and
action, which add up over rows in any order. It refuses to know what else is counted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from rtm_flows.decisions.arbitration import BELOW_FLOOR, Choice
from rtm_flows.decisions.catalogue import STAGES
from rtm_flows.decisions.funnel import PASSED, Compiled, Failures

ENTERED: Final = "entered"
FATES: Final = (*STAGES.values(), "outranked", "below_floor", "won")
"""Where a candidate can end: it falls at a stage, is outranked, is below the floor, or wins."""


def fates(compiled: Compiled, first: Failures, choice: Choice) -> dict[tuple[str, str], int]:
    """Return how many candidates entered and how many had each fate, by fate and action.

    Of each action, the counts of all `FATES` add up to what `entered`. Zeros are left out.

    Parameters
    ----------
    compiled
        The catalogue.
    first
        First failures, (rows, actions).
    choice
        What arbitration chose.

    Examples
    --------
    >>> from rtm_flows.decisions.arbitration import arbitrate
    >>> from rtm_flows.decisions.catalogue import Action
    >>> from rtm_flows.decisions.funnel import compile_actions
    >>> compiled = compile_actions([Action(name="mail", suitable="intent > 0.5")], [])
    >>> score = np.array([0.4, 0.6, 0.7])
    >>> first = compiled.dropped(np.zeros((3, 0)), {"intent": score}, np.array(["x"] * 3)).first
    >>> fates(compiled, first, arbitrate(compiled, first, score, floor=0.65))
    {('entered', 'mail'): 3, ('suitability', 'mail'): 1, ('below_floor', 'mail'): 1, \
('won', 'mail'): 1}
    """
    rows = len(first)
    below = np.count_nonzero(first[choice.reason == BELOW_FLOOR] == PASSED, axis=0)
    won = np.bincount(choice.winner + 1, minlength=len(compiled.actions) + 1)[1:]
    counts: dict[tuple[str, str], int] = {}
    for at, (action, rules) in enumerate(zip(compiled.actions, compiled.rules, strict=True)):
        by_rule = np.bincount(first[:, at] + 1, minlength=len(rules) + 1).tolist()
        told = dict.fromkeys((ENTERED, *FATES), 0)
        for rule, count in zip(rules, by_rule[1:], strict=True):
            told[rule.stage] += count
        told[ENTERED] = rows
        told["below_floor"], told["won"] = int(below[at]), int(won[at])
        told["outranked"] = by_rule[0] - told["below_floor"] - told["won"]
        counts |= {(fate, action.name): count for fate, count in told.items() if count}
    return counts
