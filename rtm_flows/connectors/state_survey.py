"""What a recovery folder holds: whose it is, how much, how old, and whether it is sound.

In: a recovery folder. Out: figures, and sentences that tell where it is damaged. Nothing is
changed, and what the state means is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rtm_flows.connectors.epochs import needed_rows, resume_epoch
from rtm_flows.connectors.recovery_folder import Identity, held, known_owner
from rtm_flows.connectors.recovery_rows import all_rows, check_rows, databases, opened
from rtm_flows.connectors.sweeping import ROWS
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.state_files import sizes
from rtm_flows.lanes.state_rows import Seals, unpacked, unsealed
from rtm_flows.lanes.store import STATE, StateStore, read_part
from rtm_flows.lanes.sweep import named


class OfStep(msgspec.Struct):
    """What a resume reads of one step."""

    states: int = 0
    """Lanes, partitions or outputs, whatever the step has."""
    row_bytes: int = 0
    parts: int = 0
    part_bytes: int = 0


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a recovery folder holds.

    Attributes
    ----------
    epoch
        With which a resume begins; None before any run.
    written
        When the newest of its rows was written, in UTC.
    steps
        By name.
    files, file_bytes
        State files that some row names.
    idle_files, idle_bytes
        State files that no row names: the run that wrote them, or the next start, deletes them.
    """

    owner: Identity
    epoch: int | None
    written: datetime | None
    steps: dict[str, OfStep]
    files: int
    file_bytes: int
    idle_files: int
    idle_bytes: int


def survey(recovery: Path) -> Survey:
    """Look at a recovery folder, also while a run in another process goes on.

    Raises
    ------
    RecoveryError
        If it is none, or its tables are damaged.
    """
    owner = known_owner(recovery)
    steps: dict[str, OfStep] = {}
    for _, stored in needed_rows(recovery / ROWS):
        row = unsealed(stored.row)
        of = steps.setdefault(row.step, OfStep())
        of.states += 1
        of.row_bytes += len(stored.row)
        for place in unpacked(row).places:
            of.parts += 1
            of.part_bytes += place.length
    kept = named(all_rows(recovery / ROWS))
    here = sizes(recovery / STATE)
    used = {name: size for name, size in here.items() if name in kept}
    return Survey(
        owner=owner,
        epoch=resume_epoch(recovery / ROWS),
        written=_written(recovery / ROWS),
        steps=dict(sorted(steps.items())),
        files=len(used),
        file_bytes=sum(used.values()),
        idle_files=len(here) - len(used),
        idle_bytes=sum(here.values()) - sum(used.values()),
    )


def damages(recovery: Path) -> Iterator[str]:
    """Yield what is wrong with each part that a resume would read; nothing if all is sound.

    The key of the seals is that of the environment.

    Raises
    ------
    RecoveryError
        If it is no recovery folder, a run holds it, or its tables are damaged or hold what is not
        sealed.
    """
    seals = Seals.from_environment()
    with held(recovery):
        check_rows(recovery / ROWS, StateStore.from_environment())
        for _, stored in needed_rows(recovery / ROWS):
            row = seals.open(stored.row)
            for place in unpacked(row).places:
                try:
                    read_part(recovery / STATE, seals, (row.step, row.lane), place)
                except RecoveryError as error:
                    yield str(error)


def _written(rows: Path) -> datetime | None:
    found: list[str] = []
    for path in databases(rows):
        with opened(path, live=True) as database:
            (latest,) = database.execute("SELECT MAX(created_at) FROM snaps").fetchone()
        found += [latest] if latest else []
    # SQLite's own form of a moment, in UTC.
    return datetime.fromisoformat(max(found)).replace(tzinfo=UTC) if found else None
