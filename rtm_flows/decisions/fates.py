"""Fates: how many candidates came into the funnel, and where each of them ended.

In: what the funnel dropped and what arbitration chose, of some rows. Out: counts by fate and
action, which add up over rows in any order. It refuses to know what else is counted.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from rtm_flows.decisions import arbitration
from rtm_flows.decisions.arbitration import Choice
from rtm_flows.decisions.catalogue import STAGES
from rtm_flows.decisions.funnel import PASSED, Compiled, Failures

ENTERED: Final = "entered"
FATES: Final = (*STAGES.values(), *arbitration.FATES)
"""Where a candidate can end: it falls at a stage, or passes and wins or does not."""


def fates(compiled: Compiled, first: Failures, choice: Choice) -> dict[tuple[str, str], int]:
    """Return how many candidates entered and how many had each fate, by fate and action.

    Of each action, the counts of all `FATES` add up to what `entered`; its treatments are counted
    together. Zeros are left out.

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
    >>> rows = np.zeros((3, 0)), {"intent": score}, np.array(["x"] * 3), np.zeros(3, dtype=np.int64)
    >>> dropped = compiled.dropped(*rows)
    >>> fates(compiled, dropped.first, arbitrate(compiled, dropped, score, floor=0.65))
    {('entered', 'mail'): 3, ('suitability', 'mail'): 1, ('won', 'mail'): 1, \
('below_floor', 'mail'): 1}
    """
    rows = len(first)
    counts: Counter[tuple[str, str]] = Counter()
    for at, offer in enumerate(compiled.offers):
        passed = first[:, at] == PASSED
        by_rule = np.bincount(first[:, at] + 1, minlength=len(offer.rules) + 1).tolist()
        by_fate = np.bincount(choice.fate[passed, at], minlength=len(arbitration.FATES)).tolist()
        counts[ENTERED, offer.name] += rows
        for rule, count in zip(offer.rules, by_rule[1:], strict=True):
            counts[rule.stage, offer.name] += count
        for fate, count in zip(arbitration.FATES, by_fate, strict=True):
            counts[fate, offer.name] += count
    return {key: count for key, count in counts.items() if count}
