"""Fates: how many candidates came into the funnel, and where each of them ended.

In: what the funnel dropped and what arbitration chose, of some rows. Out: counts by fate and
action, which add up over rows in any order. It refuses to know what else is counted.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
    counts: Counter[tuple[str, str]] = Counter()
    if not len(first):
        return {}
    offers = compiled.offers
    for offer in offers:
        counts[ENTERED, offer.name] += len(first)
    passed = first == PASSED
    rules = _tally(np.where(passed, -1, first))
    for at, rule, count in zip(*rules, strict=True):
        counts[offers[at].rules[rule].stage, offers[at].name] += count
    ends = _tally(np.where(passed, choice.fate, -1))
    for at, fate, count in zip(*ends, strict=True):
        counts[arbitration.FATES[fate], offers[at].name] += count
    return dict(counts)


def _tally(places: NDArray[np.integer[Any]]) -> tuple[list[int], list[int], list[int]]:
    """Return column, place and count of every place in (rows, columns) that occurs; not of -1."""
    columns = places.shape[1]
    most = int(places.max(initial=-1)) + 1
    keys = places + np.arange(columns) * (most + 1)
    counts = np.bincount(keys[places >= 0], minlength=columns * (most + 1))
    found = np.flatnonzero(counts)
    column, place = np.divmod(found, most + 1)
    return column.tolist(), place.tolist(), counts[found].tolist()
