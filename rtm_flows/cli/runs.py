"""Runs: the output folders that a command reads, and the files in them.

The newest run is that whose decisions or summary were written last, of those in this folder, in
the folders in it, and those below `out` and `runs` (where `make demo` leaves one).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rtm_flows.cli.summary import summary_of
from rtm_flows.connectors.kafka.exporting_outputs import EXPORTED
from rtm_flows.connectors.output_files import file_name
from rtm_flows.connectors.output_folder import is_complete
from rtm_flows.connectors.parquet_output import lines_of
from rtm_flows.connectors.parquet_rows import Rows
from rtm_flows.errors import InputError

_PLACES = ("*", "out/*", "runs/*", "out/*/*", "runs/*/*")
_MARKS = ("decisions.jsonl", "decisions.jsonl.partial", "decisions.parquet", "summary.json")


class Opened(NamedTuple):
    """An output that is open for reading."""

    file: BinaryIO
    path: str
    size: int
    growing: bool
    """It has its temporary name: the run still writes it, or was stopped."""


class Run(NamedTuple):
    """A run's output folder."""

    folder: Path
    complete: bool

    @property
    def state(self) -> str:
        """In words, whether the run has come to its end."""
        return "finished" if self.complete else "not finished: what it has written so far"

    @property
    def exported(self) -> bool:
        """Whether it is not a run, but what was exported of one that may go on."""
        return (self.folder / EXPORTED).is_file()

    def summary(self) -> dict[str, Any] | None:
        """Return the summary, None where there is none yet."""
        return summary_of(self.folder) if self.complete else None

    def has(self, output: str) -> bool:
        """Tell whether there is such an output, whole or not."""
        return any(path.is_file() for path in self._names(output))

    def packed(self, output: str) -> bool:
        """Tell whether an output is Parquet, so that its lines lie nowhere."""
        whole, _, parquet = self._names(output)
        return parquet.is_file() and not whole.exists()

    @contextmanager
    def reading(
        self, output: str, rows: Rows | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[Opened]:
        """Open an output, also one that is still being written.

        Parameters
        ----------
        rows, columns
            All that is wanted of it, as for `lines_of`: of Parquet no other lines are made.

        Raises
        ------
        InputError
            If it is not there, or cannot be read.
        """
        # Whole again at the end: a run that ends just now has renamed it in between.
        whole, partial, parquet = self._names(output)
        if self.packed(output):
            with _as_lines(parquet, rows, columns) as file:
                yield Opened(file, str(parquet), path_size(file), growing=False)
            return
        for path in (whole, partial, whole):
            try:
                file = path.open("rb", buffering=1 << 16)
            except FileNotFoundError:
                continue
            except OSError as error:
                msg = f"{path}: cannot be read: {error.strerror}"
                raise InputError(msg) from None
            with file:
                yield Opened(file, str(path), path_size(file), path == partial)
            return
        msg = f"{whole}: is not there; was it moved, or is {self.folder} no output of `rtm run`?"
        raise InputError(msg)

    def _names(self, output: str) -> tuple[Path, Path, Path]:
        whole = self.folder / file_name(output)
        partial = whole.with_name(f"{whole.name}.partial")
        return whole, partial, self.folder / file_name(output, parquet=True)


@contextmanager
def _as_lines(path: Path, rows: Rows | None, columns: Sequence[str] | None) -> Iterator[BinaryIO]:
    """Open the lines of a Parquet output as a file, which is gone when it is closed."""
    with tempfile.TemporaryFile() as file:
        file.writelines(lines_of(path, rows=rows, columns=columns))
        yield file


def path_size(file: BinaryIO) -> int:
    """Return the length of an open file in bytes."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def run_in(folder: str) -> Run:
    """Return the run in a folder.

    Raises
    ------
    InputError
        If there is none.
    """
    path = Path(folder)
    if not path.is_dir():
        what = "is a file; give the folder that it lies in" if path.exists() else "does not exist"
        msg = f"{folder}: {what}. A run is the output folder of `rtm run` or `rtm replay`"
        raise InputError(msg)
    if not _written(path):
        msg = f"{folder}: holds no run: neither decisions nor summary.json are in it"
        raise InputError(msg)
    return Run(path, is_complete(path))


def run_or_newest(folder: str | None, how: str = "with --run") -> Run:
    """Return the run in a folder, or, where none is given, the newest; and say which that is.

    Parameters
    ----------
    folder
        The output folder of a run.
    how
        How the command is given one, for whoever has to.

    Raises
    ------
    InputError
        If there is none.
    """
    if folder is not None:
        return run_in(folder)
    folders = [Path(), *(path for place in _PLACES for path in sorted(Path().glob(place)))]
    found = {path: when for path in folders if (when := _written(path))}
    if not found:
        msg = (
            "no run is in this folder, in those in it, or below out and runs; give its output "
            f"folder {how}"
        )
        raise InputError(msg)
    newest = max(found, key=lambda path: (found[path], str(path)))
    sys.stderr.write(f"rtm: reading {newest}, the newest of {len(found):,} runs here\n")
    return Run(newest, is_complete(newest))


def _written(folder: Path) -> int:
    """Return when a run last wrote into a folder, in nanoseconds; 0 if none ever has."""
    times = [0]
    for name in _MARKS:
        try:
            times.append((folder / name).stat().st_mtime_ns)
        except OSError:  # not there, or a run renames it at this moment
            continue
    return max(times)
