"""The auditor: all proofs over the decisions of a run, in one pass and little memory.

In: the lines of `decisions.jsonl`, and what else is known of the run. Out: a certificate. It
refuses to know where the lines come from. Of a decision it keeps eight bytes, and of whoever was
reached what a limit may still look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import msgspec

from rtm_flows.audit.findings import Certificate, Findings
from rtm_flows.audit.identities import Identities, short
from rtm_flows.audit.limits import LimitBook
from rtm_flows.audit.proofs import PROOFS, nothing
from rtm_flows.audit.reconciled import Counted, reconcile
from rtm_flows.audit.record import Decision, ms

Lines = Callable[[], Iterator[bytes]]
"""Reads the lines of a file from its begin."""

_decode = msgspec.json.Decoder(Decision).decode


def audit(
    lines: Lines,
    *,
    summary: Mapping[str, object] | None = None,
    files: Mapping[str, Counter[str]] | None = None,
    floor: float | None = None,
    limits: LimitBook | None = None,
    most: int = 100,
) -> Certificate:
    """Prove what can be proved of the decisions of a run.

    Parameters
    ----------
    lines
        Of `decisions.jsonl`; read once, and once more if an id may be there twice.
    summary
        What `summary.json` says; None to prove nothing of it.
    files
        Of the run's other outputs, and of its input, how many lines they have, by reason where a
        line has one.
    floor
        Of the configuration; None if it is not known.
    limits
        The configuration's limits; None to prove nothing of them.
    most
        How many violations are told whole.
    """
    findings, ids, counted = Findings(most), Identities(), Counted()
    before = (0, "")
    number = 0
    for number, line in enumerate(lines(), start=1):
        findings.proved("readable")
        try:
            decision = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            findings.add("readable", str(error), None, number)
            continue
        ids.add(decision.decision_id)
        counted.add(decision)
        _prove(decision, number, floor, findings)
        place = ms(decision.decision_time), decision.person
        findings.proved("order")
        if place < before:
            findings.add("order", f"{place} after {before}", decision.decision_id, number)
        before = place
        if limits is not None:
            _within(limits, decision, number, findings)
    _unique(lines, ids, number, findings)
    if summary is not None:
        reconcile(summary, counted, files or {}, findings)
    return findings.certificate(number)


def _prove(decision: Decision, number: int, floor: float | None, findings: Findings) -> None:
    for check, proof in PROOFS.items():
        findings.proved(check)
        for text in proof(decision):
            findings.add(check, text, decision.decision_id, number)
    findings.proved("nothing")
    for text in nothing(decision, floor):
        findings.add("nothing", text, decision.decision_id, number)


def _within(limits: LimitBook, decision: Decision, number: int, findings: Findings) -> None:
    if decision.acts and limits.concerns(decision):
        findings.proved("limits")
        for text in limits.enter(decision):
            findings.add("limits", text, decision.decision_id, number)


def _unique(lines: Lines, ids: Identities, decisions: int, findings: Findings) -> None:
    """Name the ids that stand on several lines, if a second look confirms it."""
    findings.proved("unique", decisions)
    suspects = ids.suspects()
    if not suspects:
        return
    first: dict[str, int] = {}
    for number, line in enumerate(lines(), start=1):
        try:
            one = _decode(line).decision_id
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if short(one) in suspects and first.setdefault(one, number) != number:
            findings.add("unique", f"line {first[one]} has the same id", one, number)
