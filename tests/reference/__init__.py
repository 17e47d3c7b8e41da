"""A naive implementation of `docs/semantics.md`, one event at a time; it trusts nothing else.

In: a job as a plain mapping and the raw lines of each round of each partition. Out: everything
the job would write. It imports nothing of the package it is the yardstick for, and River only to
learn. Read it with the page beside it: one module for one section or one concern of the page.

=============  =====================================================
`job`          section 8: the keys and their defaults
`times`        RFC 3339 and ISO 8601, as integer milliseconds
`records`      section 1: from line to event
`order`        section 2: partitions, marks, canonical place
`dedup`        sections 1 and 3: duplicates, derived ids
`sessions`     section 3: sessions
`features`     section 4: one class a kind
`people`       section 3: all that happens to one person, in its order
`draw`         section 5: which rows are learned from
`churn`        section 5: the row that waits for its horizon
`fold`         section 5: labels, learning, versions
`newton`       section 5: Newton's steps
`contest`      section 5: challengers and promotion
`metrics`      section 5: how good the predictions were
`rounding`     to millionths
`rules`        section 6: the expressions of rules
`decisions`    section 6: the funnel and arbitration
`outputs`      section 7: what is written
`stream`       the whole: rounds in, result out
=============  =====================================================
"""

from __future__ import annotations

from .outputs import Result
from .stream import run

__all__ = ["Result", "run"]
