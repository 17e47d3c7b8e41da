"""Sums in exact sliding windows of whole cells.

In: rows of a pass and what each adds to each sum. Out: for every row, what lies in the cells of
its windows. Of a person only those cells are kept that hold something and can still be in a
window, for all windows together in one pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.features.window_layout import Asked, Window, laid_out
from rtm_flows.people.pool import Pool, Records, spread
from rtm_flows.people.rows import Bools, Ints, Rows

_KINDS = [(8 * width - 1, np.dtype(f"i{width}")) for width in (1, 2, 4, 8)]
"""Types of integers, each with the bits of its largest value."""


class _Visited(NamedTuple):
    """The cells of one window that a pass visits, by person and time."""

    key: Ints
    starts: Ints
    ends: Ints
    """Their rows, from `starts` to before `ends`."""
    last: Ints
    """Index of each person's latest."""


class _Cells(NamedTuple):
    """Stored and visited cells of the people of a pass, by person, window and time."""

    key: Ints
    values: Ints
    """Of each field the sums, (fields, cells)."""
    before: Ints
    """Running totals of `values`: what lies before each cell, and at the end all."""


class Windows:
    """All windows of a job, and their cells of all people of a worker.

    Parameters
    ----------
    asked
        What will be asked at every row.

    Notes
    -----
    A person's cells are trimmed to the windows of the person's latest event whenever there is
    one. So what is kept is a function of the person's events, however they were cut.
    """

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.asked = tuple(dict.fromkeys(asked))
        self.sums = tuple(dict.fromkeys(one.sum for one in self.asked))
        self._windows, self._line, fields = laid_out(self.asked)
        self._cell = "i4" if self._line < 1 << 31 else "i8"
        self._names = [f"v{number}" for number in range(fields)]
        self.pool = Pool(self._record(["i1"] * fields))
        self._most: Ints = np.full(fields, np.iinfo(np.int8).max, dtype=np.int64)
        """Of each field the largest value that it has room for."""

    def values(self, rows: Rows, adds: Ints) -> dict[Asked, Ints]:
        """Return what was asked, at every row, and store the cells.

        Parameters
        ----------
        rows
            Of one pass.
        adds
            What each row adds to each of `sums`, shape (sums, rows).
        """
        if not self.asked:
            return {}
        total = np.zeros((len(self.sums), rows.n + 1), dtype=np.int64)
        np.cumsum(adds, axis=1, out=total[:, 1:])
        visited = [self._visited(rows, window) for window in self._windows]
        cells, places = self._merge(rows, visited, total)
        told: dict[Asked, Ints] = {}
        first, end = [], []
        for window, one, place in zip(self._windows, visited, places, strict=True):
            low = np.searchsorted(cells.key, one.key - window.width, side="right")
            for question in window.asked:
                field, running = window.fields[question.sum], total[self.sums.index(question.sum)]
                answer = _cells_above_0 if question.cells else _sums
                told[question] = answer(cells, field, running, one, low, place)
            first.append(low[one.last])
            end.append(place[one.last] + 1)
        self._store(rows, cells, np.stack(first, axis=1), np.stack(end, axis=1))
        return told

    def export(self, slots: Ints) -> tuple[Ints, Table]:
        """Return how many cells each slot has, and all cells, slot after slot."""
        counts, records = self.pool.read(slots)
        # How wide the pool's fields are depends on all people of the worker, this must not.
        values = {name: records[name].astype(_least(records[name])) for name in self._names}
        return counts, Table({"cell": records["cell"], **values})

    def restore(self, slots: Ints, counts: Ints, cells: Table) -> None:
        """Enter what `export` returned."""
        values = np.empty((len(self._names), len(cells)), dtype=np.int64)
        for column, name in zip(values, self._names, strict=True):
            column[:] = cells[name]
        self._write(slots, counts, cells["cell"], values)

    def _visited(self, rows: Rows, window: Window) -> _Visited:
        key = rows.rank * self._line + (rows.clock // window.step_ms + window.first)
        head = np.ones(rows.n, dtype=np.bool_)
        head[1:] = key[1:] != key[:-1]
        starts = np.flatnonzero(head)
        ends = np.append(starts[1:], rows.n)[: len(starts)]
        last = np.searchsorted(starts, rows.ends, side="right") - 1
        return _Visited(key[starts], starts, ends, last)

    def _merge(
        self, rows: Rows, visited: Sequence[_Visited], total: Ints
    ) -> tuple[_Cells, list[Ints]]:
        """Return the stored and the visited cells together, and where the visited ones are."""
        counts, stored = self.pool.read(rows.people)
        old = np.repeat(np.arange(len(counts)) * self._line, counts) + stored["cell"]
        keys = np.concatenate([old, *(one.key for one in visited)])
        # Each part is in order, so that the stable sort only merges.
        order = np.argsort(keys, kind="stable")
        ascending = keys[order]
        fresh = np.ones(len(keys), dtype=np.bool_)
        fresh[1:] = ascending[1:] != ascending[:-1]
        place = np.empty(len(keys), dtype=np.int64)
        place[order] = np.cumsum(fresh) - 1
        key = ascending[fresh]
        of_old, *places = np.split(
            place, np.cumsum([len(old), *(len(one.key) for one in visited)])[:-1]
        )
        values = self._carried(len(key), stored, of_old)
        for window, one, at in zip(self._windows, visited, places, strict=True):
            for asked, field in window.fields.items():
                running = total[self.sums.index(asked)]
                values[field][at] += running[one.ends] - running[one.starts]
        return _Cells(key, values, _before(values)), places

    def _carried(self, cells: int, stored: Records, places: Ints) -> Ints:
        """Return the sums of so many cells: those that are stored, and 0 for the others."""
        values = np.zeros((len(self._names), cells), dtype=np.int64)
        for column, name in zip(values, self._names, strict=True):
            column[places] = stored[name]
        return values

    def _store(self, rows: Rows, cells: _Cells, first: Ints, end: Ints) -> None:
        """Keep what is in a window of each person's latest row, shape (people, windows)."""
        length = end - first
        live = spread(first.ravel(), length.ravel())
        values = cells.values.take(live, axis=1)
        holds = np.logical_or.reduce(values != 0, axis=0)
        bounds = _before(holds)[_before(length.ravel())[:: len(self._windows)]]
        counts = bounds[1:] - bounds[:-1]
        kept = live[holds]
        number = cells.key[kept] - np.repeat(np.arange(len(counts)) * self._line, counts)
        self._write(rows.people, counts, number, values[:, holds])

    def _write(self, slots: Ints, counts: Ints, cell: Ints, values: Ints) -> None:
        """Replace the cells of some people; a field is as wide as the largest value so far.

        `values` are those of each field, (fields, cells).
        """
        most = np.maximum(values.max(axis=1, initial=-1), -1 - values.min(axis=1, initial=0))
        if (most > self._most).any():
            before = [self.pool.dtype[name] for name in self._names]
            needed = [np.promote_types(*of) for of in zip(before, map(_least, values), strict=True)]
            self.pool.widen(self._record(needed))
            self._most = np.array([np.iinfo(kind).max for kind in needed])
        records = np.empty(len(cell), dtype=self.pool.dtype)
        records["cell"] = cell
        for name, column in zip(self._names, values, strict=True):
            records[name] = column
        self.pool.write(slots, counts, records)

    def _record(self, kinds: Sequence[str | np.dtype[np.generic]]) -> np.dtype[np.void]:
        named = zip(self._names, kinds, strict=True)
        return np.dtype([("cell", self._cell), *named])


def _least(values: Ints) -> np.dtype[np.generic]:
    """Return the narrowest type of integers that holds all values."""
    most = max(int(values.max(initial=0)), -1 - int(values.min(initial=0)))
    return next(kind for bits, kind in _KINDS if most.bit_length() <= bits)


def _before(values: Ints | Bools) -> Ints:
    """Return what lies before each place on the last axis, and at the end the sum of all."""
    total = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int64)
    np.cumsum(values, axis=-1, out=total[..., 1:])
    return total


def _sums(
    cells: _Cells, field: int, running: Ints, visited: _Visited, low: Ints, place: Ints
) -> Ints:
    """Return the sum over each row's window: with all of its own cell, less what comes later."""
    before = cells.before[field]
    whole = before[place + 1] - before[low] - running[visited.ends]
    return np.repeat(whole, visited.ends - visited.starts) + running[1:]


def _cells_above_0(
    cells: _Cells, field: int, running: Ints, visited: _Visited, low: Ints, place: Ints
) -> Ints:
    """Return how many cells of each row's window have a sum above 0, its own as it is so far."""
    length = visited.ends - visited.starts
    before = _before(cells.values[field] > 0)
    own = np.repeat(cells.values[field][place] - running[visited.ends], length) + running[1:]
    return np.repeat(before[place] - before[low], length) + (own > 0)
