"""Rows that wait for their versions refitted: as know would have told them to another job's decide.

In: rows as one job's decide has kept them. Out: the rows of the other's. Rows of moments that it
does not know are left out. What only it asks of people was not told of them: then nothing is
running, and there is no item to offer.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.decisions.fired import TRIGGER
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.tables import refitted
from rtm_flows.people.shopping import LEFT_OUT

_NO_ITEM = LEFT_OUT.index("no_item")


def rows_refitted(jobs: Jobs, rows: Table) -> Table:
    """Return rows that wait as the other job's know would have told them."""
    was, now = jobs.accepted
    if TRIGGER in rows:
        place = np.array([0, *(one + 1 for one in jobs.moments)], dtype=np.int64)
        moment = place[rows[TRIGGER]]
        stays = (moment > 0) | (rows[TRIGGER] == 0)
        rows = rows.with_columns({TRIGGER: moment}).take(np.asarray(stays))
    firsts: dict[str, object] = {"x": jobs.unknown, "matched": ""}
    firsts |= {name: "" for name in now if name.startswith("items:")}
    firsts |= {name: _NO_ITEM for name in now if name.startswith("left:")}
    return refitted(rows, was, now, firsts)
