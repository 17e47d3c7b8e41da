"""Valuing: what a log and another run are worth, and whether the log can tell.

In: both, gathered. Out: the worth of a decision and of a person by each estimator, how much of the
log speaks of the other run, and in words what speaks against believing it. It refuses, with what to
do, a log that cannot tell.
"""

from __future__ import annotations

import math

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.weight import Weight, warnings_of
from rtm_flows.measure.worth.estimates import Estimates, estimates, mean_weight
from rtm_flows.measure.worth.gathering import Counts, Gathered
from rtm_flows.measure.worth.sums import Spread, Summed

SEED = 1
"""Of the draws behind the intervals, and of the folds of people."""

REFUSED_ROWS = 30
"""With fewer effective decisions nothing is said."""

_FEW = 0.01


class OfAction(msgspec.Struct, kw_only=True):
    """An action, over all decisions valued.

    Attributes
    ----------
    chosen, brought
        How often the log chose it, and the rewards of that.
    wanted
        How often the other run would choose it: its chances, added up.
    """

    chosen: int = 0
    brought: float = 0.0
    wanted: float = 0.0


class Valued(msgspec.Struct, frozen=True, kw_only=True):
    """What a log and another run are worth.

    Attributes
    ----------
    counts
        What became of decisions; `estimates` are over `counts.decisions` of them.
    people
        Whose they are.
    unsupported, unsupported_chance
        Decisions left out because the other run would do there what the log never could; and the
        chances of that, added up.
    estimates
        The worth of the log and of the other run.
    weight
        How much of the log speaks of the other run, over the decisions in `counts.asked`.
    actions
        By name.
    warnings
        What speaks against believing the estimates; empty if nothing was found.
    """

    counts: Counts
    people: int
    unsupported: int
    unsupported_chance: float
    estimates: Estimates
    weight: Weight
    actions: dict[str, OfAction]
    warnings: tuple[str, ...]


def valued(found: Gathered, *, supported: bool) -> Valued:
    """Return what a log and another run are worth.

    Parameters
    ----------
    supported
        Leave out the decisions that the log cannot tell of, instead of refusing.

    Raises
    ------
    InputError
        If the log cannot tell: see docs/off-policy.md.
    """
    _demand_pairs(found)
    if found.lacking.decisions and not supported:
        every = found.counts.decisions + found.lacking.decisions
        raise InputError(found.lacking.words(every, certain=not found.counts.by_chance))
    _demand_rewards(found)
    weight = _weight(found.summed)
    _demand_weight(weight, found.counts.asked)
    return Valued(
        counts=found.counts,
        people=len(found.summed.people.decisions),
        unsupported=found.lacking.decisions,
        unsupported_chance=found.lacking.chance,
        estimates=estimates(found.summed, seed=SEED),
        weight=weight,
        actions=_actions(found.summed),
        warnings=(*warnings_of(weight, found.counts.asked), *_warnings(found)),
    )


def _demand_pairs(found: Gathered) -> None:
    counts = found.counts
    if not counts.both:
        msg = (
            "no decision is in both runs. Ids are made from the job's name, the person and the"
            " event: replay the log's input, with --config for the other configuration"
        )
        raise InputError(msg)
    if not counts.decisions + found.lacking.decisions:
        why = (
            "they came so late that they may still be answered: let the log be longer than"
            " `within` and `horizon` of [responses] together"
            if counts.left_open
            else "their people are in other arms: name an experiment and an arm as decisions do"
        )
        msg = f"none of the {counts.both:,} decisions can be valued: {why}"
        raise InputError(msg)
    if counts.held_apart:
        msg = (
            f"the runs hold out different people ({counts.held_apart:,} decisions do the same, and"
            " only one of them is delivered), so what the log brought was not brought by what the"
            " other would deliver: give both the same arms with policy hold_out"
        )
        raise InputError(msg)


def _demand_rewards(found: Gathered) -> None:
    counts, people = found.counts, len(found.summed.people.decisions)
    if not counts.asked:
        msg = (
            f"nothing is done in any of the {counts.decisions:,} decisions of the run to be valued,"
            " and nothing brings 0: there is nothing to estimate"
        )
        raise InputError(msg)
    if people < 2:
        msg = f"the decisions are of {people} person; an interval needs at least two"
        raise InputError(msg)
    if not counts.successes:
        msg = (
            f"none of the {counts.acted:,} decisions that did something was a success, so every"
            " estimate would be 0: give a longer log, or see why its outcomes are orphans"
        )
        raise InputError(msg)


def _demand_weight(weight: Weight, asked: int) -> None:
    if weight.effective_rows < REFUSED_ROWS:
        msg = (
            f"{weight.effective_rows:.1f} effective decisions of {asked:,}, fewer than"
            f" {REFUSED_ROWS}: too few to tell what the run to be valued brings. Give a longer log,"
            " one that explores more, or another run that is nearer to it"
        )
        raise InputError(msg)


def _weight(summed: Summed) -> Weight:
    weights, rewards = summed.weights, summed.rewards
    mean, error = mean_weight(summed)
    rows = math.fsum(summed.people.asked.tolist())
    return Weight(
        effective_rows=_effective(weights),
        effective_rewards=_effective(rewards),
        largest_reward=_share(rewards),
        largest=weights.largest,
        largest_share=_share(weights),
        mean=mean,
        mean_error=error,
        matched=weights.above / rows,
        clipped=0.0,
    )


def _effective(spread: Spread) -> float:
    return spread.total**2 / spread.squares if spread.squares else 0.0


def _share(spread: Spread) -> float:
    return spread.largest / spread.total if spread.total else 0.0


def _actions(summed: Summed) -> dict[str, OfAction]:
    found: dict[str, OfAction] = {}
    own = summed.entries
    columns = (own.cell.tolist(), own.chosen.tolist(), own.brought.tolist(), own.wanted.tolist())
    for cell, chosen, brought, wanted in zip(*columns, strict=True):
        one = found.setdefault(summed.cells[cell][1][0], OfAction())
        one.chosen += int(chosen)
        one.brought += brought
        one.wanted += wanted
    return dict(sorted(found.items()))


def _warnings(found: Gathered) -> list[str]:
    counts, told = found.counts, []
    if counts.mistaken:
        told.append(
            f"{counts.mistaken:,} successes are of something else than their decision had chosen;"
            " they count as none"
        )
    alone = sum(counts.only)
    if alone > _FEW * (counts.both + alone):
        told.append(
            f"{counts.only[0]:,} decisions are only in the log (the other run counts as doing"
            f" nothing there), {counts.only[1]:,} only in the other run: do both read the same"
            " records?"
        )
    left = found.lacking.decisions
    if left:
        told.append(
            f"{left:,} decisions are left out, since the log cannot tell of them: all figures are"
            f" of the other {counts.decisions:,}"
        )
    return told
