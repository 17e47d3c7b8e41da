"""The rounds since the last snapshots, in a small file: written before what is read is handed out.

In: rounds, one after the other. Out: after a crash, the rounds to repeat. It refuses to know what
was read. The file is flushed to the system and not to the disk: it outlives a killed process; the
control log outlives the machine.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from pathlib import Path

import msgspec

from rtm_flows.connectors.rounds import Round, decode, encode, in_order
from rtm_flows.errors import RecoveryError, RtmError
from rtm_flows.lanes.state_files import unwritten

_KEPT = 3
"""Snapshots of which one may be resumed from: the engine commits an epoch one or two later."""


class _Head(msgspec.Struct, frozen=True):
    run: str


class RoundsFile:
    r"""The rounds of a run that a resume may have to repeat.

    Parameters
    ----------
    path
        The file; None where nothing is to be recovered: then all is forgotten with the process.

    Raises
    ------
    RecoveryError
        If the file is damaged. A line that was cut off at its end is none: what it tells of was not
        handed out.

    Examples
    --------
    >>> rounds = RoundsFile(None)
    >>> rounds.add(Round(number=0, ends={"events/0": 3}))
    >>> [one.number for one in rounds.since(0)]
    [0]
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.run = secrets.token_hex(8)
        self._rounds: list[Round] = []
        self._marks: deque[int] = deque()
        if path is not None and path.exists():
            self._read(path)
        self._file = None if path is None else self._written(path).open("ab", buffering=0)

    def add(self, round_: Round) -> None:
        """Note a round, before anybody sees what it brought.

        Raises
        ------
        RecoveryError
            If it cannot be written, for want of space say. What is written of it counts as cut off.
        """
        self._rounds.append(round_)
        if self._path is None or self._file is None:
            return
        left = encode(round_) + b"\n"
        try:
            # A disk that is nearly full takes a part without a word.
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise unwritten(self._path, error.strerror) from None

    def since(self, number: int) -> list[Round]:
        """Return the rounds from a number on.

        Raises
        ------
        RecoveryError
            If the file no longer holds the first of them, or some between.
        """
        try:
            return list(in_order(((str(self._path), one) for one in self._rounds), number))
        except RtmError as error:
            msg = f"{error}; restore the recovery folder, or start anew with an empty one"
            raise RecoveryError(msg) from None

    def since_the_oldest(self) -> list[Round]:
        """Return all rounds that are still kept."""
        return list(self._rounds)

    def snapshot(self, number: int) -> None:
        """Note that the state is kept as it is before a round; forget what no resume can want.

        Raises
        ------
        RecoveryError
            If the file cannot be written anew; it is as it was.
        """
        self._marks.append(number)
        if len(self._marks) <= _KEPT:
            return
        self._marks.popleft()
        if self._rounds and self._rounds[0].number < self._marks[0]:
            self._rounds = [one for one in self._rounds if one.number >= self._marks[0]]
            if self._path is not None and self._file is not None:
                self._file.close()
                self._file = self._written(self._path).open("ab", buffering=0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _read(self, path: Path) -> None:
        # The last part is empty, or a line that was being written when the process died.
        lines = path.read_bytes().split(b"\n")[:-1]
        try:
            self.run = msgspec.json.decode(lines[0], type=_Head).run
            places = (f"{path}, line {number}" for number in range(2, len(lines) + 1))
            self._rounds = [decode(*one) for one in zip(lines[1:], places, strict=True)]
        except (IndexError, msgspec.DecodeError, UnicodeDecodeError, RtmError) as error:
            msg = f"{path}: damaged ({error}); restore it, or start anew with an empty folder"
            raise RecoveryError(msg) from None

    def _written(self, path: Path) -> Path:
        """Write the file anew, whole or not at all."""
        partial = path.with_name(f"{path.name}.partial")
        head = msgspec.json.encode(_Head(self.run))
        lines = [head, *map(encode, self._rounds)]
        try:
            partial.write_bytes(b"".join(line + b"\n" for line in lines))
            os.replace(partial, path)
        except OSError as error:
            raise unwritten(path, error.strerror) from None
        return path
