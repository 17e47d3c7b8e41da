"""Findings: violations, and the certificate that an audit ends with.

In: what was proved, and what was found not to be so. Out: counts by check, and the first
violations whole. They refuse to know what is proved.
"""

from __future__ import annotations

from collections import Counter

import msgspec

CHECKS = {
    "readable": "every line is a whole record",
    "unique": "every decision has an id of its own",
    "order": "decisions stand by time, then by person",
    "configuration": "every decision was made by a configuration that was given",
    "identity": "every id is the hash of what caused the decision",
    "priority": "the priority is the product of its rounded factors, from left to right",
    "chance": "chances add up to 1 where something is done, to 0 where nothing is",
    "winner": "the winner passed, and where it was sure to win no other is better",
    "nothing": "nothing is done exactly where no candidate is open, for the reason told",
    "choice": "offers, floor, costs, chances and draws are those of the configuration",
    "delivery": "what is done may be delivered from its decision until it expires",
    "superseded": "the decision named is the one that the new one takes the place of",
    "features": "the hash of the features is that of their numbers",
    "contributions": "contributions add up to the logit, and the score is of that logit",
    "arms": "everybody is in the arms that their hash says, and is treated so",
    "suppressions": "what goes on in a person's life holds back what it must, and nothing else",
    "pauses": "what was shown in vain rests, and nothing else",
    "limits": "limits hold back exactly where they are used up, and count what is so",
    "counts": "the files hold what the summary counts",
}
"""What is proved, by name, in the order of the certificate."""


class Violation(msgspec.Struct, frozen=True):
    """Something that is not as it must be.

    Attributes
    ----------
    check
        Which of `CHECKS`.
    decision_id
        Of which decision; None where it is of none, or its id cannot be read.
    line
        Its line in `decisions.jsonl`, from 1; 0 if it is of no line.
    text
        What is wrong.
    """

    check: str
    decision_id: str | None
    line: int
    text: str


class Verdict(msgspec.Struct, frozen=True):
    """How one check ended.

    Attributes
    ----------
    check, promise
        Its name, and what it proves.
    proved
        How often it was asked; 0 if there was nothing to ask it of.
    violations
        How often it was not so.
    """

    check: str
    promise: str
    proved: int
    violations: int


class Certificate(msgspec.Struct, frozen=True):
    """What an audit ends with.

    Attributes
    ----------
    decisions
        Lines that were read.
    verdicts
        One a check.
    violations
        The first ones found, whole.
    notes
        Sentences on what is believed.
    """

    decisions: int
    verdicts: tuple[Verdict, ...]
    violations: tuple[Violation, ...]
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many violations there are in all."""
        return sum(verdict.violations for verdict in self.verdicts)


class Findings:
    """Violations as they are found.

    Parameters
    ----------
    limit
        How many are kept whole; all are counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[Violation] = []
        self._found: Counter[str] = Counter()
        self._proved: Counter[str] = Counter()

    def proved(self, check: str, times: int = 1) -> None:
        """Count that a check was asked."""
        self._proved[check] += times

    def add(self, check: str, text: str, decision_id: str | None = None, line: int = 0) -> None:
        """Note a violation."""
        self._found[check] += 1
        if len(self._kept) < self._limit:
            self._kept.append(Violation(check, decision_id, line, text))

    def certificate(self, decisions: int, notes: tuple[str, ...] = ()) -> Certificate:
        """Return the certificate."""
        verdicts = tuple(
            Verdict(check, promise, self._proved[check], self._found[check])
            for check, promise in CHECKS.items()
        )
        return Certificate(decisions, verdicts, tuple(self._kept), notes)
