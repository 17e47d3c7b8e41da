"""What travels between the steps: batches of a lane, never single events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from typing import NamedTuple

from rtm_flows.columns import Column, Table
from rtm_flows.lanes.line_block import LineBlock
from rtm_flows.lanes.progress import Ints, Progress
from rtm_flows.lanes.responded import Responded
from rtm_flows.lanes.span import Span
from rtm_flows.models.versioned import Taught


class LaneRows(NamedTuple):
    """Rows for one lane, and how far their feeds have come."""

    rows: Span | None
    progress: Progress


def to_all(rows: Mapping[int, Span], progress: Progress, lanes: int) -> list[tuple[int, LaneRows]]:
    """Return a message for each lane: its rows, if it has some, and the progress for all."""
    messages = list(zip(range(lanes), repeat(LaneRows(None, progress))))
    for lane, span in rows.items():
        messages[lane] = lane, LaneRows(span, progress)
    return messages


class Known(NamedTuple):
    """What one pass of know has found out about the people of some lanes."""

    rows: Table
    """Accepted events with features `x`, ready to be scored."""
    examples: Table
    """Labelled examples: `model` (place among the job's), `time`, `person`, `sequence`, `x`,
    `label`."""
    sessions: Table
    """Sessions closed."""
    lanes: Ints
    """The lanes of this pass."""
    ticks: Ints
    """Per lane: all contributions of earlier ticks have been told."""
    counts: dict[str, int]
    responses: Responded | None = None
    """What came of decisions, where the job has `[responses]`."""
    left: Table | None = None
    """Who left, where anybody does: `person`, `lane`, `time`."""


class KnownRows(NamedTuple):
    """Rows for one lane of decide, and the tick before which nothing will follow."""

    rows: Span | None
    tick: int
    left: Span | None = None
    """Who of the lane left: `person`, `lane`, `time`."""


class Contribution(NamedTuple):
    """What the fold hears of one pass of know."""

    lanes: Ints
    ticks: Ints
    examples: Table
    responses: Table | None = None
    """Settled responses: `time`, `person`, `sequence`, `candidate`, `label`; None for none."""


class Versions(NamedTuple):
    """New versions of shared state: every tick before `closed` is folded."""

    closed: int
    taught: tuple[Taught, ...]
    """One a model of the job, in their order; then, with `[responses]`, that of the counts of
    responses."""


class Lines(NamedTuple):
    """Lines for one output, with what puts them in order.

    A line is written when every feed's mark is greater than its `release`, in the order of
    (`order`, `tie`, arrival).
    """

    output: str
    feeds: Ints
    marks: Ints
    release: Ints
    order: Ints
    tie: Column | None
    lines: LineBlock
    keys: Column | None = None
    """The person key of each line, where `tie` is not it."""

    def __reduce__(self) -> tuple[Callable[..., Lines], tuple[object, ...]]:
        """Travel between processes with text packed, as tables do."""
        return _lines, (*self[:5], _packed(self.tie), self.lines, _packed(self.keys))

    @property
    def persons(self) -> Column | None:
        """The person key of each line; None where lines are nobody's."""
        return self.tie if self.keys is None else self.keys


def _packed(text: Column | None) -> Table | None:
    return None if text is None else Table({"text": text})


def _lines(*told: object) -> Lines:
    """Return lines that have come from another process."""
    return Lines(*(one["text"] if isinstance(one, Table) else one for one in told))  # type: ignore[arg-type]


class Counts(NamedTuple):
    """Numbers for the accounting, from feeds of one step; `ended` when these tell no more."""

    step: str
    feeds: Ints
    ended: bool
    counts: dict[str, int]
