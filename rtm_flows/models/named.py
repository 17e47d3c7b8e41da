"""Models by name: what a configuration or a command may ask for.

In: a name, and the columns of a table. Out: a model that learns its rows. It refuses to know
where the name was written.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import ConfigError
from rtm_flows.models.hashing import Codes
from rtm_flows.models.learner import Learner
from rtm_flows.models.plain_river import PlainRiver


class TableModel(Protocol):
    """Anything that learns the rows of a table, and predicts each before it does."""

    def learn_rows(
        self, numbers: NDArray[np.float64], texts: Codes, labels: Sequence[bool], /
    ) -> NDArray[np.float64]:
        """Learn rows in turn; return the chance of each as it was before."""
        ...

    def settings(self) -> dict[str, str | int | float]:
        """Return what it was made with, by name."""
        ...


MODELS: dict[str, Callable[[Sequence[str], Sequence[str]], TableModel]] = {
    "churn": Learner,
    "intent": Learner,
    "river": PlainRiver,
}
"""Models of a table: both defaults are the default learner; `river` is the baseline."""


def model_named(name: str, numbers: Sequence[str], texts: Sequence[str]) -> TableModel:
    """Return a new model of these columns.

    Raises
    ------
    ConfigError
        If there is no model of this name.
    """
    if name not in MODELS:
        near = difflib.get_close_matches(name, MODELS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known models: {', '.join(MODELS)}"
        msg = f"unknown model {name!r}; {hint}"
        raise ConfigError(msg)
    return MODELS[name](numbers, texts)
