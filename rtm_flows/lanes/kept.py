"""Kept: what a step gives of a lane to be kept, and what it gets back after a restart.

In: nothing. Out: two records. A lane's people are not written whole each time: a *part* holds some
of them, and so many of the latest parts together hold them all. Decision 0017 tells why.
"""

from __future__ import annotations

from typing import NamedTuple


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
