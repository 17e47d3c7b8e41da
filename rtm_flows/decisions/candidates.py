"""Candidates: what responses are counted by, an action in one of its forms.

In: the catalogue. Out: the place of each candidate, and the action that it is of. This is the one
place that says which candidates there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Action

Name = tuple[str, str]
"""An action and its treatment."""


class Candidates(NamedTuple):
    """The candidates of a catalogue, in declared order."""

    names: tuple[Name, ...]
    owner: NDArray[np.int64]
    """Of each candidate, the place of its action."""
    prior: NDArray[np.float64]
    """Of each action, the chance believed at first."""
    weight: NDArray[np.float64]
    """Of each action, how many responses that belief is worth."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)

    @property
    def places(self) -> dict[tuple[str, str | None], int]:
        """The place of each candidate by its names.

        Without a treatment it is that of the action's only one; of an action with several there
        is none.
        """
        named: dict[tuple[str, str | None], int] = {}
        owners = self.owner.tolist()
        for place, (action, treatment) in enumerate(self.names):
            named[action, treatment] = place
            if owners.count(owners[place]) == 1:
                named[action, None] = place
        return named


def candidates_of(actions: Sequence[Action]) -> Candidates:
    """Return the candidates of a catalogue: each action with its one treatment.

    Examples
    --------
    >>> candidates_of([Action(name="call"), Action(name="write", treatment="letter")]).names
    (('call', 'call'), ('write', 'letter'))
    """
    return Candidates(
        names=tuple((action.name, action.treatment or action.name) for action in actions),
        owner=np.arange(len(actions), dtype=np.int64),
        prior=np.array([action.prior for action in actions], dtype=np.float64),
        weight=np.array([action.prior_weight for action in actions], dtype=np.float64),
    )
