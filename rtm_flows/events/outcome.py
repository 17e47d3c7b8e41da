"""What parsing a batch of records comes to.

In: nothing. Out: the shapes of accepted events and of dead letters. It knows nothing of how they
are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtm_flows.columns import Table, concat


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


def moved(parsed: Parsed, rows: int) -> Parsed:
    """Return what was parsed as if so many lines had stood before it."""
    if not rows:
        return parsed
    table = parsed.table.with_columns({"row": parsed.table["row"] + rows})
    return parsed._replace(table=table, bad=[b._replace(row=b.row + rows) for b in parsed.bad])


def joined(parts: Sequence[Parsed]) -> Parsed:
    """Return what was parsed in several parts as one."""
    return Parsed(
        table=concat([part.table for part in parts]),
        bad=[one for part in parts for one in part.bad],
        ignored=sum(part.ignored for part in parts),
        clamped=sum(part.clamped for part in parts),
        records=sum(part.records for part in parts),
    )
