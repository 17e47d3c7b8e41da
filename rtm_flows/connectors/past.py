"""The past: files of events that come before the topics of a job, in rounds of their own.

In: a job, and files as it reads any. Out: rounds of so many of their rows, in canonical order,
with what was counted and the dead letters in the first. They are a function of what the files hold
and of the job. It refuses to know topics.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from rtm_flows.config import Job, with_input
from rtm_flows.connectors.arriving import arrival, source_key
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.dealing import DealtReader
from rtm_flows.connectors.files import ListedFile, open_file
from rtm_flows.connectors.memory_input import MemorySortedInput, sort_in_memory
from rtm_flows.connectors.positions import Position, write_position
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sorted_files import SortedInput
from rtm_flows.connectors.sorting import sort_files
from rtm_flows.errors import InputError, refuse

NOTE = "history.json"
"""Beside exported rounds: the files that they begin with."""
ROWS = 4096
"""Rows of a round. Another number would be other rounds, so the digest has it."""
_BLOCK = 1 << 20


class Course(NamedTuple):
    """How many rounds there are, and where they leave each partition."""

    rounds: int
    ends: dict[str, int]


class Note(msgspec.Struct, frozen=True):
    """Which files rounds begin with, and their digest."""

    files: tuple[str, ...]
    digest: str


class Past:
    """Files of events, as what comes before all topics.

    Parameters
    ----------
    job
        The job; its `[input]` says how the files are read.
    paths
        Files, folders of files, or patterns.
    work
        A folder for the sorted files, where those of an earlier run are used again; None sorts in
        memory.

    Raises
    ------
    ConfigError
        If standard input is among them, which cannot be read again.
    InputError
        If a file is missing, or a pattern matches none.
    """

    def __init__(self, job: Job, paths: Sequence[str], work: Path | None = None) -> None:
        if "-" in paths:
            refuse("kafka.history", "cannot be standard input: a resume reads it again; give files")
        named = with_input(job, tuple(paths))
        rule = msgspec.structs.replace(named.input, stripes=1)
        self._job = msgspec.structs.replace(named, input=rule)
        self._work = work
        self._source = arrival(self._job)
        self.files = self._source.paths
        self.total_bytes = self._source.total_bytes

    @property
    def listed(self) -> tuple[ListedFile, ...]:
        """The files as they were found."""
        return self._source.listed

    @property
    def fingerprint(self) -> str:
        """A hash of names, sizes and times of the files: quick, to tell a run from others."""
        return self._source.fingerprint

    @cached_property
    def digest(self) -> str:
        """A hash of what the files hold, which rounds name; all of it is read for that."""
        hashed = hashlib.blake2b(f"{ROWS} {self._source.files.file_format}".encode(), digest_size=8)
        for one in self.listed:
            hashed.update(f"\n{one.size}\n".encode())
            with open_file(one.path) as file:
                while block := file.read(_BLOCK):
                    hashed.update(block)
        return hashed.hexdigest()

    def sort(self, progress: Callable[[int], None] | None = None) -> SortedInput | None:
        """Sort the files into the folder, unless they are there; None where there is no folder.

        Parameters
        ----------
        progress
            Told the bytes of the files that each step has consumed.

        Raises
        ------
        InputError
            If a file cannot be read.
        OutputError
            If the folder cannot be written.
        """
        if self._work is None:
            return None
        key = source_key(self._job, self._source)
        return SortedInput.open_existing(self._work, key) or sort_files(
            self._source, self._work, rows_per_batch=ROWS, progress=progress, fingerprint=key
        )

    @cached_property
    def _sorted(self) -> SortedInput | MemorySortedInput:
        return self.sort() or sort_in_memory(self._source, rows_per_batch=ROWS)

    @property
    def course(self) -> Course:
        """How many rounds it makes; it leaves no partition anywhere."""
        found = self._sorted
        if isinstance(found, MemorySortedInput):
            return Course(found.batches, {})
        return Course(found.contents.rows.batches, {})

    @property
    def newest(self) -> int | None:
        """The largest time of an event, in ms; None where there is none."""
        return self._sorted.final_time

    def rounds_from(self, first: int, _ends: Mapping[str, int]) -> PastRounds:
        """Return its rounds from this number on."""
        return PastRounds(self, first)

    def batches_from(self, first: int) -> DealtReader:
        """Return its rows from those of this round on, a batch a round."""
        return self._sorted.open(0, write_position(Position(first)))


class PastRounds:
    """The rounds of the past one after the other, each with its rows.

    Parameters
    ----------
    past
        The files.
    first
        Number of the first round that is wanted.
    """

    def __init__(self, past: Past, first: int) -> None:
        self._digest, self._next = past.digest, first
        self._batches = past.batches_from(first)

    def next(self) -> tuple[Round, Batch] | None:
        """Return the next round and its rows; None behind the last.

        Raises
        ------
        RecoveryError
            If the sorted files are damaged.
        """
        batch = self._batches.next()
        if batch is None:
            return None
        number, self._next = self._next, self._next + 1
        return Round(number=number, history=self._digest), batch

    def close(self) -> None:
        """Close the files; what was handed out stays good."""
        self._batches.close()


def write_note(folder: Path, past: Past) -> None:
    """Note beside exported rounds which files they begin with."""
    files = tuple(str(Path(file).resolve()) for file in past.files)
    (folder / NOTE).write_bytes(msgspec.json.encode(Note(files, past.digest)) + b"\n")


def noted(job: Job, folder: Path, work: Path | None) -> Past | None:
    """Return the files that exported rounds begin with; None where there are none.

    Raises
    ------
    InputError
        If the note is damaged, or a file is missing.
    """
    path = folder / NOTE
    if not path.is_file():
        return None
    try:
        note = msgspec.json.decode(path.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: is no note of files ({error}); export the topics anew"
        raise InputError(msg) from None
    try:
        return Past(job, note.files, work)
    except InputError as error:
        msg = f"{error}; the rounds in {folder} begin with it: put it back, or mend {path}"
        raise InputError(msg) from None
