"""What parsing a batch of records comes to.

In: nothing. Out: the shapes of accepted events and of dead letters. It knows nothing of how they
are found.
"""

from __future__ import annotations

from typing import NamedTuple

from rtm_flows.columns import Growing, Table


class BadRecord(NamedTuple):
    """A record that cannot become an event.

    Attributes
    ----------
    row
        Its index in the batch; in a block, the index of its line.
    reason
        One of the dead letter reasons, such as `missing_field`.
    field
        The column at fault; None if it is the record as a whole.
    detail
        What was expected, in words; never a value of the record.
    """

    row: int
    reason: str
    field: str | None
    detail: str


class Parsed(NamedTuple):
    """The events of a batch and its dead letters; `records` is rows + bad + ignored."""

    table: Table
    bad: list[BadRecord]
    ignored: int
    clamped: int
    records: int


class Gathered:
    """What is parsed of a block piece by piece.

    Parameters
    ----------
    rows
        About how many rows there will be.
    """

    def __init__(self, rows: int) -> None:
        self._table = Growing(rows)
        self._bad: list[BadRecord] = []
        self._ignored = self._clamped = self._records = 0

    def add(self, parsed: Parsed, lines: int) -> None:
        """Add what was parsed of the piece before which so many lines stand."""
        table = parsed.table
        self._table.add(table.with_columns({"row": table["row"] + lines}))
        self._bad += [bad._replace(row=bad.row + lines) for bad in parsed.bad]
        self._ignored += parsed.ignored
        self._clamped += parsed.clamped
        self._records += parsed.records

    @property
    def parsed(self) -> Parsed:
        """All of it; at least one piece must have been added."""
        return Parsed(self._table.table, self._bad, self._ignored, self._clamped, self._records)
