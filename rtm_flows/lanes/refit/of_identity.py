"""Identity refitted: rows on their way, with the columns of another job, and dealt anew.

In: lanes of identity as they were kept. Out: lanes as the other job would have kept them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rtm_flows.columns import pack, unpack
from rtm_flows.lanes.identity import Head
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.progress import heard_of
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.pieces import Lane, dealt_anew
from rtm_flows.lanes.refit.tables import refitted


def identity_refitted(jobs: Jobs, states: Mapping[int, Loaded]) -> dict[int, Kept]:
    """Return lanes as the other job would have kept them; see `know_refitted`."""
    heads = {lane: msgspec.msgpack.decode(one.head, type=Head) for lane, one in states.items()}
    pieces = {lane: _piece(jobs, head) for lane, head in heads.items()}
    if jobs.deals_anew:
        pieces = dealt_anew(pieces, jobs, lambda people: people["hash"], lambda rows: rows["hash"])
    feeds = {lane: heard_of(one.heard, jobs.was.partitions) for lane, one in heads.items()}
    found: dict[int, Kept] = {}
    for lane, heard in jobs.heard(feeds, by_lane=False).items():
        rows = pieces.get(lane, Lane(None, None)).rows
        head = Head(heard.tobytes(), None if rows is None else pack(rows))
        found[lane] = Kept(msgspec.msgpack.encode(head), b"", 0)
    return found


def _piece(jobs: Jobs, head: Head) -> Lane:
    if head.waiting is None:
        return Lane(None, None)
    rows = unpack(head.waiting)
    return Lane(None, refitted(rows, jobs.was.no_events(), jobs.becomes.no_events(), {}))
