"""Served: the scores of a run added up: how they are spread, and how they went.

In: the lines of `scores.jsonl`. Out: by model counts of twenty equal parts of 0 to 1, means over
time, and how many came before the model had learned anything. It refuses to know who was scored.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.cells import Cells, Course
from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line
from rtm_flows.rounding import round6_one

BINS = 20
"""Equal parts of the scores."""

N, MILLIONTHS = "n", "millionths"
"""Names in the cells of a course: how many scores, and their sum."""

_MODELS = 100
_SCALE = 1_000_000


class _Score(msgspec.Struct, frozen=True, gc=False):
    time: str
    model: str
    score: float
    version: int = 0


class Served(msgspec.Struct, frozen=True):
    """The scores of one model.

    Attributes
    ----------
    model
        Its name.
    n
        How many scores.
    early
        How many of them before its first version, when everybody is served the prior.
    mean
        Of all.
    bins
        How many in each of the equal parts of 0 to 1, a score of 1 in the last.
    course
        By time: how many (`n`), and their sum in millionths.
    """

    model: str
    n: int
    early: int
    mean: float
    bins: list[int]
    course: Course

    def means(self) -> list[float | None]:
        """Return the mean of each cell of the course, None where there is no score."""
        counts = [cell.counts for cell in self.course.cells]
        return [
            round6_one(one.get(MILLIONTHS, 0) / _SCALE / one[N]) if one.get(N) else None
            for one in counts
        ]


class _Adding:
    def __init__(self) -> None:
        self.n = self.early = self.sum = 0
        self.bins = [0] * BINS
        self.cells = Cells()


def served(lines: Iterable[Line], path: str) -> list[Served]:
    """Add up scores, by model in the order of their first.

    Parameters
    ----------
    lines
        Of `scores.jsonl`, in any order.
    path
        What errors call the file.

    Raises
    ------
    InputError
        If a line is broken.

    Examples
    --------
    >>> line = b'{"time":"2026-03-02T10:00:00.000Z","model":"intent","score":0.25,"version":-1}'
    >>> found = served([Line(0, line), Line(99, line.replace(b"0.25", b"0.5"))], "scores.jsonl")
    >>> found[0].n, found[0].early, found[0].mean, found[0].means()
    (2, 2, 0.375, [0.375])
    """
    reading = Reading(_Score, path)
    models: dict[str, _Adding] = {}
    for line in lines:
        one = reading.of(line.data, line.offset)
        own = models.get(one.model)
        if own is None:
            own = models.setdefault(one.model, _Adding())
            if len(models) > _MODELS:
                msg = f"{path}: has scores of more than {_MODELS} models; was it put together?"
                raise InputError(msg)
        _add(own, one, line, path)
    return [
        Served(
            name, own.n, own.early, round6_one(own.sum / _SCALE / own.n), own.bins,
            own.cells.course(),
        )
        for name, own in models.items()
    ]  # fmt: skip


def _add(own: _Adding, one: _Score, line: Line, path: str) -> None:
    millionths = round(one.score * _SCALE)
    own.n += 1
    own.early += one.version < 0
    own.sum += millionths
    own.bins[min(max(millionths * BINS // _SCALE, 0), BINS - 1)] += 1
    try:
        cell = own.cells.at(one.time)
    except ValueError as error:
        msg = f"{path}, the line at byte {line.offset:,}: has no time of a score ({error})"
        raise InputError(msg) from None
    cell[N] += 1
    cell[MILLIONTHS] += millionths
