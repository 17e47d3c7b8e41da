"""Entry: one partition's batches become messages for the lanes, and lines for the outputs.

In: batches as an input hands them out. Out: rows by identity lane with the partition's progress,
late rows, dead letters, and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from rtm_flows.columns import Table
from rtm_flows.lanes.deal import deal, lane_of
from rtm_flows.lanes.intake import Intake, Judged
from rtm_flows.lanes.messages import Counts, LaneRows, Lines, to_all
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import START, Progress
from rtm_flows.lanes.records_out import Dead, Where, by_round, dead_lines, late_lines
from rtm_flows.lanes.span import Span


class RawBatch(Protocol):
    """What an input hands out: see `rtm_flows.connectors.batches.Batch`."""

    table: Table
    records: int
    ignored: int
    clamped: int

    @property
    def judged(self) -> Judged | None:
        """What its source has found of it; None where lateness is still to be judged."""

    @property
    def dead(self) -> Sequence[Dead]:
        """Records that could not become events."""

    def place(self, row: int) -> Where:
        """Return where a row stands."""


class Entered(NamedTuple):
    """One batch, on its way."""

    rows: list[tuple[int, LaneRows]]
    written: list[Lines | Counts]


class _Saved(msgspec.Struct, array_like=True):
    round: int
    top: int
    ended: bool


class Entry:
    """The way in for one partition.

    Parameters
    ----------
    plan
        The job's constants.
    partition
        Number of the partition.
    in_order
        Whether the input is sorted by time, so that nothing can be late.
    mark
        Where another input was read before: no event of an earlier time is in time.
    """

    def __init__(self, plan: Plan, partition: int, *, in_order: bool, mark: int = START) -> None:
        lateness = None if in_order else plan.lateness_ms
        self._plan = plan
        self._intake = Intake(
            partition, lateness, log_order=plan.log_order, mark=mark, marks=plan.marks
        )
        self.ended = False

    @property
    def round(self) -> int:
        """The latest round let in."""
        return self._intake.round - 1

    def take(self, batch: RawBatch) -> Entered:
        """Let one batch in."""
        partition, judged = self._intake.partition, batch.judged
        round_ = self._intake.round if judged is None else judged.round
        if judged is None:
            taken = self._intake.take(batch.table)
        else:
            taken = self._intake.admit(batch.table, judged)
        late = late_lines(taken.late, batch.place) if len(taken.late) else []
        dead = dead_lines(batch.dead)
        counts = {
            "input": batch.records,
            "late": len(late),
            "ignored": batch.ignored,
            "clamped": batch.clamped,
            "dead_letter": len(dead),
        }
        for one in batch.dead:
            name = f"dead_letter:{one.reason}"
            counts[name] = counts.get(name, 0) + 1
        progress = taken.progress
        written: list[Lines | Counts] = [
            by_round("late", progress, partition, round_, late, taken.late["person"]),
            by_round("dead_letters", progress, partition, round_, dead),
            Counts("source", progress.feeds, ended=False, counts=counts),
        ]
        return Entered(self._deal(taken.rows, progress), written)

    def end(self) -> Entered:
        """Tell everybody that this partition is at its end."""
        self.ended = True
        progress, partition = self._intake.end(), self._intake.partition
        written: list[Lines | Counts] = [
            by_round("late", progress, partition, 0, []),
            by_round("dead_letters", progress, partition, 0, []),
            Counts("source", progress.feeds, ended=True, counts={}),
        ]
        return Entered(to_all({}, progress, self._plan.lanes), written)

    def save(self) -> bytes:
        """Return the state."""
        return msgspec.msgpack.encode(_Saved(self._intake.round, self._intake.top, self.ended))

    def load(self, state: bytes) -> None:
        """Restore the state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._intake.round, self._intake.top, self.ended = saved.round, saved.top, saved.ended

    def _deal(self, rows: Table, progress: Progress) -> list[tuple[int, LaneRows]]:
        """Return rows for the lanes that have some, and the progress for all."""
        parts: dict[int, Span] = {}
        if len(rows):
            # What has served its purpose here does not travel on.
            served = (
                ("identity", "clamped") if self._plan.log_order else ("identity", "clamped", "row")
            )
            lanes = lane_of(rows["identity"], self._plan.lanes)
            parts = dict(deal(rows.without(served), lanes))
        return to_all(parts, progress, self._plan.lanes)
