"""Contacts that count no more, or again, in the auditor's limits: expired, released, superseded."""

from __future__ import annotations

import pytest

from tests.audit.sound import read
from tests.audit.test_limits import book, counted, mail, outcome


def expired(failed: str | None, counts: int) -> list[str]:
    """Return what is found in a mail after 18 mails of one day, all of which have expired.

    The first and the latest are told to be delivered between them; the second to have failed, with
    this id, at the very time at which the latest is decided on.
    """
    at = "2024-01-01T00:30:00Z"
    lines = [outcome(decision_id=str(n), time="2024-01-01T00:45:00Z", id="x") for n in (0, 17)]
    if failed is not None:
        lines.append(outcome(decision_id="1", type="failed", time=at, id=failed or None))
    often = {"name": "often", "most": 99, "per": "P1D", "channels": "email"}
    limits = book({"limits": [often], "contacts": {"reports": True}}, lines)
    for n in range(18):
        time = at if n == 17 else f"2024-01-01T00:{n:02}:00Z"
        sent = mail(n, decision_id=str(n), decision_time=time, expires_at=time)
        assert list(limits.enter(read({**sent, "limits": counted(often=1)}))) == []
    late = mail(30, decision_time="2024-01-01T01:00:00Z", limits=counted(often=counts))
    return list(limits.enter(read(late)))


@pytest.mark.parametrize(
    ("failed", "counts"),
    [
        # Behind the first came 16 before the latest: it is forgotten, if none of them had failed.
        (None, {2}),
        ("e17", {3}),
        ("e17x", {2}),
        # A derived id leaves it open whether the failure was told before the latest was decided on.
        ("", {2, 3}),
    ],
)
def test_what_may_have_been_released_may_leave_room_to_remember(
    failed: str | None, counts: set[int]
) -> None:
    """Then an older contact that expired may count once it is told, or may not."""
    allowed = {count for count in (1, 2, 3, 4) if not expired(failed, count)}

    assert allowed == counts


@pytest.mark.parametrize(
    ("begins", "reports", "counts"),
    [("00:00", False, 2), ("00:02", False, 2), ("00:03", False, 1), ("00:00", True, 1)],
)
def test_what_is_superseded_before_it_went_out_counts_no_more(
    begins: str, *, reports: bool, counts: int
) -> None:
    """From the decision after the one that takes its place; while it waits, or all is reported."""
    often = {"name": "often", "most": 99, "per": "P1D", "channels": "email"}
    limits = book({"limits": [often], "contacts": {"reports": reports}}, [])
    times = {"expires_at": "2024-01-01T09:00:00Z"}
    first = mail(0, decision_id="a", **times, not_before=f"2024-01-01T{begins}:00Z")
    new = {"decision_id": "b", "decision_time": "2024-01-01T00:02:00Z", "supersedes": "a"}
    third = mail(2, decision_id="c", **times, decision_time="2024-01-01T00:04:00Z")

    assert list(limits.enter(read({**first, "limits": counted(often=1)}))) == []
    second = mail(1, **times, **new)
    assert list(limits.enter(read({**second, "limits": counted(often=2)}))) == []
    assert list(limits.enter(read({**third, "limits": counted(often=counts + 1)}))) == []


def test_what_is_superseded_counts_if_it_is_told_to_have_gone_out_after_all() -> None:
    """Also where it waited."""
    often = {"name": "often", "most": 99, "per": "P1D", "channels": "email"}
    limits = book({"limits": [often]}, [outcome(time="2024-01-01T00:03:00Z")])
    first = mail(0, decision_id="a", not_before="2024-01-01T00:03:00Z", limits=counted(often=1))
    new = {"decision_time": "2024-01-01T00:02:00Z", "supersedes": "a", "limits": counted(often=2)}
    third = mail(2, decision_time="2024-01-01T00:04:00Z", limits=counted(often=3))

    for record in (first, mail(1, decision_id="b", **new), third):
        assert list(limits.enter(read(record))) == []


def test_what_is_superseded_is_one_of_the_sixteen() -> None:
    """It lapses before the new contact is reserved, and leaves one before it no room."""
    lines = [outcome(decision_id="0", time="2024-01-01T00:30:00Z", id="x")]
    often = {"name": "often", "most": 99, "per": "P1D", "channels": "email"}
    for supersedes, counts in (("16", 1), (None, 3)):
        limits = book({"limits": [often], "contacts": {"reports": True}}, lines)
        for n in range(18):
            last = {"supersedes": supersedes} if n == 17 else {}
            end = "09:00:00" if n > 15 else f"00:{n:02}:30"
            times = {"expires_at": f"2024-01-01T{end}Z"}
            sent = mail(n, decision_id=str(n), decision_time=f"2024-01-01T00:{n:02}:00Z", **times)
            told = {**sent, **last, "limits": counted(often=1 + (n == 17))}
            assert list(limits.enter(read(told))) == []
        late = mail(30, decision_time="2024-01-01T01:00:00Z", limits=counted(often=counts + 1))
        assert list(limits.enter(read(late))) == []
