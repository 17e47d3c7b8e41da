"""Responded: what a pass of know tells of responses, by person key.

In: what each part of the pass has found, by slot. Out: settled responses for the fold and for the
output, orphans, and counts. What the end of input cut off is counted, and told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.lanes.folded import END_OF_INPUT, EVICTED
from rtm_flows.lanes.responding import Answered
from rtm_flows.people.answers import ORPHANS

RESPONSES = "responses"
"""Name of the output, and of the part of the summary."""

ORPHANED = "orphans"
"""Name of the output of outcomes that are about nothing that is known."""

_LEARNED = ("time", "person", "sequence", "candidate", "label")


class Responded(NamedTuple):
    """What the fold and the writers hear of the responses of a pass."""

    settled: Table
    """`time` (the label time), `person`, `sequence`, `candidate`, `label`, `decision`, `digest`,
    `decided`, `shown`."""
    orphans: Table
    """`person`, and as `rtm_flows.lanes.responding.Answered`."""
    counts: dict[str, int]

    @property
    def learned(self) -> Table:
        """What the fold needs of them."""
        return self.settled.only(_LEARNED)


def responded(
    found: Sequence[tuple[Answered, str | None]], keys: Sequence[str], *, leaves: bool
) -> Responded:
    """Return what was found, given the person key of every slot.

    Parameters
    ----------
    found
        What each part of a pass has found, at least one, and what cut it off, by name, if anything.
    keys
        Person key of every slot.
    leaves
        Whether anybody ever leaves.
    """
    settled = concat([one.settled for one, cut in found if cut is None])
    orphans = concat([one.orphans for one, _ in found])
    counts = {
        "censored:" + RESPONSES: _waiting(found, END_OF_INPUT),
        "response:positives": int(settled["label"].sum()),
        "response:settled": len(settled),
    }
    if leaves:
        counts["unlearned:" + RESPONSES] = _waiting(found, EVICTED)
    for one, _ in found:
        for name, count in one.outcomes.items():
            counts[f"outcome:{name}"] = counts.get(f"outcome:{name}", 0) + count
    for reason in orphans["reason"].tolist():
        counts[f"orphan:{ORPHANS[reason]}"] = counts.get(f"orphan:{ORPHANS[reason]}", 0) + 1
    return Responded(_named(settled, keys), _named(orphans, keys), counts)


def _waiting(found: Sequence[tuple[Answered, str | None]], by: str) -> int:
    return sum(len(one.settled) for one, cut in found if cut == by)


def _named(table: Table, keys: Sequence[str]) -> Table:
    persons = as_text([keys[slot] for slot in table["slot"].tolist()])
    named = table.without(("slot",)).with_columns({"person": persons})
    if "number" not in table:
        return named
    return named.without(("number",)).with_columns({"sequence": table["number"]})
