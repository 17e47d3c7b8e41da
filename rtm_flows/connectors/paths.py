"""Paths of an input: patterns and folders become the files they stand for.

In: paths as somebody wrote them. Out: paths of files, in the order in which they are read. It
refuses to know what is in a file, and whether one that is named outright exists.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rtm_flows.config.input_rule import STANDARD_INPUT
from rtm_flows.errors import InputError

_HIDDEN = (".", "_")


def expanded(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files that some paths stand for, each of them once, where it is named first.

    A path that exists is meant as it is written, whatever characters it has. A folder stands for
    all files in it, at any depth; a pattern of `*`, `?`, `[...]` and `**` for the files that match
    it, and those in folders that do. Files and folders whose names begin with `.` or `_` are left
    out, unless the pattern has a name that begins so. What is found is in the order of its paths,
    by code points. The path `-` is standard input.

    Raises
    ------
    InputError
        If a pattern matches nothing, or a folder has no file.
    """
    return tuple(dict.fromkeys(file for path in paths for file in _files_of(path)))


def _files_of(path: str) -> list[str]:
    if path == STANDARD_INPUT or os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        return _in_folder(path)
    if not glob.has_magic(path):
        return [path]
    files: set[str] = set()
    for found in _matching(path):
        files.update(_below(found) if os.path.isdir(found) else [found])
    if not files:
        msg = (
            f"the input {path} matches no file; check the pattern (** stands for folders at any "
            "depth); relative patterns start at the folder of the configuration"
        )
        raise InputError(msg)
    return sorted(files)


def _in_folder(path: str) -> list[str]:
    files = _below(path)
    if not files:
        msg = (
            f"the input {path} is a folder without files (names that begin with . or _ do not "
            "count); name the files, or a folder that has some"
        )
        raise InputError(msg)
    return files


def _below(folder: str) -> list[str]:
    return sorted(str(path) for path in _walk(Path(folder)))


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        yield from (Path(root, name) for name in files if not name.startswith(_HIDDEN))


def _matching(pattern: str) -> list[str]:
    """Return what matches; of the pattern, the part that exists as it is written is no pattern."""
    folder, rest = "", pattern
    while True:
        head, separator, tail = rest.partition(os.sep)
        if not separator or not os.path.isdir(folder + head + separator):
            break
        folder, rest = folder + head + separator, tail
    names = glob.glob(rest, root_dir=folder or None, recursive=True)
    hidden_too = any(part.startswith(_HIDDEN) for part in rest.split(os.sep))
    return [folder + name for name in names if hidden_too or not _is_hidden(name)]


def _is_hidden(name: str) -> bool:
    return any(part.startswith(_HIDDEN) for part in name.split(os.sep))
