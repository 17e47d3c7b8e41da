"""Faults of the decider, planted while it decides: the audit of the whole run finds each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rtm_flows.decisions import contact_fields, served_rows, thompson
from rtm_flows.decisions.record import LimitCount
from rtm_flows.lanes import choose, contacting, pausing, superseding
from rtm_flows.people import shopping
from rtm_flows.policy import contacts, groups, showings, suppressed
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


def without_kind(decision_ids: Any) -> Any:
    """Return a way to name decisions that leaves out by which kind of moment a timer was set."""
    return lambda job, persons, triggers, places: decision_ids(
        job, persons, triggers, [(time, source * bool(id_), id_) for time, source, id_ in places]
    )


def one_more_showing(init: Any) -> Any:
    """Return a way to count showings that lets a person be shown one more."""

    def made(self: showings.Showings, counters: Any) -> None:
        init(self, counters)
        self._after = [after + 1 for after in self._after]

    return made


def unwelcome(told: Any) -> Any:
    """Return a way to hear what people were shown that does not hear what they took."""
    return lambda self, rows: (told(self, rows)[0], told(self, rows)[1] & False)


def an_hour_early(resting: Any) -> Any:
    """Return a way to look up what rests that ends pauses too late."""
    return lambda spells, clocks, *rows: resting(spells, clocks - 3_600_000, *rows)


def blind_to(reason: str) -> Callable[[Any], Any]:
    """Return ways to hold back that do not look at one thing that a person has running."""

    def plant(held: Any) -> Any:
        def looked(self: suppressed.Suppressed, rows: Any) -> Any:
            return held(self, rows.with_columns({reason: rows[reason] & False}))

        return looked

    return plant


def deaf_to(kind: str) -> Callable[[Any], Any]:
    """Return ways to follow what a person does that do not hear of one type of event."""

    def plant(take: Any) -> Any:
        def heard(self: shopping.Shopping, told: shopping.Told, *, remembers: bool) -> None:
            if told.kind != kind:
                take(self, told, remembers=remembers)

        return heard

    return plant


def all_but_the_first(offered: Any) -> Any:
    """Return a way to find items that leaves out the first of several."""

    def found(self: shopping.Shopping, *asked: Any) -> Any:
        told = offered(self, *asked)
        return [one._replace(items=one.items[1:] or one.items) for one in told]

    return found


def expiring_at_once(follow: Any) -> Any:
    """Return a way to follow what is on its way that lets go of it too soon."""

    def followed(self: superseding.Superseding, won: superseding.Won) -> superseding.Voided:
        lifetime, self._lifetime = self._lifetime, self._lifetime // 2
        found: superseding.Voided = follow(self, won)
        self._lifetime = lifetime
        return found

    return followed


def counting_on(follow: Any) -> Any:
    """Return a way to supersede that does not give contacts back."""

    def followed(self: superseding.Superseding, won: superseding.Won) -> superseding.Voided:
        found: superseding.Voided = follow(self, won)
        return found._replace(unsent=found.unsent[:0])

    return followed


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
    **{
        f"blind to {reason}": ((suppressed.Suppressed, "held", blind_to(reason)), "suppressions")
        for reason in ("open_case", "live_cart", "order_delayed")
    },
    **{
        f"deaf to {kind}": ((shopping.Shopping, "take", deaf_to(kind)), "suppressions")
        for kind in (
            *("view_item", "add_to_cart", "remove_from_cart", "purchase", "impression"),
            *("case_closed", "order_shipped", "refund"),
        )
    },
    "items left out": ((shopping.Shopping, "offered", all_but_the_first), "suppressions"),
    "shown too often": ((showings.Showings, "__init__", one_more_showing), "pauses"),
    "deaf to successes": ((pausing.Pausing, "_told", unwelcome), "pauses"),
    "pauses that last too long": ((pausing, "_resting", an_hour_early), "pauses"),
    "deaf to what went out": (
        (superseding.Superseding, "hear", lambda _: lambda *_: None),
        "superseded",
    ),
    "void too soon": ((superseding.Superseding, "follow", expiring_at_once), "superseded"),
    "what is void counts on": ((superseding.Superseding, "follow", counting_on), "limits"),
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
    "other ids of timers": ((served_rows, "decision_ids", without_kind), "identity"),
}


SHOWN_BY = {
    "pauses that last too long": 50, "deaf to refund": 29, "what is void counts on": 19,
    "blind to order_delayed": 14, "blind to live_cart": 13, "deaf to deliveries": 7,
    "deaf to successes": 7, "shown too often": 7, "deaf to impression": 5,
    "deaf to order_shipped": 5, "deaf to case_closed": 5, "blind to open_case": 5,
    "deaf to failures": 4, "other ids of timers": 4, "another floor": 4,
}  # fmt: skip
"""Seeds of runs in which a fault is found: looked at first, so that dozens need not be played."""


@pytest.mark.no_cover
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_decider_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    """In one of a few runs at least, by the check that is for it."""
    (where, name, planted), check = FAULTS[fault]
    monkeypatch.setattr(where, name, planted(getattr(where, name)))

    for seed in sorted(range(80), key=lambda seed: seed != SHOWN_BY.get(fault)):
        certificate, _ = audited(tmp_path, seed, 300)
        found = {one.check for one in certificate.verdicts if one.violations}
        if check in found:
            assert certificate.violations[0].decision_id is not None
            return
    pytest.fail("it was not found")
