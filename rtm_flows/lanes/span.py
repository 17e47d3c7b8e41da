"""Spans: rows of a lane as a stretch of a shared table, copied only when they must be.

One table of a batch is dealt to many lanes, and mostly the same worker's next step joins them
again. A span names its rows without touching the columns; spans that lie side by side in one
table join without copying. Between processes a span travels as its own rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.columns import Table, concat


class Span:
    """Rows `start` to `stop` of a table.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table({"n": np.arange(5)})
    >>> len(Span(table, 1, 4)), Span(table, 1, 4).table["n"].tolist()
    (3, [1, 2, 3])
    """

    __slots__ = ("_own", "start", "stop", "whole")

    def __init__(self, whole: Table, start: int, stop: int) -> None:
        self.whole = whole
        self.start = start
        self.stop = stop
        self._own: Table | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.stop - self.start

    def __reduce__(self) -> tuple[type[Span], tuple[Table, int, int]]:
        """Travel without the rows of others, as a table that is packed once."""
        if self._own is None:
            self._own = self.table
        return Span, (self._own, 0, len(self))

    @property
    def table(self) -> Table:
        """The rows as a table of their own, without copying."""
        return self.whole.slice(self.start, self.stop)


def join(spans: Sequence[Span]) -> Table:
    """Return the rows of spans, one below the other; neighbours are not copied apart.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table({"n": np.arange(5)})
    >>> join([Span(table, 0, 2), Span(table, 2, 5)]) is table
    True
    >>> join([Span(table, 3, 5), Span(table, 0, 1)])["n"].tolist()
    [3, 4, 0]
    """
    runs: list[Span] = []
    for span in spans:
        last = runs[-1] if runs else None
        if last is not None and last.whole is span.whole and last.stop == span.start:
            runs[-1] = Span(last.whole, last.start, span.stop)
        else:
            runs.append(span)
    tables = [run.whole if len(run) == len(run.whole) else run.table for run in runs]
    return concat(tables)
