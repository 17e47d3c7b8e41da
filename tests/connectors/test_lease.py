"""The ledger of a lease: whoever reads the log agrees who holds it, from wherever they began."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors.lease import Ledger, Note, note_of

RUNS = 4


def note(run: int) -> Note:
    """Return the claim of a run that lies nowhere yet."""
    name = f"run{run}"
    return Note(
        kind="claim", claim=-1, session=name, holder=name, host="h", pid=run,
        since="2024-03-01T10:00:00Z", term_ms=1000,
    )  # fmt: skip


class Run:
    """A run that reads the log now and then, and does what its ledger tells, perhaps too late.

    What became of its own claim it always looks at first.
    """

    def __init__(self, number: int) -> None:
        self.own, self.ledger, self.end = note(number), Ledger(), 0
        self.has_claimed = False

    @property
    def holds(self) -> bool:
        """Whether it believes to hold the lease."""
        return self.ledger.held is not None and self.ledger.held.session == self.own.session

    def look(self, log: list[Note]) -> None:
        """Read the log to its end."""
        for offset in range(self.end, len(log)):
            self.ledger.read(offset, log[offset])
        self.end = len(log)

    def act(self, log: list[Note], *, release: bool) -> None:
        """Renew or release what it believes to hold; claim what nobody has spoken for in time."""
        if self.has_claimed:
            self.look(log)
            self.has_claimed = False
        if self.holds:
            kind = "release" if release else "renewal"
            log.append(msgspec.structs.replace(self.own, kind=kind))
        else:
            self.own = msgspec.structs.replace(self.own, claim=self.end)
            log.append(self.own)
            self.has_claimed = True


steps = st.lists(
    st.tuples(st.integers(0, RUNS - 1), st.sampled_from(["look", "act", "act", "release"])),
    max_size=60,
)


@given(steps)
def test_all_who_have_read_the_log_agree(steps: list[tuple[int, str]]) -> None:
    """At most one holds it, whatever was written at the same time; so does who began later."""
    log: list[Note] = []
    runs = [Run(number) for number in range(RUNS)]
    for number, what in steps:
        if what == "look":
            runs[number].look(log)
        else:
            runs[number].act(log, release=what == "release")
    for one in runs:
        one.look(log)
    held = runs[0].ledger.held
    assert sum(one.holds for one in runs) == (held is not None)
    assert all(one.ledger.held == held for one in runs)
    if held is None:
        return
    own = [(at, one) for at, one in enumerate(log) if one.session == held.session]
    last = max(at for at, one in own if one.kind == "renewal" or one.claim == at)
    for start in range(last + 1):
        ledger = Ledger()
        for offset in range(start, len(log)):
            ledger.read(offset, log[offset])
        assert ledger.held is not None
        assert ledger.held.session == held.session


def test_only_the_same_folder_on_the_same_host_need_not_wait() -> None:
    """Its lock is what proves that the former process is gone."""
    ledger = Ledger()
    assert ledger.is_free_for("x", "h")
    ledger.read(0, msgspec.structs.replace(note(1), claim=0))
    assert ledger.is_free_for("run1", "h")
    assert not ledger.is_free_for("run1", "other")
    assert not ledger.is_free_for("other", "h")


def test_what_a_stranger_has_written_is_no_note() -> None:
    """Whatever it is; a note is read back as it was."""
    assert note_of(b"{}") is None
    assert note_of(b"\xff") is None
    assert note_of(msgspec.json.encode(note(1))) == note(1)
