"""Parts: what is told of a row whose label is known only after a while.

In: the number of a row among those of its person. Out: numbers that put what is told of it in
order: it was seen, what was waited for came, its horizon is over. Where a person leaves, it is told
once that all rows that wait are gone, before all else of that time.
"""

from __future__ import annotations

SEEN = 0
"""The row has come: it is predicted, and may be learned as if nothing followed."""

CAME = 1
"""What was waited for has come, for the first time since the row."""

OVER = 2
"""The horizon is over: the label is final."""

GONE = 3
"""The person left: nothing more is told of the rows that wait. Its sequence is `ALL_GONE`."""

ALL_GONE = 0
"""The sequence of that, before those of all rows: they are numbered from 1."""

PARTS = 3
"""A part's sequence is this times the row's number, plus the part."""
