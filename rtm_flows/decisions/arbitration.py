"""Arbitration: which of the offers that passed wins, or that none does.

In: a compiled catalogue, what the funnel dropped, and scores. Out: the winner of each row with the
priorities and chances it was chosen by. It refuses to know who may be contacted at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.exploration import (
    MILLION,
    Exploration,
    chances,
    drawn,
    evenly,
    in_millionths,
)
from rtm_flows.decisions.funnel import PASSED, Compiled, Dropped
from rtm_flows.decisions.thompson import Beliefs
from rtm_flows.policy.experiments import POLICIES
from rtm_flows.policy.holds import Held
from rtm_flows.policy.limits import FREE
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NONE = -1
"""The winner's place where nothing is done."""

REASONS = (
    *("highest_priority", "no_eligible_action", "below_cost", "below_floor"),
    *("suppressed", "held_back"),
)
"""Why a decision is what it is; `Choice.reason` holds places in this list."""

HIGHEST_PRIORITY, NO_ELIGIBLE_ACTION, BELOW_COST, BELOW_FLOOR, SUPPRESSED, HELD_BACK = range(6)

FULL, RULES, PROPENSITY, RANDOM, HOLD_OUT = range(len(POLICIES))
"""Places in `POLICIES`. Only `full` minds cost, floor and exploration."""

FATES = (
    *("won", "outranked", "not_drawn", "below_cost", "below_floor"),
    *("suppressed", "held_back"),
)
"""Where an offer that passed can end; `Choice.fate` holds places in this list."""

WON, OUTRANKED, NOT_DRAWN, COST_FATE, FLOOR_FATE, SUPPRESSED_FATE, HELD_FATE = range(7)


class Draw(NamedTuple):
    """What chance has to do with some rows."""

    rule: Exploration
    policy: NDArray[np.int8]
    """Of each row its place in `POLICIES`."""
    number: Ints
    """Of each row the number drawn, from 0 to 999,999."""

    def take(self, rows: Ints) -> Draw:
        """Return what chance has to do with some of the rows."""
        return Draw(self.rule, self.policy[rows], self.number[rows])


class Learned(NamedTuple):
    """What responses have taught by the time of each row, (rows, offers) each."""

    propensity: Floats
    n: Ints
    """How many responses it is learned from."""


class Choice(NamedTuple):
    """What arbitration chose, and by what numbers; all priorities and factors are rounded."""

    winner: NDArray[np.int16]
    """Of each row the place of the winning offer, or `NONE`."""
    reason: NDArray[np.int8]
    """Of each row its place in `REASONS`."""
    priority: Floats
    """(rows, offers); also of offers that did not pass."""
    propensity: Floats
    """(rows, offers)."""
    context: Floats
    """(rows, offers): the context weights."""
    fate: NDArray[np.int8]
    """(rows, offers): their place in `FATES`, of those that passed."""
    millionths: Ints | None = None
    """(rows, offers): the chances they were chosen with; None where nothing was left to chance."""
    held: Held | None = None
    """(rows, offers): the hold that keeps the offer back, by its place; None if there are none."""
    evidence: Ints | None = None
    """(rows, offers): of how many responses a learned propensity is, and -1 for others; None but
    where offers are drawn by what is believed of them."""

    def take(self, rows: NDArray[np.int64]) -> Choice:
        """Return what was chosen for some of the rows."""
        return Choice(
            self.winner.take(rows),
            self.reason.take(rows),
            self.priority.take(rows, axis=0),
            self.propensity.take(rows, axis=0),
            self.context.take(rows, axis=0),
            self.fate.take(rows, axis=0),
            None if self.millionths is None else self.millionths.take(rows, axis=0),
            None if self.held is None else self.held.take(rows, axis=0),
            None if self.evidence is None else self.evidence.take(rows, axis=0),
        )


