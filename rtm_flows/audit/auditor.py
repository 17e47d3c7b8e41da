"""The auditor: all proofs over the decisions of a run, in one pass and little memory.

In: the lines of `decisions.jsonl`, and what else is known of the run. Out: a certificate. It
refuses to know where the lines come from. Of a decision it keeps eight bytes, and of whoever was
reached what a limit may still look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import msgspec

from rtm_flows.audit.findings import Certificate, Findings
from rtm_flows.audit.identities import Identities, short
from rtm_flows.audit.known import Known
from rtm_flows.audit.proofs import PROOFS, asked
from rtm_flows.audit.reconciled import Counted, reconcile
from rtm_flows.audit.record import Decision, ms
from rtm_flows.audit.upgraded import Upgraded

Lines = Callable[[], Iterator[bytes]]
"""Reads the lines of a file from its begin."""

_decode = msgspec.json.Decoder(Decision).decode


def audit(
    lines: Lines,
    *,
    summary: Mapping[str, object] | None = None,
    files: Mapping[str, Counter[str]] | None = None,
    known: Known | Upgraded | None = None,
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
    known
        The configuration and the input; None to prove nothing that needs them.
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
        _prove(decision, number, known, findings)
        place = ms(decision.decision_time), decision.person
        findings.proved("order")
        if place < before:
            findings.add("order", f"{place} after {before}", decision.decision_id, number)
        before = place
    _unique(lines, ids, number, findings)
    if summary is not None:
        reconcile(summary, counted, files or {}, findings)
    return findings.certificate(number, () if known is None else known.notes)


def _prove(
    decision: Decision, number: int, known: Known | Upgraded | None, findings: Findings
) -> None:
    checks = [(check, proof(decision)) for check, proof in PROOFS.items() if asked(check, decision)]
    for check, found in checks if known is None else chain(checks, known.proofs(decision)):
        findings.proved(check)
        for text in found:
            findings.add(check, text, decision.decision_id, number)


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
