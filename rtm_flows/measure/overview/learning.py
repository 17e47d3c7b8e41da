"""Learning: how well each model predicted what then came, over time, and what was done about it.

In: the lines of `learning.jsonl`. Out: by model the log loss of what was served and of the running
rate, period by period put together, with promotions and alarms. It refuses to know what was
learned.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.cells import Cells, Course
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line
from rtm_flows.rounding import round6_one

N, POSITIVES, LOSS, PRIOR = "n", "positives", "loss", "prior_loss"
"""Names in the cells of a course: examples, positives, and sums of losses in millionths."""

_SCALE = 1_000_000
_MOST = 200


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    time: str
    model: str
    kind: str
    start: str | None = None
    n: int = 0
    positives: int = 0
    log_loss: float | None = None
    prior_log_loss: float | None = None
    source: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    gain: float | None = None
    detector: str | None = None
    response: str | None = None


class Turn(msgspec.Struct, frozen=True):
    """A moment at which something was done: a `promotion`, or an alarm of `drift`, in words."""

    time: str
    kind: str
    told: str


class Learned(msgspec.Struct, frozen=True):
    """How one model learned.

    Attributes
    ----------
    model
        Its name.
    course
        By time: examples, positives, and sums of losses in millionths.
    turns
        The first promotions and alarms, in the order of the file.
    counts
        How many promotions and alarms there were.
    """

    model: str
    course: Course
    turns: list[Turn]
    counts: dict[str, int]

    def losses(self, name: str) -> list[float | None]:
        """Return the mean loss (`LOSS` or `PRIOR`) of each cell, None without examples."""
        counts = [cell.counts for cell in self.course.cells]
        return [
            round6_one(one.get(name, 0) / _SCALE / one[N]) if one.get(N) else None for one in counts
        ]


class _Adding:
    def __init__(self) -> None:
        self.cells = Cells()
        self.turns: list[Turn] = []
        self.counts: dict[str, int] = {}


def learned(lines: Iterable[Line], path: str) -> list[Learned]:
    """Add up what was learned, by model in the order of their first line.

    Parameters
    ----------
    lines
        Of `learning.jsonl`.
    path
        What errors call the file.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = (b'{"time":"2026-03-02T11:00:00.000Z","model":"intent","kind":"period","n":4,'
    ...         b'"start":"2026-03-02T10:00:00.000Z","log_loss":0.25,"prior_log_loss":0.5}')
    >>> found = learned([Line(0, line)], "learning.jsonl")[0]
    >>> found.losses(LOSS), found.losses(PRIOR)
    ([0.25], [0.5])
    """
    reading = Reading(_Note, path)
    models: dict[str, _Adding] = {}
    for line in lines:
        note = reading.of(line.data, line.offset)
        own = models.setdefault(note.model, _Adding())
        try:
            _add(own, note)
        except ValueError as error:
            msg = f"{path}, the line at byte {line.offset:,}: has no time of a period ({error})"
            raise InputError(msg) from None
    return [
        Learned(name, own.cells.course(), own.turns, own.counts) for name, own in models.items()
    ]


def _add(own: _Adding, note: _Note) -> None:
    if note.kind != "period":
        own.counts[note.kind] = own.counts.get(note.kind, 0) + 1
        if len(own.turns) < _MOST:
            own.turns.append(Turn(note.time, note.kind, _told(note)))
        return
    if note.log_loss is None or note.prior_log_loss is None:
        return
    cell = own.cells.at(note.start or note.time)
    cell[N] += note.n
    cell[POSITIVES] += note.positives
    # Both have six decimals, so sums of whole millionths are exact.
    cell[LOSS] += note.n * round(note.log_loss * _SCALE)
    cell[PRIOR] += note.n * round(note.prior_log_loss * _SCALE)


def _told(note: _Note) -> str:
    if note.kind == "promotion":
        gain = "" if note.gain is None else f", log loss {note.gain:.4f} less"
        return f"{note.source} gave way to {note.to}{gain}"
    if note.kind == "drift":
        return f"the losses rose ({note.detector}); answered by: {note.response}"
    return note.kind
