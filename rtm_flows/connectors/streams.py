"""Files that can only be read from front to back: packed ones, standard input, and CSV.

In: one file. Out: its lines in pieces, unpacked, with the offset and line number reached. It
refuses to know what a line means.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtm_flows.connectors.files import ListedFile, open_packed, unreadable
from rtm_flows.connectors.lines import BOM, Lines, enough, whole_lines
from rtm_flows.connectors.packing import DAMAGED, TESTS, unpacked
from rtm_flows.connectors.recoding import as_utf8
from rtm_flows.errors import InputError

_CHUNK = 1 << 18


class LineStream:
    """The lines of one file, read once.

    `offset` counts bytes of the content as it is handed out, `line` is the number of the next line.

    Parameters
    ----------
    file, limit
        The file, and the longest line in bytes.
    wide
        The encoding, if it is one whose line ends take several bytes; the lines are UTF-8 then.
    """

    def __init__(self, file: ListedFile, limit: int, wide: str | None = None) -> None:
        self.offset = 0
        self.line = 1
        self._path = file.path
        self._limit = limit
        self._raw, self._packing = open_packed(file)
        content = unpacked(self._raw, self._packing)
        self._file = content if wide is None else as_utf8(content, wide)
        self._measured = not file.from_stdin
        self._told = 0

    def read(self, count: int) -> Lines | None:
        """Return the next lines, at least one and about `count` bytes; None at the end.

        Raises
        ------
        InputError
            If the file cannot be read or is damaged here.
        """
        at_start = self.offset == 0
        with self._damage_named():
            data = self._file.read(count)
            if data and not data.endswith(b"\n"):
                data += self._finish_line()
        if not data:
            return None
        self.offset += len(data)
        lines = whole_lines(data.removeprefix(BOM) if at_start else data, self._limit)
        self.line += lines.data.count(b"\n")
        return lines

    def _finish_line(self) -> bytes:
        tail = piece = self._file.readline(enough(self._limit))
        while piece and not piece.endswith(b"\n"):  # too long: pass over the rest, holding none
            piece = self._file.readline(_CHUNK)
            self.offset += len(piece)
        return tail

    def skip_to(self, offset: int, line: int) -> None:
        """Go on from a place that an earlier reading of this file had reached."""
        try:
            with self._damage_named():
                self._pass_over(offset)
        except InputError:
            self.close()
            raise
        self.offset = offset
        self.line = line
        self.bytes_read()

    def _pass_over(self, offset: int) -> None:
        if self._file.seekable():
            self._file.seek(offset)
            return
        ahead = offset - self.offset
        while ahead > 0 and (data := self._file.read(min(ahead, _CHUNK))):
            ahead -= len(data)

    def bytes_read(self) -> int:
        """Return how many bytes of the file, as it is, were consumed since the last call.

        None of standard input are counted, whose size is not known either.
        """
        if not self._measured:
            return 0
        told, self._told = self._told, self._raw.tell()
        return self._told - told

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except DAMAGED as error:
            test = f" (`{TESTS[self._packing]}` tests it)" if self._packing else ""
            msg = (
                f"the input {self._path} is cut off or damaged, somewhere after line "
                f"{self.line - 1} ({self.offset} bytes unpacked): {error}; "
                f"fetch or pack the file again{test}"
            )
            raise InputError(msg) from error
        except OSError as error:
            raise unreadable(self._path, error) from error
