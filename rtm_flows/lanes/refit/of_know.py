"""Know refitted: the people of lanes with the columns of another job, and dealt anew.

In: lanes of know as they were kept. Out: lanes as the other job would have kept them, had its
features begun now. Of people, and of what they have many of, everything goes by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from rtm_flows.columns import Table, as_text
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.errors import RecoveryError
from rtm_flows.features.window_cells import cells_refitted
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.know import Head
from rtm_flows.lanes.parts import Part, Run, merge
from rtm_flows.lanes.progress import END, START, heard_of
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.pieces import Lane, dealt_anew, encoded
from rtm_flows.lanes.refit.tables import codes, recoded, refitted
from rtm_flows.lanes.waiting import Waiting
from rtm_flows.people.moments import named_by_place
from rtm_flows.people.shoppers import RUNNING, WHOLE, carried_over, follows
from rtm_flows.people.state import Field, People

_NOBODY = np.zeros(0, dtype=np.int64)


def know_refitted(jobs: Jobs, states: Mapping[int, Loaded]) -> dict[int, Kept]:
    """Return lanes as the other job would have kept them.

    Parameters
    ----------
    jobs
        Both.
    states
        All lanes, if they are dealt anew; else any of them.
    """
    heads = {lane: msgspec.msgpack.decode(one.head, type=Head) for lane, one in states.items()}
    pieces = {lane: _piece(jobs, heads[lane], one.parts) for lane, one in states.items()}
    if jobs.deals_anew:
        pieces = dealt_anew(pieces, jobs, lambda people: people["hash"], lambda rows: rows["hash"])
    feeds = {lane: heard_of(one.heard, jobs.was.lanes) for lane, one in heads.items()}
    heard = jobs.heard(feeds, by_lane=True)
    reached = jobs.least({lane: one.reached for lane, one in heads.items()})
    oldest = jobs.least({lane: one.oldest for lane, one in heads.items()})
    tick = jobs.least({lane: one.tick for lane, one in heads.items()})
    some = next(iter(heads.values()))
    found: dict[int, Kept] = {}
    for lane in reached:
        piece = pieces.get(lane, Lane(None, None))
        waiting = _waiting(lane, piece.rows)
        people = encoded(piece.people)
        part = msgspec.msgpack.encode((people, waiting.people))
        depth = 1 if people or waiting.people else 0
        head = msgspec.structs.replace(
            some,
            heard=heard[lane].tobytes(),
            reached=reached[lane],
            oldest=oldest[lane],
            waiting=waiting.head,
            tick=tick[lane],
        )
        found[lane] = Kept(msgspec.msgpack.encode(head), part if depth else b"", depth)
    return found


def _piece(jobs: Jobs, head: Head, parts: Sequence[bytes]) -> Lane:
    pairs = [msgspec.msgpack.decode(part, type=tuple[bytes, bytes]) for part in parts]
    people = None
    if any(people for people, _ in pairs):
        found = merge([people for people, _ in pairs])
        people = _people(jobs, Part(found.people, found.runs))
    rows = None
    if head.waiting:
        hold = Hold()
        Waiting(hold).load(0, head.waiting, [rows for _, rows in pairs])
        rows = hold.of_lane(0)
    if rows is not None:
        rows = refitted(rows, jobs.was.no_events(), jobs.becomes.no_events(), {})
    return Lane(people, rows)


def _people(jobs: Jobs, part: Part) -> Part:
    """Return people with what they have many of, as the other job keeps them."""
    was, now = jobs.profiles
    kept_of = named_by_place(part.people, jobs.moments)
    like = named_by_place(_like(was.people), jobs.moments)
    people = refitted(kept_of, like, _like(now.people), _firsts(jobs))
    people = _shopping(jobs, people)
    kept = dict(zip([*was.runs, "seen"], part.runs, strict=True))
    runs = [
        _run(jobs, name, kept.get(name), now.runs[name].export(_NOBODY)[1], len(people))
        for name in now.runs
    ]
    return Part(people, [*runs, kept["seen"]])


def _shopping(jobs: Jobs, people: Table) -> Table:
    """Return people whose shopping is followed by another rule."""
    was, now = jobs.was.shopping, jobs.becomes.shopping
    if was is None or now is None or follows(was) == follows(now):
        return people
    whole, running = carried_over(people[WHOLE].tolist(), was, now)
    return people.with_columns({WHOLE: as_text(whole), RUNNING: running})


def _run(jobs: Jobs, name: str, kept: Run | None, like: Table, people: int) -> Run:
    if kept is None:
        return np.zeros(people, dtype=np.int64), like
    was, now = jobs.profiles
    if name == "windows":
        return cells_refitted(was.features.windows.asked, now.features.windows.asked, *kept)
    if "candidate" in kept[1]:
        names = (candidates_of(plan.actions).names for plan in (jobs.was, jobs.becomes))
        kept = recoded(kept, "candidate", codes(*names))
    counts, records = kept
    # Of what people have many of, only features are wider than they were.
    return counts, refitted(records, like, like, {"x": jobs.unknown})


def _like(people: People) -> Table:
    """Return a table of nobody, with all columns."""
    return people.export(_NOBODY)


def _firsts(jobs: Jobs) -> dict[str, object]:
    """Return what columns hold of people of whom they were not kept."""
    fields: Sequence[Field] = jobs.profiles[1].people.fields
    # Rows of features that wait were told before there were more: nothing was known of these.
    rows = ("pending_x", "latest_x")
    return {one.name: jobs.unknown if one.name in rows else one.first for one in fields}


def _waiting(lane: int, rows: Table | None) -> Kept:
    """Return rows that wait as `Waiting` writes them."""
    hold = Hold()
    if rows is not None and len(rows):
        hold.restore(lane, rows, np.arange(len(rows), dtype=np.int64), len(rows))
    return Waiting(hold).whole(lane)


def reached(states: Mapping[int, Loaded]) -> int | None:
    """Return the latest time that any of some lanes has reached, in milliseconds.

    Raises
    ------
    RecoveryError
        If one has told its end: it cannot go on as another.
    """
    times = [msgspec.msgpack.decode(one.head, type=Head).reached for one in states.values()]
    if any(time >= END for time in times):
        msg = "the run has told its end already: let it finish under the configuration as it was"
        raise RecoveryError(msg)
    return max((time for time in times if time > START), default=None)
