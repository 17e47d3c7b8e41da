"""The draw: which rows of a session are learned from, section 5 of the page.

In: the person, the number and the place of an event. Out: whether its row is. No random number is
drawn: the fewer later events are, the longer the session.
"""

from __future__ import annotations

import zlib

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


def drawn(person: str, number: int, place: int, rows_per_session: int) -> bool:
    """Tell whether the event in that place of its session is learned from."""
    return row_hash(person, number) % place < rows_per_session
