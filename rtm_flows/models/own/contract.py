"""The contract of a model of one's own: what it is given, and what it must give back.

In: rows of features by name, one at a time. Out: chances, and bytes to be saved. It refuses to know
where examples come from and who else predicts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, float]
"""A row of features as models see them: by name, those with `scale = "log1p"` as logarithms."""


class OwnModel(ABC):
    """A model that learns one example after the other; make a class from it.

    Nothing may count but what it was made with and the examples in their order: no clock, no random
    number without a seed, no state outside of itself. So the same input gives the same figures
    however a run is cut, shared or resumed.

    Attributes
    ----------
    version
        To be raised whenever it would predict otherwise: a run of another version is not resumed.

    Examples
    --------
    >>> class Rate(OwnModel):
    ...     def __init__(self, features):
    ...         self.n = self.positives = 0
    ...     def predict_one(self, row):
    ...         return (self.positives + 1) / (self.n + 2)
    ...     def learn_one(self, row, label):
    ...         self.n, self.positives = self.n + 1, self.positives + label
    ...     def save(self):
    ...         return f"{self.n} {self.positives}".encode()
    ...     def load(self, saved):
    ...         self.n, self.positives = map(int, saved.split())
    >>> Rate(["views"]).predict_one({"views": 3.0})
    0.5
    """

    version: int = 1

    def __init__(self, features: Sequence[str], **options: Any) -> None:
        """Begin with nothing learned.

        Parameters
        ----------
        features
            Names of the features, in order.
        options
            Those of the configuration.
        """
        self.features = tuple(features)

    @abstractmethod
    def predict_one(self, row: Row) -> float:
        """Return the chance of a positive label, from 0 to 1; changes nothing."""

    @abstractmethod
    def learn_one(self, row: Row, label: bool) -> None:
        """Learn an example; it is told once."""

    @abstractmethod
    def save(self) -> bytes:
        """Return all that was learned."""

    @abstractmethod
    def load(self, saved: bytes) -> None:
        """Take on what `save` returned, so that all that follows is the same to the bit."""
