"""The output folder: made, checked and emptied before a run writes into it."""

from __future__ import annotations

import shutil
from pathlib import Path

from rtm_flows.errors import OutputError
from rtm_flows.lanes.wiring import BY_LANE, BY_PARTITION

_PARQUET = [f"{output}.parquet" for output in (*BY_LANE, *BY_PARTITION)]
# By name: a table of features, which may lie here too, is none of them.
_OURS = (
    *("*.jsonl", "*.jsonl.partial", "*.jsonl.partial.part", *_PARQUET),
    *(f"{name}.part" for name in _PARQUET),
    *("summary.json", "summary.json.partial"),
)


def prepare(folder: Path, *, overwrite: bool) -> None:
    """Make the folder ready for a new run.

    Raises
    ------
    OutputError
        If it holds anything and `overwrite` is not given, or holds files of somebody else.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder}: is a file; --output wants a folder"
        raise OutputError(msg)
    if folder.exists() and any(folder.iterdir()):
        if not overwrite:
            msg = f"{folder}: is not empty; give --overwrite to replace the run that is in it"
            raise OutputError(msg)
        _empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder}: cannot be made: {error.strerror}"
        raise OutputError(msg) from None


def is_complete(folder: Path) -> bool:
    """Tell whether every output of the run in a folder has its final name."""
    return (folder / "summary.json").exists() and not any(folder.glob("*.partial"))


def _empty(folder: Path) -> None:
    """Remove the outputs of an earlier run, and nothing else."""
    ours = {path for pattern in _OURS for path in folder.glob(pattern)}
    work = folder / WORK
    strangers = [path.name for path in folder.iterdir() if path not in ours and path != work]
    if strangers:
        msg = f"{folder}: holds what no run has written ({strangers[0]}); use another folder"
        raise OutputError(msg)
    for path in ours:
        path.unlink()
    shutil.rmtree(work, ignore_errors=True)


WORK = ".work"
"""Folder of what a run needs for a while, inside its output folder."""
