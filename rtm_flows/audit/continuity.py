"""Continuity: what of a run can be judged by what was before, where its configuration changed.

In: the configurations that held, one after the other. Out: for each, of what the auditor believes
the record, as the files do not tell from which event on it held. It refuses to know decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtm_flows.audit.declared import Declared, Pause, Responses, Rule, offers_of


class Believed(NamedTuple):
    """What is not proved of the decisions of a configuration."""

    limits: frozenset[str] = frozenset()
    pauses: frozenset[str] = frozenset()
    suppressions: bool = False
    lives: bool = False
    """Nothing is proved that hangs on what a person had before."""


def believed(parts: Sequence[Declared], *, again: bool) -> list[Believed]:
    """Return of each configuration what is believed of its decisions.

    Parameters
    ----------
    parts
        In the order in which they held.
    again
        One of them held again after another: from when to when is not told.

    Examples
    --------
    >>> gap, more = Rule(name="gap", interval="PT1H"), Rule(name="more", interval="PT1H")
    >>> longer = Rule(name="gap", interval="PT2H")
    >>> before, after = Declared(limits=(gap,)), Declared(limits=(longer, more))
    >>> [sorted(one.limits) for one in believed([before, after], again=False)]
    [[], ['gap']]
    """
    if len({one.people for one in parts}) > 1:
        return [Believed(lives=True) for _ in parts]
    followed = {_followed(one) for one in parts}
    steady = {pause.name for pause in parts[0].pauses if _is_steady(pause, parts)}
    found = []
    for at, one in enumerate(parts):
        later = at > 0 or again
        limits = {limit.name for limit in one.limits if not _counts_on(limit, at, parts, again)}
        pauses = {pause.name for pause in one.pauses} - steady if later else set[str]()
        found.append(Believed(frozenset(limits), frozenset(pauses), later and len(followed) > 1))
    return found


def _counts_on(limit: Rule, at: int, parts: Sequence[Declared], again: bool) -> bool:
    """Tell whether all contacts that count for a limit are known, as far back as it looks."""
    having = [n for n, one in enumerate(parts) if limit.name in [rule.name for rule in one.limits]]
    if again and len(having) < len(parts):
        return False
    before = range(len(parts)) if again else [n for n in having if n <= at]
    whole = again or list(before) == list(range(before[0], at + 1))
    return whole and all(_memory(parts[n]) >= limit.reach for n in before)


def _memory(declared: Declared) -> int:
    return max((limit.reach for limit in declared.limits), default=0)


def _is_steady(pause: Pause, parts: Sequence[Declared]) -> bool:
    """Tell whether a pause counts the same showings of the same offers under all of them."""
    return len({_counted(pause, one) if pause in one.pauses else None for one in parts}) == 1


def _counted(pause: Pause, declared: Declared) -> tuple[object, ...]:
    rule = declared.responses or Responses()
    offers = offers_of(declared.actions or ()).items()
    under = sorted((key, one.group, one.channel) for key, one in offers if pause.means(one))
    return (rule.shown, rule.positive, *under)


def _followed(declared: Declared) -> tuple[object, ...] | None:
    """Return what is told of people's shopping with their events; None if nothing is.

    It is told before a decision is made, and so perhaps by the configuration before.
    """
    if declared.suppressions is None:
        return None
    goes_with = tuple(sorted(declared.accessories.items()))
    abouts = tuple(sorted({one.about for one in declared.actions or ()}))
    return declared.suppressions, goes_with, abouts, declared.triggers.types