def arbitrate(
    compiled: Compiled,
    dropped: Dropped,
    score: Floats,
    floor: float,
    draw: Draw | None = None,
    held: Held | None = None,
    learned: Learned | None = None,
    suppressions: int = 0,
) -> Choice:
    """Choose among the offers that passed, at best the one with the largest priority.

    `priority = propensity x context_weight x value x levers`: each factor is rounded to six
    decimals first, the product is taken from left to right and rounded at the end. Offers whose
    priority is less than their cost or the floor, and those held back, are not open. Ties go to the
    first declared.

    Parameters
    ----------
    compiled
        The catalogue.
    dropped
        What the funnel found.
    score
        Rounded scores of the rows.
    floor
        Nothing is done where the best priority is below this.
    draw
        Policies of the rows and what is left to chance; None if the best always wins.
    held
        (rows, offers): the hold that keeps the offer back, by its place among those of the job, or
        `FREE`; None if there are none.
    learned
        What responses have taught; None where that is nothing, which leaves the priors.
    suppressions
        How many of the holds are suppressions: the first ones.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> from rtm_flows.decisions.funnel import compile_actions
    >>> compiled = compile_actions([Action(name="a"), Action(name="b", propensity="1-score")], [])
    >>> nobody, words = np.zeros((2, 0)), np.array(["search", "search"])
    >>> passed = compiled.dropped(nobody, {}, words, np.array([0, 0]))
    >>> arbitrate(compiled, passed, np.array([0.7, 0.2]), floor=0.75).winner.tolist()
    [-1, 1]
    """
    propensity = _propensities(compiled, score, learned)
    context = _contexts(compiled, dropped)
    priority = propensity * context
    for factor in compiled.weights[1:]:
        priority = priority * factor
    priority = round6(priority)
    if not compiled.offers:
        return _nothing(priority, propensity, context)
    closed = np.full_like(dropped.first, FREE, dtype=np.int16) if held is None else held
    free = np.zeros(len(score), dtype=np.bool_) if draw is None else draw.policy != FULL
    covers = (priority >= compiled.costs) | free[:, None]
    reaches = (priority >= floor) | free[:, None]
    gates = _gates(dropped.first == PASSED, covers, reaches, closed, suppressions)
    reason = np.full(len(score), HIGHEST_PRIORITY, dtype=np.int8)
    for (why_not, _), came in zip(reversed(_GATES), reversed(gates), strict=True):
        reason[~came.any(axis=1)] = why_not
    winner = np.where(gates.permitted, priority, -np.inf).argmax(axis=1).astype(np.int16)
    millionths = evidence = None
    if draw is not None:
        _follow_policies(draw.policy, gates.permitted, propensity, winner)
        if draw.rule.kind == "thompson":
            evidence = _evidence(compiled, learned, len(score))
        beliefs = _beliefs(compiled, propensity, evidence)
        millionths = _drawn(draw, gates.permitted, priority, winner, beliefs)
    if millionths is not None:
        millionths[reason != HIGHEST_PRIORITY] = 0
    winner[reason != HIGHEST_PRIORITY] = NONE
    fate = _fates(gates, winner, millionths)
    return Choice(winner, reason, priority, propensity, context, fate, millionths, held, evidence)


def _nothing(priority: Floats, propensity: Floats, context: Floats) -> Choice:
    """Return the choice of a catalogue that is empty."""
    nothing = np.full(len(priority), NONE, dtype=np.int16)
    why = np.full(len(priority), NO_ELIGIBLE_ACTION, dtype=np.int8)
    return Choice(nothing, why, priority, propensity, context, priority.astype(np.int8))


class _Gates(NamedTuple):
    """(rows, offers) each: who comes through one gate after the other."""

    passed: Bools
    covered: Bools
    reached: Bools
    apt: Bools
    """Not suppressed."""
    permitted: Bools


def _gates(passed: Bools, covers: Bools, reaches: Bools, held: Held, suppressions: int) -> _Gates:
    covered = passed & covers
    reached = covered & reaches
    apt = reached & ((held == FREE) | (held >= suppressions))
    return _Gates(passed, covered, reached, apt, apt & (held == FREE))


_GATES = (
    (NO_ELIGIBLE_ACTION, NONE),
    (BELOW_COST, COST_FATE),
    (BELOW_FLOOR, FLOOR_FATE),
    (SUPPRESSED, SUPPRESSED_FATE),
    (HELD_BACK, HELD_FATE),
)
"""Why nothing is done if nobody comes through a gate, and the fate of whoever does not."""


