"""A contestant: one model under its name, with the scores it would have served.

In: usable examples in order. Out: the score of each before it was learned, and versions where the
kind has any. It refuses to know who is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.kinds import Servable, Shadow, model_of, read_model
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.rules import Rule
from rtm_flows.models.score import score_rows
from rtm_flows.models.spec import Learning
from rtm_flows.rounding import round6

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Learned(NamedTuple):
    """What some examples gave, one row each."""

    scores: Vector
    """The score of each before it was learned."""
    versions: Matrix
    """The parameters after each; no rows of a kind that has none."""


class Contestant:
    """A model, served or in the shadow.

    Parameters
    ----------
    name
        What it is called beside others.
    rule
        Its kind and keys.
    names
        Names of the features.
    spec
        When models are believed: all that contend learn the same examples, so all at once.

    Attributes
    ----------
    progressive
        How well it predicted, in the shadow and as champion.
    promotable
        Whether it has versions that decide could score with.
    """

    def __init__(self, name: str, rule: Rule, names: Sequence[str], spec: Learning) -> None:
        self.name, self.rule, self.spec = name, rule, spec
        self.names = tuple(names)
        self.progressive = Progressive()
        self._model = model_of(rule, names)
        # Asked once: what it takes to find out whether an object fits a protocol, some examples
        # could be learned in.
        self.promotable = isinstance(self._model, Servable)

    def learn(self, x: Matrix, labels: Bools, mature: Bools, priors: Vector) -> Learned:
        """Score and learn each example in turn; at least one.

        Parameters
        ----------
        x, labels
            Features, (examples, features), and what came true.
        mature, priors
            For each, whether models are believed by then, and what is served while they are not:
            kinds with versions find the same in those.
        """
        if self.promotable:
            rows = cast("Servable", self._model).learn_versions(x, labels.tolist())
            # Each with the parameters before it was learned, exactly as decide scores.
            return Learned(score_rows(x, rows, np.arange(len(x)), self.spec), rows[1:])
        chances = round6(cast("Shadow", self._model).learn_rows(x, labels.tolist()))
        return Learned(np.where(mature, chances, priors), np.zeros((0, 0)))

    def start_anew(self) -> None:
        """Forget all that was learned; what was predicted stays counted."""
        self._model = model_of(self.rule, self.names)

    def to_bytes(self) -> bytes:
        """Return the state of the model; that of `progressive` is kept apart."""
        return self._model.to_bytes()

    def load(self, data: bytes) -> None:
        """Restore the state of the model.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved of another kind, with other features or for
            another River.
        """
        self._model = read_model(self.rule, data, self.names)
