"""The identity of a decision: a hash of what caused it.

In: the job's name, and person, trigger and canonical place. Out: an id that is the same on
every replay. It refuses to know what was decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

Place = tuple[int, str, str]
"""Canonical place of an event: its own time (milliseconds, not the clock), source and id.

Without de-duplication places may occur again: then the id is followed by 0x1F and the person's
running number of the event.
"""


def decision_id(job: str, person: str, trigger: str, place: Place) -> str:
    """Return the id of one decision: BLAKE2b, 16 bytes, in hexadecimal.

    Parameters
    ----------
    job
        Name of the job.
    person
        Person key at the time, with its prefix.
    trigger
        Name of the trigger, like `event:view_item`.
    place
        Canonical place of the triggering event.

    Examples
    --------
    >>> decision_id("shop", "u:7", "event:view_item", (1_710_325_274_000, "web", "e-1"))
    'f869c9a58283a7776adec4d18fd77e30'
    """
    return decision_ids(job, [person], [trigger], [place])[0]


def decision_ids(
    job: str, persons: Iterable[str], triggers: Iterable[str], places: Iterable[Place]
) -> list[str]:
    """Return the ids of many decisions of one job, as `decision_id` does."""
    causes = zip(persons, triggers, places, strict=True)
    return [
        blake2b(
            f"{job}\x1f{person}\x1f{trigger}\x1f{time}\x1f{source}\x1f{event}".encode(),
            digest_size=16,
        ).hexdigest()
        for person, trigger, (time, source, event) in causes
    ]
