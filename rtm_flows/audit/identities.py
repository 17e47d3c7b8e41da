"""Identities: whether an id was met twice, in eight bytes an id.

In: ids, one by one. Out: those that may have been met twice, to be looked at again by name. It
refuses to know what they are ids of.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Set as AbstractSet

import numpy as np


class Identities:
    """Short hashes of all ids so far.

    Examples
    --------
    >>> ids = Identities()
    >>> for one in ("a", "b", "a"):
    ...     ids.add(one)
    >>> [one in ids.suspects() for one in map(short, ("a", "b"))]
    [True, False]
    """

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, one: str) -> None:
        """Take in an id."""
        self._hashes.append(short(one))

    def suspects(self) -> AbstractSet[int]:
        """Return the hashes that came more than once."""
        hashes = np.sort(np.frombuffer(self._hashes, dtype=np.uint64)) if self._hashes else None
        return set() if hashes is None else set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())


def short(one: str) -> int:
    """Return eight bytes of hash as a number."""
    return int.from_bytes(hashlib.blake2b(one.encode(), digest_size=8).digest(), "little")
