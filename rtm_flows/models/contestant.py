"""A contestant: one model under its name, with the scores it would have served.

In: usable rows in order, some to score and some to learn. Out: scores, each by what was learned by
then, and versions where the kind has any. It refuses to know who is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.kinds import Servable, Shadow, model_of, read_model
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.rules import Rule
from rtm_flows.models.score import score_rows
from rtm_flows.models.spec import Learning
from rtm_flows.models.steps import Steps
from rtm_flows.rounding import round6

_OWN = ("kind", "learning_rate", "forest", "code", "options")

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Asked(NamedTuple):
    """Rows to be scored, and when."""

    x: Matrix
    """Usable rows, (rows, features)."""
    after: Ints
    """How many steps of learning come before each; never falls."""


class Found(NamedTuple):
    """What a model made of rows asked and of steps."""

    scores: Vector
    """The score of each row that was asked."""
    versions: Matrix
    """The parameters before the first and after each step; no rows of a kind that has none."""


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

    def take(self, asked: Asked, x: Matrix, steps: Steps, mature: Bools, priors: Vector) -> Found:
        """Score rows and take steps in turn.

        Parameters
        ----------
        asked
            Rows to score.
        x, steps
            Usable rows, one a step, and what is learned of them.
        mature, priors
            For each row asked, whether models are believed by then, and what is served while they
            are not: kinds with versions find the same in those.
        """
        if not self.promotable:
            chances = round6(_chances(cast("Shadow", self._model), asked, x, steps))
            return Found(np.where(mature, chances, priors), np.zeros((0, 0)))
        model = cast("Servable", self._model)
        rows = model.learn_steps(x, steps) if len(x) else model.parameters()[None]
        # Each with the parameters by then, exactly as decide scores.
        return Found(score_rows(asked.x, rows, asked.after, self.spec), rows)

    def parameters(self) -> Vector:
        """Return the parameters as they are, of a kind that has versions."""
        return cast("Servable", self._model).parameters()

    @property
    def rule_alone(self) -> dict[str, Any]:
        """What of the rule makes the model: not who challenges it, and when that is believed."""
        return {key: getattr(self.rule, key, None) for key in _OWN}

    def start_anew(self) -> None:
        """Forget all that was learned; what was predicted stays counted."""
        self._model = model_of(self.rule, self.names)

    def take_over(self, other: Contestant, values: Vector) -> None:
        """Go on as another did, which had fewer features; `values` are what the further ones held.

        A model that has no versions begins anew if it has to learn of further features.
        """
        self.progressive.load(other.progressive.to_bytes())
        if not len(values):
            self.load(other.to_bytes())
        elif self.promotable:
            self._model = cast("Servable", other._model).widened(self.names, values)

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


def _chances(model: Shadow, asked: Asked, x: Matrix, steps: Steps) -> Vector:
    """Return the chance of each row asked, and learn what is to be learned."""
    chances, done = np.empty(len(asked.x)), 0
    for at, after in enumerate(asked.after.tolist()):
        model.learn(x[done:after], steps.labels[done:after])
        chances[at] = model.predict_rows(asked.x[at : at + 1])[0]
        done = after
    model.learn(x[done:], steps.labels[done:])
    return chances
