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
from rtm_flows.decisions.offers import offers_of

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
    """Return the candidates of a catalogue: its offers, in their order.

    Examples
    --------
    >>> candidates_of([Action(name="call"), Action(name="write", treatment="letter")]).names
    (('call', 'call'), ('write', 'letter'))
    """
    offers = offers_of(actions)
    return Candidates(
        names=tuple((offer.name, offer.treatment) for offer in offers),
        owner=np.array([offer.place for offer in offers], dtype=np.int64),
        prior=np.array([action.prior for action in actions], dtype=np.float64),
        weight=np.array([action.prior_weight for action in actions], dtype=np.float64),
    )
