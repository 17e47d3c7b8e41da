"""Kept: what a step gives of a lane to be kept, and what it gets back after a restart.

In: nothing. Out: two records. A lane's people are not written whole each time: a *part* holds some
of them, and so many of the latest parts together hold them all. Decision 0017 tells why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

Bytes = bytes | memoryview
"""Bytes, or a view of some: what is restored is not copied before it is where it belongs."""

_HALVES = msgspec.msgpack.Decoder(tuple[memoryview, memoryview])


class Kept(NamedTuple):
    """What a lane gives to be kept."""

    head: bytes
    """What belongs to the lane as a whole; written whole each time."""
    people: bytes
    """Some of the lane's people; empty if it has none."""
    depth: int
    """So many of the lane's latest parts, this one included, hold all its people."""


class Loaded(NamedTuple):
    """What a lane gets back."""

    head: bytes
    parts: tuple[bytes, ...]
    """The newest first."""


def to_bytes(kept: Kept) -> bytes:
    """Return what was kept whole, of one person for example, as one text of bytes.

    Examples
    --------
    >>> from_bytes(to_bytes(Kept(b"head", b"people", 1)))
    Loaded(head=b'head', parts=(b'people',))
    """
    return msgspec.msgpack.encode((kept.head, kept.people))


def from_bytes(data: bytes) -> Loaded:
    """Read back what `to_bytes` wrote."""
    head, people = msgspec.msgpack.decode(data, type=tuple[bytes, bytes])
    return Loaded(head, (people,) if people else ())


def halves(parts: Sequence[bytes]) -> tuple[list[Bytes], list[Bytes]]:
    """Return the first and the second halves of parts that hold two kinds of things each.

    Examples
    --------
    >>> people, rows = halves([msgspec.msgpack.encode((b"people", b"rows"))])
    >>> bytes(people[0]), bytes(rows[0])
    (b'people', b'rows')
    """
    pairs = [_HALVES.decode(part) for part in parts]
    return [first for first, _ in pairs], [second for _, second in pairs]
