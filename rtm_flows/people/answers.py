"""Answers: what a pass holds of decisions and of what came of them, and why some of it is orphaned.

In: nothing; these are shapes. Out: the shapes that `responses` takes in and gives out. It refuses
to know what an action is: candidates are numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.people.rows import Bools, Ints, Rows

NO_DECISION, NO_CANDIDATE, UNKNOWN, LATE, SETTLED, OTHER, CROWDED = range(7)

ORPHANS = (
    "no_decision_id",
    "unknown_action",
    "unknown_decision",
    "too_late",
    "settled",
    "another_action",
    "too_many_waiting",
)
"""Why an outcome is nobody's; the reasons hold places in this list, tried in this order."""


class Rule(NamedTuple):
    """How long decisions are answered, and how many."""

    horizon: int
    """Milliseconds after the first outcome in which a success counts; the end is among them."""
    within: int
    """Milliseconds after a decision in which its first outcome must come."""
    remembered: int
    """Latest decisions of a person that can be answered."""
    waiting: int
    """Decisions of a person that may wait at the same time."""


class Decisions(NamedTuple):
    """Decisions that rows of a pass fire, or would."""

    row: Ints
    """Rising."""
    decision: Ints
    """Their ids, (decisions, 2)."""
    digest: Ints
    """Digests of the features that they are served with."""


class Asked(NamedTuple):
    """A pass: its rows, the decisions that some of them fire, and the outcomes that others are."""

    rows: Rows
    number: Ints
    """The person's running number of each event."""
    fired: Decisions
    possible: Decisions | None
    """Those that every row would fire if a score crossed on it; None where no crossing is
    declared."""
    outcomes: Ints
    """Rows that are outcomes, rising."""
    named: Ints
    """Decision ids that these name, (outcomes, 2)."""
    candidate: Ints
    """The candidate that these are of; where it is below 0, -1 less the reason why they are none's:
    `NO_DECISION` or `NO_CANDIDATE`."""
    positive: Bools
    """Whether they are a success."""


class Heard(NamedTuple):
    """What came of a pass."""

    settled: Table
    """Decisions whose horizon is over: `slot`, `time` (its end), `number` (of the event that fired
    it), `decision`, `digest`, `decided`, `shown` (the clock of its first outcome), `candidate`,
    `label`."""
    orphans: Table
    """Outcomes that are nobody's: `row`, `reason`."""


def no_orphans() -> Table:
    """Return no orphans."""
    nobody = np.zeros(0, dtype=np.int64)
    return Table({"row": nobody, "reason": nobody})
