"""`rtm run --addresses ... --process I`: one process of a job over several hosts.

In: the addresses of all processes, the number of this one, and a recovery folder that all share.
Out: the job between its topics, until any of the processes is told to stop.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rtm_flows.cli.claiming import Reads, claimed, identity_of, said_complete
from rtm_flows.cli.live import EPOCH, sort_history
from rtm_flows.cli.operated import operated
from rtm_flows.cli.pulse import Pulse, Standing
from rtm_flows.cli.ways_out import WayOut
from rtm_flows.config import Job
from rtm_flows.connectors.recovery_folder import Identity
from rtm_flows.connectors.shared_folder import Member, tell
from rtm_flows.connectors.sweeping import ROWS
from rtm_flows.errors import ConfigError, refuse
from rtm_flows.flows.cluster import Ticket, on_signals
from rtm_flows.flows.execute import make_rows
from rtm_flows.flows.host import run_host
from rtm_flows.lanes.store import StateStore

_LOOK_EVERY = 0.2
_TELL_AFTER = 2.0


class Seat(NamedTuple):
    """The seat of this process in a cluster: the addresses of all, and its number."""

    addresses: tuple[str, ...]
    process: int


def seat_of(parsed: argparse.Namespace, job: Job) -> Seat | None:
    """Return the seat that the command line gives this process; None where there is one host.

    Raises
    ------
    ConfigError
        If it does not say all, or the job is not one for several hosts.
    """
    if parsed.addresses is None and parsed.process is None:
        return None
    if parsed.addresses is None or parsed.process is None:
        msg = "--addresses tells where all processes are, --process which one this is; give both"
        raise ConfigError(msg)
    addresses = _addresses(parsed.addresses)
    if parsed.process >= len(addresses):
        last = len(addresses) - 1
        refuse("--process", f"must be the number of an address, 0 to {last}; got {parsed.process}")
    _refuse_unfit(parsed, job)
    return Seat(addresses, parsed.process)


def _refuse_unfit(parsed: argparse.Namespace, job: Job) -> None:
    if job.input.kind != "kafka" or job.writes != "kafka":
        refuse("--addresses", "is for a job between topics; files are for one host (--workers)")
    if not parsed.recovery:
        refuse("--addresses", "wants --recovery, a folder that all hosts share")
    if parsed.workers > 1:
        refuse("--addresses", "has one process an address; leave out --workers")
    if parsed.to_end:
        refuse("--addresses", "runs until it is stopped; --to-end is for one host")


def _addresses(given: str) -> tuple[str, ...]:
    """Return the addresses that a list or a file gives.

    Raises
    ------
    ConfigError
        If one is none, or stands there twice.
    """
    path = Path(given)
    text = path.read_text("utf-8") if path.is_file() else given
    lines = (line.partition("#")[0] for line in text.replace(";", ",").splitlines())
    found = tuple(one.strip() for line in lines for one in line.split(",") if one.strip())
    for one in found:
        host, _, port = one.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
            why = f"wants HOST:PORT,HOST:PORT,... or a file with one a line; got {one!r}"
            refuse("--addresses", why)
    if not found or len(set(found)) < len(found):
        refuse("--addresses", f"wants an address a process, each once; got {given!r}")
    return found


def run_over_hosts(parsed: argparse.Namespace, job: Job, out: WayOut, seat: Seat) -> int:
    """Run one process of a job; return when any process was told to stop."""
    folder = Path(parsed.recovery)
    # How large the shared folder is, the first tells for all. It answers while it waits, too.
    with (
        operated(parsed, job, folder if seat.process == 0 else None) as watched,
        _claimed(parsed, job, Reads.topics(job), out, seat) as owner,
        Pulse(lambda: Standing(None, None), quiet=parsed.quiet) as pulse,
    ):
        if owner is None:
            sys.stderr.write("stopped before it began\n")
            return 0
        if owner.complete:
            return said_complete(out)
        ticket = Ticket(
            job=job,
            output=owner.begun,
            work=str(folder),
            rows=str(folder / ROWS),
            every=parsed.snapshot_every or EPOCH,
            recovery=str(folder),
            metrics=None if watched.folder is None else str(watched.folder),
            addresses=seat.addresses,
            over_hosts=True,
        )
        in_order = run_host(ticket, seat.process, pulse.reached)
    if not parsed.quiet:
        how = "" if in_order else " without a last snapshot, since other processes were gone"
        sys.stderr.write(f"stopped{how}; start all processes again to resume\n")
    return 0


@contextmanager
def _claimed(
    parsed: argparse.Namespace, job: Job, reads: Reads, out: WayOut, seat: Seat
) -> Iterator[Identity | None]:
    """Have the folder, or join who has it; yield whose it is, None if told to stop meanwhile."""
    store = StateStore.from_environment()
    if seat.process == 0:
        with claimed(parsed, job, reads, out) as claim:
            if claim.recovery is not None and not claim.complete:
                make_rows(claim.recovery.rows)
                sort_history(job, claim.recovery.path, quiet=parsed.quiet)
                tell(claim.recovery.path, seat.addresses, store)
            yield claim.identity
        return
    member = Member(Path(parsed.recovery), seat.process)
    try:
        owner = _joined(member, identity_of(job, reads, out, {}), seat, store)
        if owner is not None and not owner.complete:
            out.resume(owner.begun)
        yield owner
    finally:
        member.release()


def _joined(member: Member, job: Identity, seat: Seat, store: StateStore) -> Identity | None:
    """Wait for the first process; None if told to stop meanwhile."""
    stopped = threading.Event()
    began, told = time.monotonic(), False
    with on_signals(stopped.set):
        while not stopped.is_set():
            owner = member.joined(job, seat.addresses, store)
            if owner is not None:
                return owner
            if not told and time.monotonic() - began > _TELL_AFTER:
                told = True
                text = f"waiting for process 0 at {seat.addresses[0]} to be started with the same"
                text += f" --addresses and configuration, and to have {member.path}\n"
                sys.stderr.write(text)
            stopped.wait(_LOOK_EVERY)
    return None
