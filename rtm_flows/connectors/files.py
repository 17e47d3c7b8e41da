"""The files of an input: named, looked at, opened.

In: paths and how the files are written. Out: sizes, open files, a fingerprint, and errors that say
what to do. It refuses to know lines and records.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import BinaryIO, Literal, NamedTuple

import msgspec

from rtm_flows.config.input_rule import STANDARD_INPUT
from rtm_flows.connectors.packing import Packing, packing_of
from rtm_flows.connectors.standard_input import open_standard_input
from rtm_flows.errors import InputError


class InputFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Which files an input consists of, and how they are to be read.

    Parameters
    ----------
    paths
        The files, in the order in which they are read, as places shall show them; `-` is standard
        input. What ends in `.gz` or `.zst` is unpacked.
    file_format
        JSON Lines (UTF-8), CSV or Parquet.
    delimiter, quote, columns, encoding
        Of CSV: the character between fields, the one around them (doubled within; empty if nothing
        is quoted), the header if the files have none, and the encoding.
    stripes
        The number of partitions.
    block_bytes
        About how much is read at once.
    max_record_bytes
        Longer records become dead letters (`too_large`).

    Raises
    ------
    ValueError
        If a number is below 1 or the delimiter is not one character.
    """

    paths: tuple[str, ...]
    file_format: Literal["jsonl", "csv", "parquet"]
    delimiter: str = ","
    quote: str = '"'
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"
    stripes: int = 4
    block_bytes: int = 1 << 20
    max_record_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        """Refuse what could not be read by."""
        for name in ("stripes", "block_bytes", "max_record_bytes"):
            if getattr(self, name) < 1:
                msg = f"`{name}` must be at least 1; got {getattr(self, name)}"
                raise ValueError(msg)
        if len(self.delimiter) != 1 or self.delimiter in (self.quote, "\r", "\n"):
            msg = f"`delimiter` must be one character, no quote or line end; got {self.delimiter!r}"
            raise ValueError(msg)
        if len(self.quote) > 1 or self.quote in ("\r", "\n"):
            msg = f"`quote` must be one character, no line end, or empty; got {self.quote!r}"
            raise ValueError(msg)


class ListedFile(NamedTuple):
    """A file as it was found: size in bytes, time of last change in nanoseconds."""

    path: str
    size: int
    mtime_ns: int

    @property
    def from_stdin(self) -> bool:
        """Whether this is standard input: read once, from front to back, of unknown size."""
        return self.path == STANDARD_INPUT

    @property
    def packing(self) -> Packing | None:
        """How the content is compressed, as the name tells; None if it is not."""
        return packing_of(self.path)


def list_files(files: InputFiles) -> tuple[ListedFile, ...]:
    """Look at every file once, without reading it.

    Raises
    ------
    InputError
        If there is none, or one is missing, no file, or in a form that is not read.
    """
    if not files.paths:
        msg = "the input has no files; required is at least one path under `input.paths`"
        raise InputError(msg)
    return tuple(_look_at(path) for path in files.paths)


def _look_at(path: str) -> ListedFile:
    if path == STANDARD_INPUT:
        return ListedFile(path, 0, 0)
    try:
        found = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(found.st_mode):
        msg = f"the input {path} is a folder; name the files in it"
        raise InputError(msg)
    if not stat.S_ISREG(found.st_mode):
        msg = f"the input {path} is not a regular file; write it to a file first"
        raise InputError(msg)
    if path.lower().endswith((".bz2", ".xz", ".zip")):
        msg = (
            f"the input {path} is packed in a form that is not read; "
            "unpack it, or use gzip or zstandard"
        )
        raise InputError(msg)
    return ListedFile(path, found.st_size, found.st_mtime_ns)


def open_file(path: str) -> BinaryIO:
    """Open a file for reading.

    Raises
    ------
    InputError
        If that is not possible.
    """
    try:
        return open(path, "rb")
    except OSError as error:
        raise unreadable(path, error) from error


def open_packed(file: ListedFile) -> tuple[BinaryIO, Packing | None]:
    """Open a listed file, or standard input; return it, and how its content is packed.

    Raises
    ------
    InputError
        If that is not possible.
    """
    if not file.from_stdin:
        return open_file(file.path), file.packing
    try:
        return open_standard_input()
    except OSError as error:
        raise unreadable(file.path, error) from error


def unreadable(path: str, error: OSError) -> InputError:
    """Return the error to raise where a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        remedy = "check the path; relative paths start at the folder of the configuration"
    elif isinstance(error, PermissionError):
        remedy = "give this user the right to read it"
    else:
        remedy = "check the disk, or copy the file again"
    return InputError(f"the input {path} cannot be read: {error.strerror or error}; {remedy}")


def fingerprint(files: InputFiles, listed: tuple[ListedFile, ...]) -> str:
    """Return a hash of what the records depend on: files, sizes, times, and how they are read."""
    how = (files.file_format, files.delimiter, files.quote, files.columns, files.encoding)
    content = msgspec.json.encode((listed, how, files.max_record_bytes))
    return hashlib.blake2b(content, digest_size=16).hexdigest()
