"""Limits made ready: which actions fall under which, and what those used up hold back.

In: limits, the catalogue's actions, and which limits are used up in some rows. Out: the
first limit that holds each action back. It refuses to know how a limit came to be used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools
from rtm_flows.policy.lint import read_limits
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.scope import Deliverable

Masks = NDArray[np.uint64]

FREE = -1
"""Stands for "no limit holds it back"."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of a catalogue; make them with `compile_limits`."""

    limits: tuple[Limit, ...]
    applies: Bools
    """(actions, limits): the action falls under the limit."""
    masks: Masks
    """Of each action its limits as bits, the first limit as the lowest."""

    def held_back(self, used_up: Bools) -> NDArray[np.int16]:
        """Return of each row and action the first limit that holds it back, or `FREE`.

        Parameters
        ----------
        used_up
            (rows, limits), as `Contacts.used` tells.

        Examples
        --------
        >>> from rtm_flows.decisions.catalogue import Action
        >>> gap = Limit(name="gap", channels="email", interval="P1D")
        >>> limits = compile_limits([gap], [Action(name="a", channel="email"), Action(name="b")])
        >>> limits.held_back(np.array([[True], [False]])).tolist()
        [[0, -1], [-1, -1]]
        """
        held = np.full((len(used_up), len(self.applies)), FREE, dtype=np.int16)
        # From the last to the first, so that the first limit is what stays.
        for at in range(len(self.limits) - 1, -1, -1):
            held[np.ix_(used_up[:, at], self.applies[:, at])] = at
        return held


def compile_limits(limits: Sequence[Limit], actions: Sequence[Deliverable]) -> Limits:
    """Check limits against a catalogue, and make them ready.

    Raises
    ------
    ConfigError
        At the first mistake; see `read_limits`.
    """
    found = read_limits(limits, actions)
    applies = np.array(found, dtype=np.bool_).reshape(len(limits), len(actions)).T
    bits = np.left_shift(np.uint64(1), np.arange(len(limits), dtype=np.uint64))
    masks = np.bitwise_or.reduce(np.where(applies, bits, np.uint64(0)), axis=1)
    return Limits(tuple(limits), applies, masks)
