"""Sweeping: which state files nobody will ever need again.

In: what a store asks, and the rows that the engine's tables hold. Out: names of files. A resume
reads the tables and nothing else, and a lane's later row names files of its earlier one or newer
files; so what no row in the tables names, and no row on its way into them can name, is not needed.
Decision 0020 has the proof. How the rows are read, this module does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from rtm_flows.lanes.state_rows import CHAINED, Row, unpacked


class Request(msgspec.Struct, frozen=True):
    """What a store knows when it asks which of some files may go.

    Attributes
    ----------
    writer
        The store.
    given
        Number of the last row that it gave out, of every step and lane.
    files
        Files that no row will name that it gives out later: none of them is written to any more,
        and none is in the chain of any of its lanes.
    """

    writer: str
    given: list[tuple[str, int, int]]
    files: list[str]


class Sweeper(Protocol):
    """Lets files go that are needed no more, when it finds the time."""

    def ask(self, request: Request) -> None:
        """Take a request; one that comes while another is worked on may be forgotten."""


def named(rows: Iterable[Row]) -> set[str]:
    """Return the files that rows name."""
    return {place.file for row in rows for place in unpacked(row).places}


def unneeded(request: Request, rows: Iterable[Row]) -> list[str] | None:
    """Return the files of a request that may go; None if it is too early to tell.

    It is too early while a row that was given out before the request is still on its way: it may
    name what its lane's chain holds no more.

    Parameters
    ----------
    rows
        All rows in the engine's tables, of all epochs, at one moment for each lane.
    """
    arrived: dict[tuple[str, int], int] = {}
    kept: set[str] = set()
    for row in rows:
        if row.kind != CHAINED:
            continue
        chain = unpacked(row)
        kept.update(place.file for place in chain.places)
        if chain.writer == request.writer:
            key = row.step, row.lane
            arrived[key] = max(arrived.get(key, 0), chain.serial)
    if not _all_arrived(request, arrived):
        return None
    return [file for file in request.files if file not in kept]


def _all_arrived(request: Request, arrived: Mapping[tuple[str, int], int]) -> bool:
    return all(arrived.get((step, lane), 0) >= last for step, lane, last in request.given)
