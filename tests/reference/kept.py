"""Kept rows: which rows of a session are kept for learning, section 5 of the page.

In: a person's rows. Out: of each class the row with the least hash. No random number is drawn.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

_ALL_64_BITS = 2**64 - 1


def mix64(z: int) -> int:
    """Return the SplitMix64 finaliser of `z`, modulo 2^64.

    Examples
    --------
    >>> hex(mix64(0))
    '0xe220a8397b1dcdaf'
    """
    z = (z + 0x9E3779B97F4A7C15) & _ALL_64_BITS
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _ALL_64_BITS
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _ALL_64_BITS
    return z ^ (z >> 31)


def row_hash(person: str, number: int) -> int:
    """Return the hash of a person's accepted event by its running number, from 1."""
    return mix64(zlib.crc32(person.encode()) * 2**32 + number)


class KeptRows:
    """The rows of one open session that may become examples."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.least: dict[int, tuple[int, Mapping[str, float]]] = {}

    def offer(self, hashed: int, values: Mapping[str, float]) -> None:
        """Keep the row if no row of its class has a smaller hash."""
        own_class = hashed % self.classes
        if own_class not in self.least or hashed < self.least[own_class][0]:
            self.least[own_class] = (hashed, values)

    def rows(self) -> dict[int, Mapping[str, float]]:
        """Return the kept rows by class."""
        return {own_class: values for own_class, (_, values) in sorted(self.least.items())}
