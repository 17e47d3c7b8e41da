"""The lease of a job: who may write its topics, told by a log that all read in one order.

In: the records of the log with their offsets. Out: who holds the lease. It refuses to know brokers
and clocks: that a holder is silent, and for how long, is for whoever looks to find.

A *claim* names the offset at which it is meant to lie, and counts only if it lies there: so of two
that are written at once one counts, and all who read the log agree which. A *renewal* says that the
holder lives, and names its claim, so that who reads only the last records knows the holder too. A
*release* ends it.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the log.

    Attributes
    ----------
    kind
        What it says.
    claim
        The offset of the claim that it is, or belongs to.
    session
        The process that wrote it.
    holder
        Its recovery folder, by an id that lies in there; without one, the process.
    host, pid, since
        Where that is, its number there, and its time of start by the clock of that host.
    term_ms
        How long without a renewal the lease lasts.
    """

    kind: Literal["claim", "renewal", "release"]
    claim: int
    session: str
    holder: str
    host: str
    pid: int
    since: str
    term_ms: int

    @property
    def who(self) -> str:
        """The holder, for people."""
        return f"process {self.pid} on {self.host}, since {self.since}"


class Ledger:
    """Who holds the lease, by what of its log was read.

    Attributes
    ----------
    held
        The last that its holder has said; None if nobody holds it.

    Examples
    --------
    >>> one = Note(kind="claim", claim=7, session="a", holder="x", host="h", pid=1,
    ...            since="2024-03-01T10:00:00Z", term_ms=10_000)
    >>> other = msgspec.structs.replace(one, session="b", host="i")
    >>> ledger = Ledger()
    >>> ledger.read(7, one)
    >>> ledger.read(8, other)
    >>> ledger.held.host
    'h'
    """

    def __init__(self) -> None:
        self.held: Note | None = None
        self._claim = -1

    def read(self, offset: int, note: Note) -> None:
        """Take the next record in."""
        if note.kind == "claim":
            if note.claim == offset:
                self.held, self._claim = note, note.claim
        elif self.held is not None and note.session == self.held.session:
            self.held = None if note.kind == "release" else note
        elif note.claim > self._claim:
            # Its claim lies before what was read.
            self.held = None if note.kind == "release" else note
            self._claim = note.claim

    def is_free_for(self, holder: str, host: str) -> bool:
        """Tell whether a holder may claim the lease without waiting.

        Whoever has the same recovery folder on the same host holds the lock of that folder, so the
        process that had it is gone.
        """
        held = self.held
        return held is None or (held.holder == holder and held.host == host)


def note_of(value: bytes) -> Note | None:
    """Return the note that a record is, None if it is none: a stranger may have written it."""
    try:
        return msgspec.json.decode(value, type=Note)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
