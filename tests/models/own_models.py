"""Models of one's own for tests: one that is sound, and some that each break one promise."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from rtm_flows.models.own import OwnModel, Row

_calls = itertools.count()


class Counting(OwnModel):
    """The rate of positives so far, from a first guess."""

    version = 3

    def __init__(self, features: Sequence[str], weight: int = 2) -> None:
        super().__init__(features)
        self.n, self.positives = weight, weight // 2

    def predict_one(self, row: Row) -> float:
        """Return the rate."""
        return self.positives / self.n

    def learn_one(self, row: Row, label: bool) -> None:
        """Count."""
        self.n, self.positives = self.n + 1, self.positives + label

    def save(self) -> bytes:
        """Return both counts."""
        return f"{self.n} {self.positives}".encode()

    def load(self, saved: bytes) -> None:
        """Take both on."""
        self.n, self.positives = map(int, saved.split())


class Curious(Counting):
    """Learns when it is asked."""

    def predict_one(self, row: Row) -> float:
        """Count the question."""
        self.n += 1
        return super().predict_one(row)


class Moody(Counting):
    """Has a state outside of itself."""

    def predict_one(self, row: Row) -> float:
        """Return something else each time."""
        return 1.0 / (2 + next(_calls))


class Forgetful(Counting):
    """Does not save all."""

    def save(self) -> bytes:
        """Forget the positives."""
        return f"{self.n} 1".encode()


class Sure(Counting):
    """Says more than all."""

    def predict_one(self, row: Row) -> float:
        """Return no chance."""
        return 1.5


class Lost(Counting):
    """Says what is no number."""

    def predict_one(self, row: Row) -> float:
        """Return no number."""
        return float("nan")


class Failing(Counting):
    """Cannot learn."""

    def learn_one(self, row: Row, label: bool) -> None:
        """Look for a feature that is not there."""
        row["nowhere"]


class Texts(Counting):
    """Saves text."""

    def save(self) -> bytes:
        """Return no bytes."""
        return "text"  # type: ignore[return-value]
