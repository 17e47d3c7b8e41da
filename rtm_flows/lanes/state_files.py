"""State files: parts of lanes, one behind the other, in files that only grow.

In: sealed bytes. Out: their place; and from a place, the bytes. Each store writes files of its own,
under a name that no other store has, in another process, after a restart or on another host. What
a part means, and whether anybody still needs it, this module does not know.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Container, Iterable
from pathlib import Path

from rtm_flows.errors import RecoveryError

FILE_BYTES = 8 << 20
"""Size at which a file is closed and the next begun: a file goes as a whole, so small ones waste
less; many make a resume open more of them."""

_NAME = re.compile(r"[0-9a-f]{16}-\d{6,}\.state")


class StateFiles:
    """The files of one store, in a folder that it may share with others.

    Parameters
    ----------
    folder
        Where the files lie; made if it is missing.
    limit
        Size at which the next file is begun, in bytes.

    Attributes
    ----------
    writer
        A name that no other store has; every file's name begins with it.
    closed
        Size of every file of this store that is not written to any more, by its name.
    """

    def __init__(self, folder: Path, limit: int = FILE_BYTES) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        # A name, the one thing that must not be the same again; nothing is computed from it.
        self.writer = os.urandom(8).hex()
        self.closed: dict[str, int] = {}
        self._limit = limit
        self._count = 0
        self._name = ""
        self._file = -1
        self._size = 0

    def append(self, data: bytes) -> tuple[str, int]:
        """Write bytes; return the file and the offset where they begin.

        Raises
        ------
        RecoveryError
            If they cannot be written, for want of space say.
        """
        (place,) = self.append_all([data])
        return place

    def append_all(self, parts: Iterable[bytes]) -> list[tuple[str, int]]:
        """Write parts one behind the other, a file at once; return where each begins.

        Raises
        ------
        RecoveryError
            As `append`.
        """
        places: list[tuple[str, int]] = []
        together = bytearray()
        for data in parts:
            if self._file < 0 or self._size + len(together) >= self._limit:
                self._write(together)
                together = bytearray()
                self._begin()
            places.append((self._name, self._size + len(together)))
            together += data
        self._write(together)
        return places

    def close(self) -> None:
        """Write no more to the current file."""
        if self._file >= 0:
            os.close(self._file)
            self.closed[self._name] = self._size
            self._file = -1

    def sync(self) -> None:
        """Close the current file, and see to it that all that was written outlives a power cut."""
        self.close()
        for path in (*(self.folder / name for name in self.closed), self.folder):
            file = os.open(path, os.O_RDONLY)
            os.fsync(file)
            os.close(file)

    def forget_all_but(self, names: Container[str]) -> None:
        """Forget closed files that are there no more."""
        self.closed = {name: size for name, size in self.closed.items() if name in names}

    def _begin(self) -> None:
        self.close()
        self._count += 1
        self._name = f"{self.writer}-{self._count:06d}.state"
        self._size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            self._file = os.open(self.folder / self._name, flags, 0o600)
        except OSError as error:
            raise self._refused(error) from None

    def _write(self, data: bytes | bytearray) -> None:
        try:
            view = memoryview(data)
            while view:
                written = os.write(self._file, view)
                self._size += written
                view = view[written:]
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> RecoveryError:
        return unwritten(self.folder / self._name, error.strerror)


def unwritten(path: Path, reason: str | None) -> RecoveryError:
    """Return the error that says that a part of the state could not be written, and the remedy."""
    msg = (
        f"{path}: the state could not be written ({reason}); "
        f"mend that and start again: the run goes on from the last snapshot"
    )
    return RecoveryError(msg)


def sizes(folder: Path) -> dict[str, int]:
    """Return the size of every state file in a folder, by its name."""
    found: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            # Another process may be deleting what nobody needs.
            with contextlib.suppress(FileNotFoundError):
                if _NAME.fullmatch(entry.name):
                    found[entry.name] = entry.stat().st_size
    return found


def read(folder: Path, name: str, offset: int, length: int) -> bytes:
    """Return what lies at a place; less where the file ends before.

    Raises
    ------
    RecoveryError
        If there is no such file, or it cannot be read.
    """
    path = folder / name
    if not _NAME.fullmatch(name):
        msg = f"{folder}: a recovery row names {name!r}, which is no state file"
        raise RecoveryError(msg)
    try:
        with path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), length, offset)
    except FileNotFoundError:
        msg = f"{path}: is missing, but state was kept in it; restore a backup of the whole folder"
        raise RecoveryError(msg) from None
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); restore a backup of the whole folder"
        raise RecoveryError(msg) from None


def delete(folder: Path, names: Iterable[str]) -> None:
    """Delete files; one that is gone already is none the worse."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
