"""Off-policy evaluation: what another strategy would have brought, by the log of the one that ran.

In: a frame of decisions with their rewards, and what the strategy to be valued would have chosen.
Out: its value by four estimators, and how much of the log speaks of it. It refuses a log that
cannot tell (see `logged`), and says in words what speaks against a value it gives. How to read it,
and when not to believe it: docs/off-policy.md.
"""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.errors import InputError
from rtm_flows.measure.logged import LogColumns, Logged, logged_of
from rtm_flows.measure.resampling import direct_errors
from rtm_flows.measure.reward_models import MeanReward, RewardModel, cross_fitted, predicted
from rtm_flows.measure.strategy_values import (
    Estimate,
    direct,
    doubly_robust,
    estimate,
    ips,
    logged_mean,
    snips,
    with_errors,
)
from rtm_flows.measure.weight import Weight, warnings_of, weight_of

Vector = NDArray[np.float64]

FOLDS = 5
"""Parts of the people, each predicted from the others."""

RESAMPLES = 200
"""Draws of all people for the error of the direct method."""


class OffPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a strategy from another's log; every estimate in reward a decision.

    Attributes
    ----------
    rows, people
        Of the log.
    logged
        The mean reward of the log: the value of the strategy that ran, with its interval.
    ips, snips, dm, dr
        The value of the strategy; see `strategy_values`.
    weight
        How much of the log speaks of it.
    warnings
        What speaks against believing the values; empty if nothing was found.
    """

    rows: int
    people: int
    logged: Estimate
    ips: Estimate
    snips: Estimate
    dm: Estimate
    dr: Estimate
    weight: Weight
    warnings: tuple[str, ...]


def evaluate(
    frame: pl.DataFrame,
    columns: LogColumns | None = None,
    *,
    otherwise: str | None = "no_action",
    clip: float | None = None,
    model: RewardModel | None = None,
    seed: int = 1,
) -> OffPolicy:
    """Return the value of a strategy, from the log of another.

    Parameters
    ----------
    frame
        One row a decision whose reward is known.
    columns
        The names of its columns.
    otherwise
        The action that gets what the probabilities of a slate leave of 1.
    clip
        Weights above it are cut to it, in IPS, SNIPS and DR. The values are then biased, for
        rewards above 0 downwards in IPS, and less noisy. None: they are not cut.
    model
        Of rewards, for DM and DR; by default `MeanReward()`.
    seed
        Of the folds of people and of the bootstrap.

    Raises
    ------
    ConfigError
        If a column is not there.
    InputError
        If the log cannot tell of the strategy: see `logged_of`.

    Examples
    --------
    A coin chose, and mail brought more. What would mailing everybody have brought?

    >>> coin = [{"name": "mail", "action_prob": 0.5}]
    >>> frame = pl.DataFrame({
    ...     "subject_id": ["ann", "bob", "cyd", "dan"], "action_prob": [0.5] * 4,
    ...     "name": ["mail", "no_action", "mail", "no_action"], "candidates": [coin] * 4,
    ...     "strategy_candidates": [[{"name": "mail", "action_prob": 1.0}]] * 4,
    ...     "response_value": [3.0, 0.0, 5.0, 1.0]})
    >>> found = evaluate(frame)
    >>> found.logged.value, found.ips.value, found.weight.effective_rows
    (2.25, 4.0, 2.0)
    >>> found.warnings[0]
    '2 effective rows of 4, fewer than 100: the intervals are too narrow'
    """
    if clip is not None and not clip > 0.0:
        msg = f"clip: required a weight above 0, got {clip}"
        raise ValueError(msg)
    log = logged_of(frame, columns or LogColumns(), otherwise)
    whole = log.weights()
    if not whole.any():
        msg = (
            f"none of the {len(whole):,} choices of the log is one the strategy could make: give a"
            " log in which its actions were chosen now and then, or a longer one"
        )
        raise InputError(msg)
    weights = whole if clip is None else np.minimum(whole, clip)
    weight = weight_of(log, whole, weights)
    values = _values(log, weights, model or MeanReward(), seed)
    return OffPolicy(
        rows=len(whole),
        people=int(log.person.max()) + 1,
        **values,
        weight=weight,
        warnings=tuple(warnings_of(weight, len(whole))),
    )


def _values(log: Logged, weights: Vector, model: RewardModel, seed: int) -> dict[str, Estimate]:
    """Return the estimates by the names of the fields."""
    rows = np.arange(len(log.action))
    logged = logged_mean(log.reward)
    fitted = cross_fitted(log, model, folds=FOLDS, seed=seed)
    chosen = log.strategy.value_of(fitted, rows, log.action)
    robust = doubly_robust(weights, log.reward, chosen, log.strategy.mean(fitted))
    dm = direct(log.strategy.mean(predicted(log, model, rows))).value
    error, apart = direct_errors(log, model, resamples=RESAMPLES, seed=seed)
    people = int(log.person.max()) + 1
    return {
        "logged": estimate(logged, logged, log.person),
        "ips": estimate(ips(weights, log.reward), logged, log.person),
        "snips": estimate(snips(weights, log.reward), logged, log.person),
        "dm": with_errors(dm, error, dm - logged.value, apart, people=people),
        "dr": estimate(robust, logged, log.person),
    }
