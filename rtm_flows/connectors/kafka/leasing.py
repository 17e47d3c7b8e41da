"""Leasing: a run holds the lease of its job while it writes, or does not begin.

In: a job whose `kafka.lease` is set, and whose recovery folder this is. Out: the lease, renewed
beside the run; whoever lost it is told, and must write no more. Clocks of two hosts are never
compared: a holder is gone if nothing comes of it while somebody watches for its whole term.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.lease_topic import LeaseTopic
from rtm_flows.connectors.kafka.names import LEASE, broker_of, topic_of
from rtm_flows.connectors.lease import Ledger, Note
from rtm_flows.errors import BrokerError
from rtm_flows.operating.logs import log
from rtm_flows.times import parse_duration

_HOLDER = "holder"
"""The file of a recovery folder that tells it from all others."""
_LOOKS = 10
_RENEWALS = 3
"""Looks and renewals in a term."""
_GRACE = 1.0
"""Seconds that a run that ends waits for its release to be written."""


@contextmanager
def leased(job: Job, folder: Path | None, lost: Callable[[str], object]) -> Iterator[None]:
    """Hold the lease of a job.

    Parameters
    ----------
    job
        The job; without `kafka.lease` nothing is held.
    folder
        The recovery folder, which this process has locked; None where there is none.
    lost
        Told, from another thread, that somebody else holds the lease now: this run must end.

    Raises
    ------
    BrokerError
        If another run holds the lease: who, and what to do; or if the broker does not answer.
    """
    rule = broker_of(job)
    if rule.lease is None:
        yield
        return
    with LeaseTopic(rule, topic_of(job, LEASE)) as topic:
        lease = _Lease(topic, _identity(folder, parse_duration(rule.lease)))
        lease.claim()
        stopping = threading.Event()
        keeper = threading.Thread(target=lease.keep, args=(stopping, lost), name="rtm-lease")
        keeper.start()
        try:
            yield
        finally:
            stopping.set()
            keeper.join()
            lease.release()


def _identity(folder: Path | None, term_ms: int) -> Note:
    """Return who this run is, as a claim that lies nowhere yet."""
    session = uuid.uuid4().hex
    holder = session
    if folder is not None:
        path = folder / _HOLDER
        if not path.exists():
            path.write_text(session, "ascii")
        holder = path.read_text("ascii")
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    here = socket.gethostname()
    return Note(
        kind="claim",
        claim=-1,
        session=session,
        holder=holder,
        host=here,
        pid=os.getpid(),
        since=since,
        term_ms=term_ms,
    )


class _Lease:
    """The lease as one run sees it."""

    def __init__(self, topic: LeaseTopic, own: Note) -> None:
        self._topic, self._own = topic, own
        self._ledger = Ledger()

    def claim(self) -> None:
        """Hold the lease, after a term without a word of who held it; or refuse."""
        self._look()
        while True:
            if not self._ledger.is_free_for(self._own.holder, self._own.host):
                self._watch()
            self._own = msgspec.structs.replace(self._own, claim=self._topic.end)
            self._topic.write(self._own)
            self._look()
            held = self._ledger.held
            if held is not None and held.session == self._own.session:
                return
            # Somebody has written at the same time: look who holds it now.

    def keep(self, stopping: threading.Event, lost: Callable[[str], object]) -> None:
        """Renew until told to stop, and look whether somebody else has claimed."""
        while not stopping.wait(self._own.term_ms / 1000 / _RENEWALS):
            try:
                self._look()
                held = self._ledger.held
                if held is None or held.session != self._own.session:
                    lost(_taken(self._topic.name, held))
                    return
                self._topic.write(msgspec.structs.replace(self._own, kind="renewal"))
            except BrokerError as error:
                # Whoever could claim meanwhile has no broker either; the next look tells.
                log().warning("lease_not_renewed", reason=str(error))

    def release(self) -> None:
        """Let others have it; where the broker is away, they wait for the term."""
        try:
            self._topic.write(msgspec.structs.replace(self._own, kind="release"), _GRACE)
        except BrokerError as error:
            log().warning("lease_not_released", reason=str(error))

    def _look(self) -> None:
        for offset, note in self._topic.read():
            self._ledger.read(offset, note)

    def _watch(self) -> None:
        """Return when the lease is free; refuse as soon as its holder is heard of."""
        held = self._ledger.held
        if held is None:
            return
        term = held.term_ms / 1000
        log().warning("waiting_for_the_lease", held_by=held.who, seconds=term)
        end = time.monotonic() + term
        while time.monotonic() < end:
            time.sleep(term / _LOOKS)
            self._look()
            now = self._ledger.held
            if now is None:
                return
            if now is not held:
                msg = (
                    f"{self._topic.name}: {now.who}, writes this job's topics, and "
                    "two must not. Stop it first, or give this run topics of its own "
                    "(kafka.written.prefix)"
                )
                raise BrokerError(msg)


def _taken(topic: str, held: Note | None) -> str:
    who = "somebody" if held is None else held.who
    return (
        f"{topic}: {who}, has taken over the lease of this job, since nothing was heard of this "
        "run for too long; it ends at once. What both have written is found by its offsets"
    )
