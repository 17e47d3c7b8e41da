"""Decide refitted: contacts, pauses and what waits, by the names of another job, and dealt anew.

In: lanes of decide as they were kept. Out: lanes as the other job would have kept them. Limits,
pauses, candidates and models go by name; what the other job has no name for is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from rtm_flows.columns import Column, Table, pack, unpack
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.events.person import key_hashes
from rtm_flows.features.compute import scaled
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.contacting import CONTACTS, DELIVERIES, SHOWINGS, Contacting
from rtm_flows.lanes.crossings import Crossings
from rtm_flows.lanes.decide import Head
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.parts import Part, Run, merge
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.of_rows import rows_refitted
from rtm_flows.lanes.refit.pieces import Lane, dealt_anew, encoded
from rtm_flows.lanes.refit.tables import codes, recoded, some_of, widened
from rtm_flows.lanes.served import Served
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.versioned import Taught

_NOBODY = np.zeros(0, dtype=np.int64)
_COLUMN = {SHOWINGS: "counter", DELIVERIES: "place"}
"""By run the column that holds numbers of names."""

Versions = list[tuple[bytes, bytes]]
"""Of each model ticks and parameters, as the head of a lane holds them."""


def decide_refitted(jobs: Jobs, states: Mapping[int, Loaded]) -> dict[int, Kept]:
    """Return lanes as the other job would have kept them; see `know_refitted`."""
    heads = {lane: msgspec.msgpack.decode(one.head, type=Head) for lane, one in states.items()}
    knows = Chooser(jobs.was).contacting, Chooser(jobs.becomes).contacting
    pieces = {lane: _piece(jobs, knows, heads[lane], one.parts) for lane, one in states.items()}
    leaving = {lane: _leaving(one) for lane, one in heads.items()}
    if jobs.deals_anew:
        pieces = dealt_anew(pieces, jobs, _hashes, _hashes)
        leaving = dealt_anew(leaving, jobs, _hashes, _hashes)
    sides = _sides(jobs, states)
    tick = jobs.least({lane: one.tick for lane, one in heads.items()})
    closed = jobs.least({lane: one.closed for lane, one in heads.items()})
    since = jobs.least({lane: one.since for lane, one in heads.items()})
    served = {lane: _served(jobs, one.served) for lane, one in heads.items()}
    if jobs.deals_anew:
        served = dict.fromkeys(tick, _together(list(served.values())))
    some = next(iter(heads.values()))
    found: dict[int, Kept] = {}
    for lane in tick:
        piece, stand = pieces.get(lane, Lane(None, None)), sides.whole(lane)
        head = msgspec.structs.replace(
            some,
            tick=tick[lane],
            closed=closed[lane],
            served=served[lane],
            since=since[lane],
            waiting=_packed(piece.rows, lane),
            left=_packed(leaving.get(lane, Lane(None, None)).rows, lane),
        )
        people = encoded(piece.people)
        depth = 1 if people or stand.people else 0
        part = msgspec.msgpack.encode((people, stand.people)) if depth else b""
        found[lane] = Kept(msgspec.msgpack.encode(head), part, depth)
    return found


def _hashes(rows: Table) -> Column:
    return key_hashes(rows["person"].tolist())


def _packed(rows: Table | None, lane: int) -> bytes | None:
    if rows is None or not len(rows):
        return None
    return pack(rows.with_columns({"lane": np.full(len(rows), lane, dtype=np.int64)}))


def _piece(
    jobs: Jobs, knows: tuple[Contacting, Contacting], head: Head, parts: Sequence[bytes]
) -> Lane:
    pairs = [msgspec.msgpack.decode(part, type=tuple[bytes, bytes]) for part in parts]
    people = None
    if knows[1].active and any(people for people, _ in pairs):
        found = merge([people for people, _ in pairs])
        people = _people(knows, Part(found.people, found.runs))
    rows = None
    if head.waiting is not None:
        rows = rows_refitted(jobs, unpack(head.waiting))
    return Lane(people, rows)


def _leaving(head: Head) -> Lane:
    """Return who leaves, as rows."""
    return Lane(None, None if head.left is None else unpack(head.left))


def _people(knows: tuple[Contacting, Contacting], part: Part) -> Part:
    """Return people with what they have many of, as the other job keeps them."""
    was, now = knows
    kept = dict(zip(was.runs, part.runs, strict=True))
    runs: list[Run] = []
    for name, run in now.runs.items():
        if name not in kept:
            runs.append((np.zeros(len(part.people), dtype=np.int64), run.export(_NOBODY)[1]))
            continue
        numbers = codes(was.numbered[name], now.numbered[name])
        if name == CONTACTS:
            runs.append(_contacts(kept[name], numbers))
        else:
            runs.append(recoded(kept[name], _COLUMN[name], numbers))
    return Part(part.people, runs)


def _contacts(run: Run, places: Sequence[int]) -> Run:
    """Return contacts that fall under limits by their new places; others are left out."""
    counts, records = run
    old = records["limits"]
    new = np.zeros(len(records), dtype=np.uint64)
    for bit, place in enumerate(places):
        if place >= 0:
            new |= (old >> np.uint64(bit) & np.uint64(1)) << np.uint64(place)
    return some_of((counts, records.with_columns({"limits": new})), np.asarray(new > 0))


def _served(jobs: Jobs, kept: Versions) -> Versions:
    """Return the versions of the other job's models: none yet of those that come new."""
    was, now = jobs.was, jobs.becomes
    known = dict(zip(was.model_names, kept, strict=False))
    found = [_versions(jobs, known.get(name)) for name in now.model_names]
    if now.responses is not None:
        ticks, counts = (b"", b"") if was.responses is None else kept[-1]
        names = [candidates_of(plan.actions).names for plan in (was, now)]
        rows = np.frombuffer(counts, dtype=np.float64).reshape(-1, 2, len(names[0]))
        places = np.array(codes(names[1], names[0]), dtype=np.int64)
        wide = np.concatenate([rows, np.zeros((len(rows), 2, 1))], axis=2)[:, :, places]
        found.append((ticks, np.ascontiguousarray(wide).tobytes()))
    return found


