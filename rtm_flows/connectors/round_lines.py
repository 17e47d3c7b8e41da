"""Rounds as lines of a file that is being written, each found again by its number.

In: rounds, numbered on from 0. Out: lines, and any round among them. Memory hardly grows with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from rtm_flows.connectors.rounds import Round, decode, encode

_EVERY = 1 << 10


class RoundLines:
    """Lines of rounds.

    Parameters
    ----------
    file
        Where they are written; it has a name, and nothing else is written to it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = self._size = 0
        # Where every so many begin: who looks one up reads on from there.
        self._places: list[int] = []
        self._ahead: Iterator[Round] = iter(())
        self._next = -1

    def add(self, round_: Round) -> None:
        """Write the next round."""
        if self._count % _EVERY == 0:
            self._places.append(self._size)
        self._size += self._file.write(encode(round_) + b"\n")
        self._count += 1

    def find(self, number: int) -> Round:
        """Return a round that was written; one after the other is quickest."""
        self._file.flush()
        found = next(self._ahead, None) if number == self._next else None
        if found is None:
            first = number // _EVERY
            self._ahead = self._from(self._places[first])
            found = next(islice(self._ahead, number - first * _EVERY, None))
        self._next = number + 1
        return found

    def _from(self, place: int) -> Iterator[Round]:
        with open(self._file.name, "rb") as file:
            file.seek(place)
            for line in file:
                yield decode(line, self._file.name)
