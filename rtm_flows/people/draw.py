"""The draw: which rows of a session are learned from, chosen by hash.

In: rows of a pass and their places in their sessions. Out: the rows drawn. A row's hash depends on
the person and on the person's running number of events only, and its chance on its place only: not
on how the rows came, and not on what follows in the session. So what is learned at a place is what
is served there, however sessions end. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.state import Field, People

Hashes = NDArray[np.uint64]

FIELDS = (Field("events", "i8", (), 0), Field("hash", "u4", (), 0))
"""State columns: how many events of the person were accepted, and the hash of the person's key."""


def mix64(values: Hashes) -> Hashes:
    """Return the SplitMix64 finaliser of each value (Steele, Lea and Flood, 2014).

    Examples
    --------
    >>> hex(mix64(np.array([0], dtype=np.uint64))[0])
    '0xe220a8397b1dcdaf'
    """
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def number(rows: Rows, people: People) -> Ints:
    """Return the person's running number of each event, from 1."""
    return people["events"][rows.slot] + rows.index - rows.start + 1


def drawn(rows: Rows, place: Ints, number: Ints, people: People, per_session: int) -> Bools:
    """Tell which rows are drawn: those whose hash modulo their place is less than `per_session`.

    So the first `per_session` events of a session are, and as many, on average, of those from
    place n to 2.7 n.

    Parameters
    ----------
    place
        Place of each event in its session, from 1.
    number
        The person's running number of each event.
    """
    persons = people["hash"][rows.slot].astype(np.uint64) << np.uint64(32)
    hashes = mix64(persons + number.astype(np.uint64))
    return hashes % place.astype(np.uint64) < np.uint64(per_session)


def store(rows: Rows, number: Ints, people: People) -> None:
    """Write how many events each person has by the end of the pass into the state."""
    people["events"][rows.people] = number[rows.ends]
