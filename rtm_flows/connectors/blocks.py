"""Plain JSON Lines files, cut into blocks that several processes can share.

In: a file and the number of a block. Out: the lines whose first byte lies in that block, wherever
they end; so each line belongs to exactly one block, and no block need know of another. It refuses
to know who reads which block.
"""

from __future__ import annotations

from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import ListedFile, open_file, unreadable
from rtm_flows.connectors.jsonl import jsonl_batch
from rtm_flows.connectors.lines import BOM, LineCounter, enough, whole_lines
from rtm_flows.connectors.positions import Position
from rtm_flows.connectors.source_files import SourceFile
from rtm_flows.errors import InputError


def block_count(file: ListedFile, block_bytes: int) -> int:
    """Return the number of blocks of a file; an empty one has none.

    Examples
    --------
    >>> block_count(ListedFile("events.jsonl", size=1001, mtime_ns=0), block_bytes=1000)
    2
    """
    return -(-file.size // block_bytes)


class BlockReader:
    """Reads one block of a file, unless the position is behind it."""

    def __init__(
        self, source: SourceFile, position: Position, *, block: int, counter: LineCounter
    ) -> None:
        self._source = source
        self._counter = counter
        self._start = block * source.files.block_bytes
        self._stop = min(self._start + source.files.block_bytes, source.listed.size)
        self._done = position.offset

    def next(self) -> Batch | None:
        """Return the lines of the block as a batch, then None.

        Raises
        ------
        InputError
            If the file cannot be read, or became shorter since it was listed.
        """
        if self._done:
            return None
        limit = self._source.limit
        begin, data = _lines_between(self._source.listed, self._start, self._stop, limit)
        self._done = self._stop - self._start
        return jsonl_batch(
            whole_lines(data, limit),
            self._source,
            first_line=lambda: self._counter.before(begin) + 1,
            bytes_read=self._done,
        )

    def reached(self) -> tuple[int, int]:
        """Return the offset in the block where reading goes on; lines are not counted."""
        return self._done, 1

    def close(self) -> None:
        """Do nothing: nothing stays open."""


def _lines_between(file: ListedFile, start: int, stop: int, limit: int) -> tuple[int, bytes]:
    """Return where the first line begins, and the lines that begin from `start` to `stop`.

    The last one is cut soon after `limit` bytes, and nothing is read beyond the listed size.
    """
    begin = 0
    with open_file(file.path) as source:
        try:
            if start > 0:  # the byte before tells whether a line begins at `start`
                source.seek(start - 1)
                begun = source.readline(stop - start)
                begin = start - 1 + len(begun)
                if not begun.endswith(b"\n"):
                    if len(begun) < stop - start:
                        raise _shrunk(file)
                    return begin, b""
            source.seek(stop - 1)
            end = stop - 1 + len(source.readline(min(1 + enough(limit), file.size - stop + 1)))
            source.seek(begin)
            data = source.read(end - begin)
        except OSError as error:
            raise unreadable(file.path, error) from error
    if len(data) < end - begin or end < stop:
        raise _shrunk(file)
    return begin, data.removeprefix(BOM) if start == 0 else data


def _shrunk(file: ListedFile) -> InputError:
    return InputError(
        f"the input {file.path} became shorter while it was read ({file.size} bytes at the "
        "start); start again when it no longer changes"
    )
