"""Support: whether a log can tell of everything a strategy would do.

In: what the strategy would do, and which of it the log could have done. Out: nothing. It refuses a
strategy that would do what the log could not, whatever estimator is asked: nobody knows what would
have come of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import InputError
from rtm_flows.measure.slates import Slates

IMPOSSIBLE = "the log could never choose"
"""By the candidates logged with the row."""

NEVER = "were never chosen in the log"
"""In any row, where candidates were not logged."""

_SHOWN = 5


def demand_support(
    strategy: Slates, supported: NDArray[np.bool_], names: Sequence[str], why: str
) -> None:
    """Refuse a strategy with probability where the log has none.

    Parameters
    ----------
    supported
        Of each entry of the strategy.
    names
        Of the actions.
    why
        What the actions without support have in common.

    Raises
    ------
    InputError
        Naming the actions, the rows, and what to do.
    """
    lost = ~supported & (strategy.chance > 0.0)
    if not lost.any():
        return
    share = np.bincount(strategy.action[lost], strategy.chance[lost], len(names)) / strategy.rows
    often = np.bincount(strategy.action[lost], minlength=len(names))
    worst = np.argsort(-share, kind="stable")[: np.count_nonzero(often)].tolist()
    told = [f"{names[at]!r} in {often[at]:,} rows ({share[at]:.2%})" for at in worst]
    left = strategy.rows - len(np.unique(strategy.row[lost]))
    msg = (
        f"no support: the strategy to be valued gives probability to actions that {why}:"
        f" {_listed(told)}; {left:,} of {strategy.rows:,} rows have support. Nothing in the log"
        " tells what would have come of the others: let the logging strategy choose these actions"
        " now and then, or take them out of the strategy"
    )
    raise InputError(msg)


def _listed(told: Sequence[str]) -> str:
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return ", ".join(told[:_SHOWN]) + more
