"""What parsing a batch of records comes to.

In: nothing. Out: the shapes of accepted events and of dead letters. It knows nothing of how they
are found.
"""

from __future__ import annotations

from typing import NamedTuple

from rtm_flows.columns import Table


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
