"""What stands out in the decisions: actions that never or always win, rules that let nothing pass.

In: an overview. Out: sentences. It refuses to look at records and scores.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.measure.comparison import DROPPING
from rtm_flows.measure.overview.decided import Rule
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable, percent, some
from rtm_flows.measure.overview.summary import ENTERED, NO_ACTION, WON

DOMINANT = 0.8
"""An action with more of all actions than this share is worth a word."""

MOSTLY_BELOW = 0.5
"""An action is too, more than this share of whose compared candidates end below the floor."""

CLOSED = 0.999
"""A rule is too, that drops more than this share of what comes to its stage."""

COMPARED = 200
"""Candidates that must have been compared, before their ends are worth a word."""

_BELOW = ("below_floor", "below_cost")
_ENDS = {
    "outranked": "were outranked",
    "not_drawn": "were not drawn",
    "below_cost": "were worth less than they cost",
    "below_floor": "ended below the floor",
    "suppressed": "were suppressed",
    "held_back": "were held back by pauses or limits of contacts",
}


def in_decisions(run: Overview) -> Iterator[Notable]:
    """Tell of actions and rules that do nothing, or everything."""
    yield from _idle(run)
    yield from _never(run)
    yield from _closed(run)
    yield from _dominant(run)
    yield from _below_floor(run)
    yield from _silent(run)
    yield from _upgraded(run)


def _idle(run: Overview) -> Iterator[Notable]:
    own = run.summary
    if not own.triggers:
        return
    if own.funnel and not own.acted:
        yield Notable(
            "warning", "funnel", "Nothing was ever done: every decision is for no action."
        )
    elif own.acted and not own.decisions.get(NO_ACTION, 0):
        text = "Something was done at every single trigger: nothing holds the actions back."
        yield Notable("caution", "funnel", text)


def _never(run: Overview) -> Iterator[Notable]:
    """Name the actions that never won, with what stops them."""
    for action, counts in run.summary.funnel.items():
        entered = counts.get(ENTERED, 0)
        ends = {fate: n for fate, n in counts.items() if fate != ENTERED}
        if not entered or not ends or counts.get(WON, 0):
            continue
        fate, n = max(ends.items(), key=lambda pair: pair[1])
        said = f"{action} never wins: of {some(entered, 'candidate')}, {percent(n, entered)}"
        if fate in _ENDS:
            yield Notable("warning", "funnel", f"{said} {_ENDS[fate]}.")
            continue
        rule = _first_rule(run, action, fate)
        by = f", {percent(rule.n, n)} of these at `{rule.rule}`" if rule is not None else ""
        yield Notable("warning", "rules", f"{said} fell at {fate}{by}.")


def _closed(run: Overview) -> Iterator[Notable]:
    """Name the rules that drop nearly every candidate that comes to their stage."""
    stages = list(dict.fromkeys([*DROPPING, *(rule.stage for rule in run.decided.rules)]))
    for action, counts in run.summary.funnel.items():
        left = counts.get(ENTERED, 0) if counts.get(WON, 0) else 0
        for stage in stages:
            rule = _first_rule(run, action, stage)
            if rule is not None and left and rule.n / left >= CLOSED:
                text = (
                    f"`{rule.rule}` drops {percent(rule.n, left, 2)} of the candidates of {action} "
                    f"at {stage}: is that meant?"
                )
                yield Notable("caution", "rules", text)
            left -= counts.get(stage, 0)


def _first_rule(run: Overview, action: str, stage: str) -> Rule | None:
    return next((r for r in run.decided.rules if (r.action, r.stage) == (action, stage)), None)


def _dominant(run: Overview) -> Iterator[Notable]:
    own = run.summary
    actions = {name: n for name, n in own.decisions.items() if name != NO_ACTION and n}
    if not own.acted or len(own.funnel or actions) < 2:
        return
    name, n = max(actions.items(), key=lambda pair: (pair[1], pair[0]))
    if n / own.acted > DOMINANT:
        text = (
            f"{name} takes {percent(n, own.acted)} of all actions: the others hardly get a turn. "
            "Compare the values and weights."
        )
        yield Notable("caution", "decisions", text)


def _below_floor(run: Overview) -> Iterator[Notable]:
    for action, counts in run.summary.funnel.items():
        compared = sum(counts.get(fate, 0) for fate in (*_ENDS, WON))
        below = sum(counts.get(fate, 0) for fate in _BELOW)
        if counts.get(WON, 0) and compared >= COMPARED and below / compared > MOSTLY_BELOW:
            text = (
                f"{action} passes its rules and is then worth too little in "
                f"{percent(below, compared)} of cases: a lower floor or cost, or a higher value, "
                "would let it speak; a stricter rule would say the same sooner."
            )
            yield Notable("caution", "funnel", text)


def _silent(run: Overview) -> Iterator[Notable]:
    """Name the triggers that never fired."""
    for name, n in run.summary.triggers_by.items():
        if not n:
            waiting = run.summary.pending.get(name, 0)
            still = f"; {some(waiting, 'timer')} ran when the input ended" if waiting else ""
            text = f"{name} never fired{still}: can it ever?"
            yield Notable("caution", "triggers", text)


def _upgraded(run: Overview) -> Iterator[Notable]:
    """Tell of several configurations in one run: each number is of all of them together."""
    configs = run.decided.configs
    if len(configs) > 1:
        text = (
            f"{len(configs)} configurations decided in turn, the last from {configs[-1].first}: "
            "the job was changed on the way, and the counts are of all together."
        )
        yield Notable("caution", "decisions", text)
