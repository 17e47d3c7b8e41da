"""One event of a person, as features see it.

In: nothing. Out: the shape that all kinds of features share, and the units they answer in.
"""

from __future__ import annotations

from dataclasses import dataclass

from .records import Event


@dataclass(frozen=True)
class Moment:
    """One event of a person as its features see it; `t` is the clock."""

    event: Event
    t: int
    opens: bool
    session_start: int
    last: int


def in_units(field: str, value: int) -> float:
    """Return money as currency units, and a quantity as it is."""
    return float(value) if field == "quantity" else value / 100
