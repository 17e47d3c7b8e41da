"""Parts: what is told of a row whose label is known only after a while.

In: the number of a row among those of its person. Out: numbers that put what is told of it in
order: it was seen, what was waited for came, its horizon is over.
"""

from __future__ import annotations

SEEN = 0
"""The row has come: it is predicted, and may be learned as if nothing followed."""

CAME = 1
"""What was waited for has come, for the first time since the row."""

OVER = 2
"""The horizon is over: the label is final."""

PARTS = 3
"""A part's sequence is this times the row's number, plus the part."""
