"""The tree of a checked rule: what is left when all that can be wrong has been refused.

There is no `not`: it has been handed down to the comparisons, each of which is then the opposite
one. So a value that is no number, which no comparison holds for, makes no rule hold, with `not` or
without. Trees are compared by what they say; two texts that differ in blanks only are one tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Symbol = Literal["<", "<=", ">", ">=", "==", "!="]
Operation = Literal["+", "-", "*", "/", "min", "max", "abs"]


@dataclass(frozen=True)
class Constant:
    """A number as written."""

    value: float


@dataclass(frozen=True)
class Named:
    """The number of a row that has this name: a feature or a score."""

    name: str


@dataclass(frozen=True)
class Computed:
    """What an operation makes of numbers."""

    operation: Operation
    operands: tuple[Number, ...]


Number = Constant | Named | Computed


@dataclass(frozen=True)
class Compared:
    """True where both sides are numbers and the comparison holds."""

    symbol: Symbol
    left: Number
    right: Number


@dataclass(frozen=True)
class Among:
    """True where the text of this name is one of some; or, if not `inside`, none of them."""

    name: str
    texts: tuple[str, ...]
    inside: bool


@dataclass(frozen=True)
class Both:
    """True where all parts are."""

    parts: tuple[Truth, ...]


@dataclass(frozen=True)
class Either:
    """True where any part is."""

    parts: tuple[Truth, ...]


Truth = Compared | Among | Both | Either


def conjunction(parts: tuple[Truth, ...]) -> Truth:
    """Return what is true where all parts are; a single part is itself."""
    return parts[0] if len(parts) == 1 else Both(parts)


def disjunction(parts: tuple[Truth, ...]) -> Truth:
    """Return what is true where any part is; a single part is itself."""
    return parts[0] if len(parts) == 1 else Either(parts)
