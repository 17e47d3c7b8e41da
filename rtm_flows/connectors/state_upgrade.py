"""Upgrades: a recovery folder that goes on under another configuration, or with other lanes.

In: a folder that no run has, whose it is, and who is to have it. Out: the same folder as the new
job's; or, for other lanes, a copy side by side. An upgrade is written beside what is there and
takes its place by one renaming: a kill at any moment leaves the folder as it was, or upgraded.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.config.changes import changes
from rtm_flows.connectors.epochs import drop_uncommitted, resume_epoch
from rtm_flows.connectors.recovery_folder import (
    UPGRADE,
    Identity,
    Upgrade,
    complete_upgrade,
    held,
    write_identity,
)
from rtm_flows.connectors.recovery_rows import check_rows
from rtm_flows.connectors.state_refit import Into, refit
from rtm_flows.connectors.sweeping import ROWS, sweep_all
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.store import StateStore
from rtm_flows.times import format_time

_KEPT_BESIDE = ("rounds",)
"""What else a resume reads, if it is there."""


def upgrade(recovery: Path, owner: Identity, job: Identity) -> Identity:
    """Make the state in a folder that of another configuration; return whose it is then.

    Parameters
    ----------
    recovery
        Checked, held by this process, and without rows of epochs that were not completed.
    owner, job
        Whose it is, and who is to have it; they differ in their configuration alone.

    Raises
    ------
    RecoveryError
        If state cannot be carried over: it names the key, and nothing was changed.
    """
    if owner.config is None or job.config is None or owner.complete:
        raise RecoveryError(_refusal(recovery, [("configuration", owner.digest, job.digest)]))
    was, now = (msgspec.convert(one.config, Job) for one in (owner, job))
    found = changes(was, now)
    if found.refused:
        raise RecoveryError(_refusal(recovery, found.refused))
    made = Upgrade(was=owner.digest, now=job.digest, told=found.told, config=owner.config)
    config, upgrades = job.config, (*owner.upgrades, made)
    heir = msgspec.structs.replace(owner, digest=job.digest, config=config, upgrades=upgrades)
    if resume_epoch(recovery / ROWS) is None:
        write_identity(recovery, heir)
        return heir
    partial = recovery / f"{UPGRADE}.partial"
    partial.mkdir(mode=0o700)
    jobs = Jobs(*(Plan.of(one, owner.partitions) for one in (was, now)))
    time = refit(recovery, Into(partial / ROWS, StateStore.from_environment(recovery)), jobs)
    made = msgspec.structs.replace(made, time=None if time is None else format_time(time))
    heir = msgspec.structs.replace(heir, upgrades=(*owner.upgrades, made))
    write_identity(partial, heir)
    partial.rename(recovery / UPGRADE)
    complete_upgrade(recovery)
    sweep_all(recovery)
    return heir


def _refusal(recovery: Path, keys: Sequence[tuple[str, str, str]]) -> str:
    told = "; ".join(f"{key} was {was} and is now {now}" for key, was, now in keys[:3])
    return (
        f"{recovery}: belongs to another run: {told}. State cannot be carried over that: use "
        f"another --recovery folder, or the job as it was"
    )


def migrate(recovery: Path, lanes: int, into: Path) -> Identity:
    """Copy a folder, its people dealt to another number of lanes; return whose the copy is.

    Parameters
    ----------
    recovery
        A recovery folder that no run holds; it stays as it is.
    lanes
        Number of lanes to come.
    into
        The copy; must not be there.

    Raises
    ------
    RecoveryError
        If the folder is none, or damaged, or its run is over; or if the copy is there already.
    """
    if into.exists():
        msg = f"{into}: is there already; name a folder that is not"
        raise RecoveryError(msg)
    with held(recovery) as folder:
        owner = folder.owner
        if owner is None or owner.config is None or owner.complete:
            msg = f"{recovery}: holds no state of a run that goes on; there is nothing to migrate"
            raise RecoveryError(msg)
        check_rows(folder.rows, StateStore.from_environment())
        drop_uncommitted(folder.rows)
        was = msgspec.convert(owner.config, Job)
        now = msgspec.structs.replace(was, lanes=lanes)
        into.mkdir(mode=0o700, parents=True)
        jobs = Jobs(*(Plan.of(one, owner.partitions) for one in (was, now)))
        refit(recovery, Into(into / ROWS, StateStore.from_environment(into)), jobs)
        for name in _KEPT_BESIDE:
            if (recovery / name).exists():
                shutil.copy2(recovery / name, into / name)
        told = (f"lanes: were {owner.lanes} and are {lanes}",)
        made = Upgrade(was=owner.digest, now=now.digest, told=told, config=owner.config)
        heir = msgspec.structs.replace(
            owner,
            lanes=lanes,
            digest=now.digest,
            config=msgspec.to_builtins(now),
            upgrades=(*owner.upgrades, made),
        )
        # Last: a folder without it is refused.
        write_identity(into, heir)
    return heir
