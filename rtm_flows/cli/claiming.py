"""What a run is given before it begins: a way out, and a recovery folder that is its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from rtm_flows.cli.ways_out import WayOut
from rtm_flows.config import Job
from rtm_flows.connectors.kafka.history import history_of
from rtm_flows.connectors.kafka.names import Begun
from rtm_flows.connectors.past import Past
from rtm_flows.connectors.recovery_folder import Identity, RecoveryFolder
from rtm_flows.errors import RtmError
from rtm_flows.lanes.store import StateStore


class Reads(NamedTuple):
    """What a run reads: how many partitions, and what tells it from all else."""

    partitions: int
    name: str

    @classmethod
    def topics(cls, job: Job) -> Reads:
        """Return what a job reads from topics: these count, and not where the broker is.

        What comes before them counts too.
        """
        topics = () if job.kafka is None else job.kafka.topics
        name = "topics " + ", ".join(sorted(topic.name for topic in topics))
        history = history_of(job)
        if history is not None:
            name += f" after history {history.fingerprint}"
        if job.kafka is not None and isinstance(history, Past) and job.kafka.start != "earliest":
            name += f", from {job.kafka.start}"
        return cls(1, name)


class Claimed(NamedTuple):
    """What a run may write to and keep its state in.

    Attributes
    ----------
    recovery
        The recovery folder; None where nothing is to be recovered.
    identity
        Whose the folder is.
    """

    recovery: RecoveryFolder | None
    identity: Identity

    @property
    def complete(self) -> bool:
        """Whether the run came to its end before."""
        return self.identity.complete

    def finish(self) -> None:
        """Note that the run has come to its end."""
        if self.recovery is not None:
            self.recovery.finish(self.identity)


@contextmanager
def claimed(parsed: argparse.Namespace, job: Job, reads: Reads, out: WayOut) -> Iterator[Claimed]:
    """Make the way out ready, and the recovery folder this run's; or resume the run it belongs to.

    Raises
    ------
    RecoveryError
        If the folder belongs to another run, or is damaged.
    BrokerError
        If another run holds the lease of the job.
    """
    if not parsed.recovery:
        with out.alone(None):
            begun = out.begin()
            yield Claimed(None, identity_of(job, reads, out, begun))
        return
    recovery = RecoveryFolder(Path(parsed.recovery))
    try:
        with out.alone(recovery.path):
            yield _owned(recovery, job, reads, out)
    finally:
        recovery.release()


def _owned(recovery: RecoveryFolder, job: Job, reads: Reads, out: WayOut) -> Claimed:
    """Return a recovery folder as this run's."""
    begun = out.begin() if recovery.owner is None else {}
    ours = identity_of(job, reads, out, begun)
    owner = recovery.claim(ours, StateStore.from_environment(), _carried)
    if not owner.complete:
        out.resume(owner.begun)
    return Claimed(recovery, owner)


def identity_of(job: Job, reads: Reads, out: WayOut, begun: Begun) -> Identity:
    """Return whose the recovery folder of a run is."""
    return Identity(
        name=job.name,
        lanes=job.lanes,
        partitions=reads.partitions,
        contracts=tuple(sorted(job.contracts)),
        digest=job.digest,
        inputs=reads.name,
        output=out.name,
        format=job.outputs.format,
        begun=begun,
        config=msgspec.to_builtins(job.settled),
    )


def _carried(recovery: Path, owner: Identity, ours: Identity) -> Identity:
    """Carry state over to another configuration, and say what that means."""
    # Late: what refits state is heavy to import, and seldom needed.
    from rtm_flows.connectors.state_upgrade import upgrade

    heir = upgrade(recovery, owner, ours)
    for told in heir.upgrades[-1].told:
        sys.stderr.write(f"upgraded: {told}\n")
    return heir


def said_complete(out: WayOut) -> int:
    """Say that a run is complete; return the status of a command that has nothing left to do."""
    sys.stdout.write(f"{out.name}: this run is complete; nothing is left to do\n")
    return 0


def said_stopped(out: WayOut, claim: Claimed, *, stopped: bool, quiet: bool) -> int:
    """Say that a run was stopped and how it goes on; return the status of its command.

    Raises
    ------
    RtmError
        If nobody stopped it: then it failed.
    """
    if not stopped:
        msg = f"{out.name}: the run ended before its outputs were complete; see the messages above"
        raise RtmError(msg)
    if not quiet:
        resume = "" if claim.recovery is None else "; start it again to resume"
        sys.stderr.write(f"stopped{resume}\n")
    return 0
