"""Faults of the decider, planted while it decides: the audit of the whole run finds each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.decisions import contact_fields, served_rows, thompson
from rtm_flows.decisions.record import LimitCount
from rtm_flows.lanes import choose, contacting
from rtm_flows.policy import contacts, groups
from tests.audit.test_whole_runs import audited

Planted = tuple[Any, str, Callable[[Any], Any]]


def one_more(used: Any) -> Any:
    """Return a way to ask for contacts that allows one too many."""

    def asked(self: contacts.Contacts, *rows: Any) -> contacts.Used:
        found: contacts.Used = used(self, *rows)
        return found._replace(up=found.counts > self._bounds)

    return asked


def fewer(of: Any) -> Any:
    """Return a way to tell how far limits are used that leaves out the contact that is made."""

    def told(self: contact_fields.LimitCounts, winners: Any, scored: Any) -> Any:
        for one in of(self, winners, scored):
            found = msgspec.convert(msgspec.json.decode(msgspec.json.encode(one)), list[LimitCount])
            yield [LimitCount(limit.limit, limit.count - 1) for limit in found]

    return told


def a_little_more(arbitrate: Any) -> Any:
    """Return an arbitration with another floor than the job's."""

    def arbitrated(compiled: Any, dropped: Any, score: Any, floor: float, *others: Any) -> Any:
        return arbitrate(compiled, dropped, score, floor + 0.2, *others)

    return arbitrated


def without_source(decision_ids: Any) -> Any:
    """Return a way to name decisions that leaves out where events came from."""
    return lambda job, persons, triggers, places: decision_ids(
        job, persons, triggers, [(time, "", event) for time, _, event in places]
    )


FAULTS: dict[str, tuple[Planted, str]] = {
    "a contact too many": ((contacts.Contacts, "used", one_more), "limits"),
    "deaf to failures": (
        (contacts.Contacts, "release", lambda _: lambda *_: None),
        "limits",
    ),
    "deaf to deliveries": (
        (contacts.Contacts, "settle", lambda _: lambda *_: None),
        "limits",
    ),
    "deaf to zones": (
        (contacting.Contacting, "_zones_of", lambda _: lambda _, asked: 0 * asked.slots),
        "limits",
    ),
    "counts that lag behind": ((contact_fields.LimitCounts, "of", fewer), "limits"),
    "another draw": (
        (choose, "draws", lambda draws: lambda ids, salt: draws(ids, salt + "!")),
        "choice",
    ),
    "another floor": ((choose, "arbitrate", a_little_more), "choice"),
    "other arms": (
        (groups, "parts", lambda parts: lambda salt, keys: parts(salt + "!", keys)),
        "arms",
    ),
    "other beliefs": (
        (thompson, "log_ends", lambda ends: lambda mean, strength: ends(mean, 2.0 * strength)),
        "choice",
    ),
    "other ids": ((served_rows, "decision_ids", without_source), "identity"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_decider_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """In one of a few runs at least, by the check that is for it."""
    (where, name, planted), check = FAULTS[fault]
    monkeypatch.setattr(where, name, planted(getattr(where, name)))

    for seed in range(40):
        certificate, _ = audited(tmp_path, seed, 300)
        found = {one.check for one in certificate.verdicts if one.violations}
        if check in found:
            assert certificate.violations[0].decision_id is not None
            return
    pytest.fail("it was not found")