def _versions(jobs: Jobs, kept: tuple[bytes, bytes] | None) -> tuple[bytes, bytes]:
    """Return versions of a model with the features of the other job, of which it knows nothing."""
    if kept is None:
        return b"", b""
    ticks, parameters = kept
    size, wide = len(jobs.was.features), len(jobs.becomes.features)
    if size == wide:
        return kept
    rows = np.frombuffer(parameters, dtype=np.float64).reshape(-1, COUNTS + 2 * size)
    mean, slope = rows[:, COUNTS : COUNTS + size], rows[:, COUNTS + size :]
    values = scaled(jobs.unknown[None], jobs.becomes.features)[0]
    columns = [rows[:, :COUNTS], widened(mean, values), widened(slope, np.zeros(wide))]
    return ticks, np.concatenate(columns, axis=1).tobytes()


def _together(kept: Sequence[Versions]) -> Versions:
    """Return all versions that lanes have kept of each model."""
    found: Versions = []
    for model in zip(*kept, strict=True):
        width = max((len(p) // len(t) for t, p in model if t), default=1)
        served = Served(width)
        for ticks, rows in model:
            parameters = np.frombuffer(rows, dtype=np.float64).reshape(-1, width)
            served.add(Taught(np.frombuffer(ticks, dtype=np.int64), parameters))
        found.append((served.ticks.tobytes(), served.parameters.tobytes()))
    return found


def _sides(jobs: Jobs, states: Mapping[int, Loaded]) -> Crossings:
    """Return where people stand to crossings, in the lanes to which they come."""
    was, now = Crossings(jobs.was), Crossings(jobs.becomes)
    for lane, one in states.items():
        pairs = [msgspec.msgpack.decode(part, type=tuple[bytes, bytes]) for part in one.parts]
        was.load(lane, [sides for _, sides in pairs])

    def lane_of(person: str) -> int:
        return int(jobs.lanes_of(key_hashes([person]))[0])

    was.deal(now, lane_of if jobs.deals_anew else None)
    return now
