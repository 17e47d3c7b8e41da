"""Two runs of one history: what every command that compares them must know first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from rtm_flows.cli.runs import Opened, Run
from rtm_flows.errors import InputError

_RECORDS = ("input", "accepted", "duplicate", "late", "ignored", "dead_letter", "clamped")


def reading_finished(
    run: Run, columns: Sequence[str] | None = None
) -> AbstractContextManager[Opened]:
    """Open the decisions of a run that has come to its end, or was exported up to some time.

    Parameters
    ----------
    columns
        All that is wanted of them, as for `Run.reading`.

    Raises
    ------
    InputError
        If it has not, or they are not there.
    """
    if not run.complete and not run.exported:
        msg = (
            f"{run.folder}: this run is not finished, so what it lacks would count as different. "
            "Let it end, or start the same command again: with --recovery it resumes"
        )
        raise InputError(msg)
    return run.reading("decisions", columns=columns)


def apart(one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    """Return what in two summaries speaks against comparing the runs; one without says nothing."""
    if not one or not two:
        return []
    other = [name for name in _RECORDS if one.get(name) != two.get(name)]
    warnings = []
    if other:
        counts = ", ".join(f"{name} {_count(one, name)} and {_count(two, name)}" for name in other)
        warnings.append(
            f"the runs did not take in the same records ({counts}): differences may come from there"
        )
    names = [summary.get("job") for summary in (one, two)]
    if None not in names and names[0] != names[1]:
        warnings.append(f"the runs are of two jobs, {names[0]} and {names[1]}")
    return warnings


def _count(summary: dict[str, Any], name: str) -> str:
    return f"{summary[name]:,}" if name in summary else "unknown"
