"""Decide: scores with the version that holds, and one decision for every trigger.

In: rows of some lanes from know, and versions from the fold. Out: lines of decisions and scores.
A row waits until the fold has closed the tick whose version it is to be scored with, so every
worker scores it with the same weights.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, pack, unpack
from rtm_flows.features.compute import scaled
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.messages import KnownRows, Lines, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END, START, Ints
from rtm_flows.lanes.span import Span
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.score import score_rows


class Decided(NamedTuple):
    """What one pass of decide writes."""

    lines: list[Lines]
    counts: dict[str, int]
    lanes: Ints
    marks: Ints
    """Per lane: all lines of earlier ticks have been told."""
    scored: Table | None
    """The rows with their scores, for who asks for columns."""


class _Saved(msgspec.Struct, array_like=True):
    tick: int
    closed: int
    ticks: bytes
    parameters: bytes
    waiting: bytes | None


class Decide:
    """The decide lanes of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._choose = Chooser(plan)
        self._hold = Hold()
        self._inbox: list[tuple[int, KnownRows | Versions]] = []
        self._dirty: set[int] = set()
        self._tick: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._closed: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._versions = Served(COUNTS + 2 * len(plan.features))

    def take(self, lane: int, message: KnownRows | Versions) -> None:
        """Take in a message; it is worked on in the next `run`."""
        self._inbox.append((lane, message))
        self._dirty.add(lane)

    def run(self) -> Decided | None:
        """Decide what can be decided, or return None if nothing came in."""
        self._absorb()
        lanes, self._dirty = sorted(self._dirty), set()
        return self._decide(np.array(lanes, dtype=np.int64)) if lanes else None

    def save(self, lane: int) -> bytes:
        """Return the state of a lane, with the versions that later rows may need."""
        self._absorb()
        rows = self._hold.of_lane(lane)
        ticks, parameters = self._versions.since(self._needed(np.array([lane])))
        return msgspec.msgpack.encode(
            _Saved(
                int(self._tick[lane]),
                int(self._closed[lane]),
                ticks.tobytes(),
                parameters.tobytes(),
                None if rows is None else pack(rows),
            )
        )

    def load(self, lane: int, state: bytes) -> None:
        """Restore the state of a lane; it is looked at in the next `run`."""
        self._dirty.add(lane)
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._tick[lane], self._closed[lane] = saved.tick, saved.closed
        ticks = np.frombuffer(saved.ticks, dtype=np.int64)
        parameters = np.frombuffer(saved.parameters, dtype=np.float64)
        width = COUNTS + 2 * len(self.plan.features)
        self._versions.add(Versions(saved.closed, ticks, parameters.reshape(-1, width)))
        if saved.waiting is not None:
            self._hold.add_table(lane, unpack(saved.waiting))

    def _absorb(self) -> None:
        inbox, self._inbox = self._inbox, []
        parts: list[tuple[int, Span]] = []
        latest: Versions | None = None
        for lane, message in inbox:
            if isinstance(message, KnownRows):
                self._tick[lane] = message.tick
                if message.rows is not None:
                    parts.append((lane, message.rows))
                continue
            self._closed[lane] = message.closed
            if message is not latest:
                # The same versions go to every lane: they are entered once.
                self._versions.add(message)
                latest = message
        self._hold.add(parts)

    def _decide(self, lanes: Ints) -> Decided:
        tick_ms = self.plan.tick_ms
        released = self._hold.release(self._free)
        scored = None if released is None else self._score(released.rows)
        marks = self._tick[lanes]
        if len(self._hold):
            held = self._hold.least("time", self.plan.lanes)[lanes]
            marks = np.minimum(marks, np.where(held < END, held // tick_ms, END))
        chosen = self._choose.lines(scored, lanes, marks)
        self._forget()
        return Decided(chosen.lines, chosen.counts, lanes, marks, scored)

    def _free(self, rows: Table, lanes: Ints) -> NDArray[np.bool_]:
        wanted = rows["time"] // self.plan.tick_ms - self.plan.lag
        return np.asarray(wanted < self._closed[lanes])

    def _score(self, rows: Table) -> Table:
        wanted = rows["time"] // self.plan.tick_ms - self.plan.lag
        which = self._versions.index(wanted)
        parameters = self._versions.parameters
        x = scaled(rows["x"], self.plan.features)
        scores = score_rows(x, parameters, which, self.plan.intent)
        known = np.concatenate([parameters[:, :2], np.zeros((1, 2))]).astype(np.int64)
        ticks = np.append(self._versions.ticks, -1)
        return rows.with_columns(
            {
                "score": scores,
                "version": ticks[which],
                "evidence": known[which, 0],
                "positives": known[which, 1],
            }
        )

    def _forget(self) -> None:
        """Drop the versions that no row can need any more."""
        heard = np.flatnonzero((self._closed > START) | (self._tick > START))
        if len(heard):
            self._versions.forget(self._needed(heard))

    def _needed(self, lanes: Ints) -> int:
        """Return the oldest tick whose version rows of these lanes may still be scored with.

        Rows may come after the versions that follow on them, so what counts is how far the rows
        of a lane have come, not the fold.
        """
        oldest = self._tick[lanes]
        if len(self._hold):
            held = self._hold.least("time", self.plan.lanes)[lanes]
            oldest = np.minimum(oldest, held // self.plan.tick_ms)
        return int(oldest.min()) - self.plan.lag


class Served:
    """Versions by tick, as long as rows may need them.

    Examples
    --------
    >>> served = Served(width=1)
    >>> served.add(Versions(9, np.array([3, 5]), np.array([[0.3], [0.5]])))
    >>> served.index(np.array([2, 3, 4, 7])).tolist()
    [-1, 0, 0, 1]
    """

    def __init__(self, width: int) -> None:
        self.ticks: Ints = np.zeros(0, dtype=np.int64)
        self.parameters: NDArray[np.float64] = np.zeros((0, width), dtype=np.float64)

    def add(self, new: Versions) -> None:
        """Enter versions; those already known are the same and are passed over."""
        if not len(new.ticks):
            return
        if (
            len(self.ticks)
            and new.ticks[-1] <= self.ticks[-1]
            and np.isin(new.ticks, self.ticks).all()
        ):
            return
        ticks = np.concatenate([self.ticks, new.ticks])
        self.ticks, first = np.unique(ticks, return_index=True)
        self.parameters = np.concatenate([self.parameters, new.parameters])[first]

    def index(self, ticks: Ints) -> NDArray[np.intp]:
        """Return the index of the latest version at or before each tick, -1 if there is none."""
        return np.searchsorted(self.ticks, ticks, side="right") - 1

    def since(self, tick: int) -> tuple[Ints, NDArray[np.float64]]:
        """Return the version that holds at `tick` and all later ones."""
        first = max(0, int(np.searchsorted(self.ticks, tick, side="right")) - 1)
        return self.ticks[first:], self.parameters[first:]

    def forget(self, tick: int) -> None:
        """Drop the versions that are succeeded by another at or before `tick`."""
        self.ticks, self.parameters = self.since(tick)