def _fates(gates: _Gates, winner: NDArray[np.int16], millionths: Ints | None) -> NDArray[np.int8]:
    """Return where each offer ended, of those that passed."""
    fate = np.full(gates.passed.shape, OUTRANKED, dtype=np.int8)
    # From the last gate to the first, so that the first that is closed is what stays.
    for (_, closed), came in zip(reversed(_GATES[1:]), reversed(gates[1:]), strict=True):
        fate[~came] = closed
    if millionths is not None:
        fate[millionths > 0] = NOT_DRAWN
    done = np.flatnonzero(winner != NONE)
    fate[done, winner[done]] = WON
    return fate


def _propensities(compiled: Compiled, score: Floats, learned: Learned | None) -> Floats:
    propensity: Floats = np.empty((len(score), len(compiled.offers)))
    complement = round6(1.0 - score)
    for at, offer in enumerate(compiled.offers):
        chance = offer.action.propensity
        if chance == "score":
            propensity[:, at] = score
        elif chance == "1-score":
            propensity[:, at] = complement
        elif chance == "learned":
            taught = offer.action.prior if learned is None else learned.propensity[:, at]
            propensity[:, at] = taught
        else:
            propensity[:, at] = chance
    return round6(propensity)


def _evidence(compiled: Compiled, learned: Learned | None, rows: int) -> Ints:
    """Return of how many responses each propensity is learned, and -1 if it is not."""
    evidence = np.full((rows, len(compiled.offers)), -1, dtype=np.int64)
    for at, offer in enumerate(compiled.offers):
        if offer.action.propensity == "learned":
            evidence[:, at] = 0 if learned is None else learned.n[:, at]
    return evidence


def _beliefs(compiled: Compiled, propensity: Floats, evidence: Ints | None) -> Beliefs | None:
    """Return what is believed of the propensities, if offers are drawn by it."""
    if evidence is None:
        return None
    weight = np.array([offer.action.prior_weight for offer in compiled.offers])
    return Beliefs(propensity, np.where(evidence < 0, 0.0, weight + evidence))


def _contexts(compiled: Compiled, dropped: Dropped) -> Floats:
    """Return the context weight of each row and offer: percents are added up, and never below 0."""
    rows = len(dropped.first)
    weights = np.repeat(compiled.weights[0][None, :], rows, axis=0)
    for at, (offer, places) in enumerate(zip(compiled.offers, compiled.context, strict=True)):
        if places:
            percent = np.zeros(rows)
            for one, place in zip(offer.action.context, places, strict=True):
                percent += np.where(dropped.holds[:, place], one.percent, 0.0)
            weights[:, at] = round6(weights[:, at] * np.maximum(1.0 + percent / 100.0, 0.0))
    return weights


def _follow_policies(
    policy: NDArray[np.int8], open_to: Bools, propensity: Floats, winner: NDArray[np.int16]
) -> None:
    """Choose anew in the rows whose policy does not go by priority."""
    for which, rank in ((PROPENSITY, propensity), (RULES, np.zeros_like(propensity))):
        rows = np.flatnonzero(policy == which)
        winner[rows] = np.where(open_to[rows], rank[rows], -np.inf).argmax(axis=1)


def _drawn(
    draw: Draw,
    open_to: Bools,
    priority: Floats,
    winner: NDArray[np.int16],
    beliefs: Beliefs | None,
) -> Ints | None:
    """Draw the winners of rows that leave them to chance; return all chances, if any do."""
    explored = draw.rule.kind != "none"
    several = np.count_nonzero(open_to, axis=1) > 1
    by_rule = np.flatnonzero((draw.policy == FULL) & several) if explored else np.zeros(0, int)
    evened = np.flatnonzero((draw.policy == RANDOM) & open_to.any(axis=1))
    if not len(by_rule) and not len(evened):
        return None
    millionths = np.zeros(priority.shape, dtype=np.int64)
    millionths[np.arange(len(winner)), winner] = MILLION
    if len(by_rule):
        believed = None if beliefs is None else Beliefs(*(one[by_rule] for one in beliefs))
        found = chances(draw.rule, priority[by_rule], open_to[by_rule], believed)
        millionths[by_rule] = found
    millionths[evened] = in_millionths(evenly(open_to[evened]))
    winner[:] = drawn(millionths, draw.number)
    return millionths
