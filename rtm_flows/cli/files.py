"""Files that commands write beside runs.

Their places are checked before the work is done, and they are there whole or not at all.
"""

from __future__ import annotations

from pathlib import Path

from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import OutputError


def make_way(path: Path, option: str, *, overwrite: bool) -> None:
    """Refuse a place that is taken, and make its folder, before any work is done.

    Raises
    ------
    OutputError
        If there is a folder, or a file and `overwrite` is not given.
    """
    if path.is_dir():
        msg = f"{path}: is a folder; {option} wants a file"
        raise OutputError(msg)
    if path.exists() and not overwrite:
        msg = f"{path}: is there already; give --overwrite to replace it"
        raise OutputError(msg)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{path.parent}: cannot be made: {error.strerror}; name another place"
        raise OutputError(msg) from None


def write_page(path: Path, what: str, html: str) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        with written_whole(path) as file:
            file.write(html.encode())
    except OSError as error:
        msg = f"{path}: the {what} cannot be written: {error.strerror}; name another place"
        raise OutputError(msg) from error
