"""Output files: ordered lines appended under a temporary name, finished when all is told.

In: what the steps tell the writers. Out: `NAME.jsonl.partial` while a run lasts, `NAME.jsonl` or
`NAME.parquet` when nothing more can follow, and `summary.json`. The state of a writer is the length
of its file and the lines that wait; on a resume the file is cut back to that length, so each line
is in it once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
import pyarrow as pa

from rtm_flows.connectors.output_columns import arrow_columns
from rtm_flows.connectors.parquet_output import lines_of, write_parquet
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.messages import Counts, Lines
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import BY_FOLD, SUMMARY, Metrics, Written, counting, outputs


class Writer(Protocol):
    """Writes one output."""

    def write(self, told: list[Written]) -> None:
        """Take in what was told, and write what is ready."""

    def save(self) -> bytes:
        """Return the state, with everything before it on its way to disk."""

    def close(self) -> None:
        """Let go of the file."""


class _Saved(msgspec.Struct, array_like=True):
    length: int
    ended: bool
    lines: bytes


class LineWriter:
    """Writes the lines of one output, in order.

    Parameters
    ----------
    path
        The final name.
    feeds
        Number of feeds of the output.
    state
        What `save` returned, to go on from there; None to begin anew.
    parquet
        The columns of the output, where it is to become Parquet when it is complete.
    """

    def __init__(
        self, path: Path, feeds: int, state: bytes | None = None, parquet: pa.Schema | None = None
    ) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.stem}.jsonl.partial")
        self._parquet = parquet
        self._lines = Ordered(feeds)
        self._ended = False
        self._file: BinaryIO | None = None
        if state is None:
            self._path.unlink(missing_ok=True)
            self._file = self._partial.open("wb")
        else:
            self._resume(msgspec.msgpack.decode(state, type=_Saved))

    def write(self, told: list[Written]) -> None:
        """Take in lines, and write those that nothing can precede any more."""
        for part in told:
            if isinstance(part, Lines):
                self._lines.add(part)
        ready = self._lines.ready()
        if self._file is None:
            return
        self._file.writelines(piece.data for piece in ready.pieces)
        if self._lines.ended:
            self._finish(self._file)

    def save(self) -> bytes:
        """Return the state."""
        length = 0
        if self._file is not None:
            self._file.flush()
            length = self._file.tell()
        return msgspec.msgpack.encode(_Saved(length, self._ended, self._lines.save()))

    def close(self) -> None:
        """Let go of the file; a file that is not complete keeps its temporary name."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _resume(self, saved: _Saved) -> None:
        self._lines.load(saved.lines)
        self._ended = saved.ended
        if saved.ended:
            return
        if self._path.exists() and not self._partial.exists():
            self._reopen()
        length = self._partial.stat().st_size if self._partial.exists() else 0
        if length < saved.length:
            msg = (
                f"{self._partial}: has {length} bytes where the recovery state wants at least "
                f"{saved.length}; it was changed since. Restore it, or run anew with --overwrite"
            )
            raise RecoveryError(msg)
        self._file = self._partial.open("r+b" if length else "wb")
        self._file.truncate(saved.length)
        self._file.seek(saved.length)

    def _reopen(self) -> None:
        """Make the file unfinished again: it was complete, but no snapshot knows."""
        if self._parquet is None:
            self._path.rename(self._partial)
            return
        with written_whole(self._partial) as file:
            file.writelines(lines_of(self._path))

    def _finish(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())
        self.close()
        if self._parquet is None:
            self._partial.rename(self._path)
        else:
            write_parquet(self._partial, self._path, self._parquet)
            self._partial.unlink()
        self._ended = True


class SummaryWriter:
    """Adds up the counts, and writes the summary when the last is told.

    Parameters
    ----------
    path
        The final name.
    feeds, job
        As for `Accounting`.
    state
        What `save` returned, to go on from there; None to begin anew.
    """

    def __init__(
        self, path: Path, feeds: dict[str, int], job: str, state: bytes | None = None
    ) -> None:
        self._path = path
        self._accounting = Accounting(feeds, job)
        self._written = False
        if state is not None:
            self._accounting.load(state)
        elif path.exists():
            path.unlink()

    def write(self, told: list[Written]) -> None:
        """Take in counts and metrics."""
        for part in told:
            if isinstance(part, Counts):
                self._accounting.add(part)
            elif isinstance(part, Metrics):
                self._accounting.add_model(part.model, part.metrics)
        if self._accounting.ended and not self._written:
            self._finish()

    def save(self) -> bytes:
        """Return the state."""
        return self._accounting.save()

    def close(self) -> None:
        """Nothing is held open."""

    def _finish(self) -> None:
        partial = self._path.with_name(f"{self._path.name}.partial")
        text = msgspec.json.format(msgspec.json.encode(self._accounting.summary()), indent=2)
        partial.write_bytes(text + b"\n")
        partial.rename(self._path)
        self._written = True


def file_name(output: str, *, parquet: bool = False) -> str:
    """Return the file of an output; with `parquet`, of a job that writes Parquet.

    Examples
    --------
    >>> file_name("late"), file_name("summary")
    ('late.jsonl', 'summary.json')
    >>> file_name("late", parquet=True), file_name("learning", parquet=True)
    ('late.parquet', 'learning.jsonl')
    """
    if output == SUMMARY:
        return "summary.json"
    # Lines of learning have other fields by their kind, and are few.
    return f"{output}.parquet" if parquet and output != BY_FOLD else f"{output}.jsonl"


def open_writer(folder: Path, output: str, plan: Plan, state: bytes | None = None) -> Writer:
    """Return the writer of one output, beginning anew or from a saved state."""
    path = folder / file_name(output, parquet=plan.parquet)
    if output == SUMMARY:
        return SummaryWriter(path, counting(plan), plan.name, state)
    parquet = arrow_columns(output, plan) if path.suffix == ".parquet" else None
    return LineWriter(path, outputs(plan)[output], state, parquet)
