"""Parts: some people of a lane as plain bytes, and all of them put together again.

In: people and what they have many of, as tables, and the keys of those who are gone. Out: bytes;
and of the parts of a lane, the newest first, each person as the newest part has it. It refuses to
know what the columns mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from rtm_flows.columns import Stacked, Table, pack, pack_each
from rtm_flows.lanes.kept import Bytes
from rtm_flows.people.pool import spread
from rtm_flows.people.rows import Ints

Run = tuple[Ints, Table]
"""Of how many records every person has another number: the counts, and all records."""


class Part(NamedTuple):
    """Some people of a lane."""

    people: Table
    """With the column `person`."""
    runs: Sequence[Run]
    gone: Sequence[str] = ()
    """Keys of people who were forgotten since the part before, whether they came back or not."""


class Merged(NamedTuple):
    """All people of a lane."""

    people: Table
    runs: list[Run]
    ages: Ints
    """Of each person, in how many parts before the newest it was found."""


class _Packed(msgspec.Struct, array_like=True):
    people: memoryview
    runs: list[memoryview]
    """Read back, both are the bytes of the part, not copied."""
    gone: list[str]


_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode(part: Part) -> bytes:
    """Return a part as plain bytes (MessagePack)."""
    counts = {f"run_{number}": count for number, (count, _) in enumerate(part.runs)}
    people = memoryview(pack(part.people.with_columns(counts)))
    runs = [memoryview(pack(records)) for _, records in part.runs]
    return msgspec.msgpack.encode(_Packed(people, runs, list(part.gone)))


def encode_each(part: Part, sizes: Sequence[int], gone: Sequence[Sequence[str]]) -> list[bytes]:
    """Return the people of a part as several, each as `encode` does.

    Parameters
    ----------
    part
        The people of all, one after the other.
    sizes
        How many people come into each.
    gone
        Who was forgotten, of each.
    """
    ends = np.cumsum(sizes)
    counts = {f"run_{number}": count for number, (count, _) in enumerate(part.runs)}
    people = [memoryview(one) for one in pack_each(part.people.with_columns(counts), sizes)]
    cut = [
        pack_each(records, np.diff(np.append(0, count.cumsum())[np.append(0, ends)]).tolist())
        for count, records in part.runs
    ]
    runs = [[memoryview(run[at]) for run in cut] for at in range(len(sizes))]
    return [
        msgspec.msgpack.encode(_Packed(*one))
        for one in zip(people, runs, map(list, gone), strict=True)
    ]


def merge(parts: Sequence[Bytes]) -> Merged:
    """Return each person as the newest part has it, but for those who are gone.

    Parameters
    ----------
    parts
        The newest first, an empty text where there was nothing to write; at least one is not.

    Raises
    ------
    msgspec.DecodeError
        If one is no part.
    """
    ages = [age for age, data in enumerate(parts) if data]
    packed = [_DECODER.decode(data) for data in parts if data]
    people = Stacked([one.people for one in packed])
    persons = people["person"].tolist()
    fresh = _fresh(persons, people.lengths, [one.gone for one in packed])
    rows = None if len(fresh) == len(persons) else fresh
    names = [f"run_{number}" for number in range(len(packed[0].runs))]
    runs = [
        _taken(people[name].astype(np.int64), Stacked([one.runs[at] for one in packed]), rows)
        for at, name in enumerate(names)
    ]
    each = np.repeat(np.array(ages, dtype=np.int64), people.lengths)[fresh]
    return Merged(people.take(rows, without=names), runs, each)


def _fresh(persons: list[str], lengths: Sequence[int], gone: Sequence[Sequence[str]]) -> Ints:
    """Return where each person comes first, without those who were gone before, ascending."""
    places = dict(zip(reversed(persons), range(len(persons) - 1, -1, -1), strict=True))
    for end, names in zip(np.cumsum(lengths).tolist(), gone, strict=True):
        for person in names:
            if places.get(person, -1) >= end:
                del places[person]
    return np.sort(np.fromiter(places.values(), dtype=np.int64, count=len(places)))


def _taken(counts: Ints, records: Stacked, people: Ints | None) -> Run:
    """Return the records of some people, given how many everybody has."""
    if people is None:
        return counts, records.take(None)
    rows = spread((np.cumsum(counts) - counts)[people], counts[people])
    return counts[people], records.take(rows)


def dealt(part: Part, lanes: Ints) -> dict[int, Part]:
    """Return the people of each lane, given the lane of each."""
    return {
        lane: _some(part, np.flatnonzero(lanes == lane).tolist())
        for lane in np.unique(lanes).tolist()
    }


def joined(parts: Sequence[Part]) -> Part:
    """Return the people of several parts, none of whom is in two, as one part."""
    runs = zip(*(part.runs for part in parts), strict=True)
    return Part(_join([part.people for part in parts]), [_one_run(run) for run in runs])


def _one_run(runs: Sequence[Run]) -> Run:
    """Return the records of several, one below the other."""
    counts = np.concatenate([counts for counts, _ in runs])
    return counts, _join([records for _, records in runs])


def _some(part: Part, places: Sequence[int]) -> Part:
    """Return some of the people of a part."""
    at = np.array(places, dtype=np.int64)
    runs = [
        (counts[at], records.take(spread((np.cumsum(counts) - counts)[at], counts[at])))
        for counts, records in part.runs
    ]
    return Part(part.people.take(at), runs)


def _join(tables: Sequence[Table]) -> Table:
    """Join tables, one below the other; numbers of two widths become the wider."""
    if len(tables) == 1:
        return tables[0]
    return Table({name: np.concatenate([one[name] for one in tables]) for name in tables[0]})
