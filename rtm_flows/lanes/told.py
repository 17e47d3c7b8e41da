"""What know tells of sessions that ended: their records, and examples to learn from.

In: closed sessions with their kept rows, and rows whose horizon ended. Out: tables for the session
output and for the fold. What is cut off by the end of input gives no example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.lanes.folded import END_OF_INPUT, EVICTED, Closed, Cut, Folded
from rtm_flows.lanes.plan import CHURN, INTENT, Plan
from rtm_flows.lanes.profiles import Profiles
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.parts import ALL_GONE, CAME, PARTS
from rtm_flows.people.session_sums import RECORD

_PURCHASES = list(RECORD).index("purchases")


class Told:
    """Sessions that ended together.

    Parameters
    ----------
    cut
        What cut them off; None where time or later events ended them.
    """

    def __init__(self, profiles: Profiles, plan: Plan, closed: Closed, cut: Cut | None) -> None:
        self._keys = profiles.people.keys
        self._churn, self._labels = plan.churn, plan.intent.labels
        self._closed = closed
        self._cut = cut
        last: Ints = closed.sessions["last"]
        self._closed_at = last + plan.gap_ms
        if cut is not None:
            self._closed_at = np.broadcast_to(cut.at, len(last)).astype(np.int64)

    @property
    def ended(self) -> int:
        """Number of sessions."""
        return len(self._closed.sessions)

    @property
    def kept(self) -> int:
        """Number of kept rows."""
        return len(self._closed.kept)

    @property
    def bought(self) -> int:
        """Number of rows that waited for a purchase."""
        return len(self._closed.bought)

    @property
    def away(self) -> int:
        """Number of rows that waited for their horizon."""
        return len(self._closed.away)

    @property
    def pending(self) -> Mapping[str, int]:
        """By name of moment, the timers that were cut off."""
        return self._closed.pending or {}

    @property
    def cut(self) -> str | None:
        """What cut them off, by name; None for nothing."""
        return None if self._cut is None else self._cut.by

    def examples(self) -> Table:
        """Return the labelled examples of all models: none of what was cut off."""
        intent, *rest = self._intent(), self._buying(), self._leaving()
        told = concat([intent, *(one for one in rest if len(one))])
        if self.cut is None:
            return told
        return self._gone() if self.cut == EVICTED else told.slice(0, 0)

    def _intent(self) -> Table:
        kept = self._closed.kept
        at = kept["closed"]
        sessions = self._closed.sessions
        return Table(
            {
                "model": np.full(len(at), INTENT, dtype=np.int8),
                "time": self._closed_at[at],
                "person": as_text([self._keys[s] for s in sessions["slot"][at].tolist()]),
                "sequence": kept["number"],
                "x": kept["x"],
                "label": sessions["sums"][at, _PURCHASES] > 0,
            }
        )

    def _buying(self) -> Table:
        rows = self._closed.bought
        if self._labels == "wait":
            rows = rows.take(rows["part"] != CAME)
        return Table(
            {
                "model": np.full(len(rows), INTENT, dtype=np.int8),
                "time": rows["time"],
                "person": as_text([self._keys[s] for s in rows["slot"].tolist()]),
                "sequence": rows["number"] * PARTS + rows["part"],
                "x": rows["x"],
                "label": rows["met"],
            }
        )

    def _gone(self) -> Table:
        """Return that nothing more is told of rows that wait, once of each person who left."""
        rows = self._closed.bought
        rows = rows.take(np.unique(rows["slot"], return_index=True)[1])
        return Table(
            {
                "model": np.full(len(rows), INTENT, dtype=np.int8),
                "time": rows["time"],
                "person": as_text([self._keys[s] for s in rows["slot"].tolist()]),
                "sequence": np.full(len(rows), ALL_GONE, dtype=np.int64),
                "x": np.zeros_like(rows["x"]),
                "label": np.zeros(len(rows), dtype=np.bool_),
            }
        )

    def _leaving(self) -> Table:
        rows = self._closed.away
        contract = self._churn is not None and self._churn.contract
        return Table(
            {
                "model": np.full(len(rows), CHURN, dtype=np.int8),
                "time": rows["time"],
                "person": as_text([self._keys[s] for s in rows["slot"].tolist()]),
                "sequence": np.zeros(len(rows), dtype=np.int64),
                "x": rows["x"],
                "label": rows["met"] if contract else ~rows["met"],
            }
        )

    def sessions(self) -> Table:
        """Return the session records as columns."""
        sessions = self._closed.sessions
        return Table(
            {
                "person": as_text([self._keys[s] for s in sessions["slot"].tolist()]),
                "session": sessions["session"],
                "start": sessions["start"],
                "end": sessions["last"],
                "closed_at": self._closed_at,
                "cut": np.full(self.ended, self.cut is not None),
                "evicted": np.full(self.ended, self.cut == EVICTED),
                "sums": sessions["sums"][:, : len(RECORD)],
            }
        )


def count(folded: Folded, told: Sequence[Told], plan: Plan) -> dict[str, int]:
    """Return what one pass adds to the accounting."""
    final = [one for one in told if one.cut == END_OF_INPUT]
    pending = {f"pending:{name}": n for one in final for name, n in one.pending.items()}
    return {
        **pending,
        "accepted": int(folded.admitted.new.sum()),
        "duplicate": folded.admitted.duplicates,
        "conflicting": folded.admitted.conflicting,
        "sessions_gap": sum(one.ended for one in told if one.cut is None),
        "sessions_end_of_input": sum(one.ended for one in final),
        "censored:intent": sum(one.kept + one.bought for one in final),
        "censored:churn": sum(one.away for one in final),
        **(_evicted(folded, [one for one in told if one.cut == EVICTED], plan)),
    }


def _evicted(folded: Folded, told: Sequence[Told], plan: Plan) -> dict[str, int]:
    """Return who left, and what was cut off by that; nothing of a job that keeps everybody."""
    if not plan.leaves:
        return {}
    crowded = int(folded.left.crowded.sum())
    return {
        "evicted:inactive": len(folded.left.slots) - crowded,
        "evicted:most_per_lane": crowded,
        "evicted:timers": sum(n for one in told for n in one.pending.values()),
        "sessions_evicted": sum(one.ended for one in told),
        "unlearned:intent": sum(one.kept + one.bought for one in told),
        "unlearned:churn": sum(one.away for one in told),
    }
