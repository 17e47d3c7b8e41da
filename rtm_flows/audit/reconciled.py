"""Reconciled: the counts of the summary beside those of the files.

In: decisions one by one, counts of lines, and the summary. Out: what does not agree. It refuses to
know how the summary was counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rtm_flows.audit.findings import Findings
from rtm_flows.audit.record import Decision

_Key = tuple[str, ...]
"""The names that lead to a number of the summary."""
_FATES = ("accepted", "duplicate", "late", "ignored", "dead_letter")
_BY_REASON = {"dead_letters": "dead_letters", "sessions": "sessions"}
"""Outputs whose lines have reasons, and the tables of the summary that count these."""
_WHOLE = {"late": "late", "dead_letters": "dead_letter", "input": "input"}
"""Files, and the number of the summary that counts their lines."""


class Counted:
    """Decisions counted as the summary counts them."""

    def __init__(self) -> None:
        self.actions: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.funnel: Counter[tuple[str, str]] = Counter()

    def add(self, decision: Decision) -> None:
        """Count one."""
        self.actions[decision.name] += 1
        if not decision.acts:
            self.reasons[str(decision.reason)] += 1
        for candidate in decision.candidates:
            self.funnel[candidate.name, "entered"] += 1
            self.funnel[candidate.name, candidate.fate] += 1


def reconcile(
    summary: Mapping[str, object],
    counted: Counted,
    files: Mapping[str, Counter[str]],
    findings: Findings,
) -> None:
    """Note where the summary and the files do not agree.

    Parameters
    ----------
    summary
        As it was read.
    counted
        All decisions.
    files
        Lines of the other files, by reason; those of one without reasons under the empty text.
    findings
        What is found is put here.
    """
    told = _numbers(summary)
    decisions = sum(counted.actions.values())
    wanted: dict[_Key, int] = {("triggers",): decisions}
    wanted |= {("decisions", name): n for name, n in counted.actions.items()}
    wanted |= {("no_action", name): n for name, n in counted.reasons.items()}
    wanted |= {("funnel", *pair): n for pair, n in counted.funnel.items()}
    wanted[("input",)] = sum(told.get((fate,), 0) for fate in _FATES)
    whole = ["decisions", "no_action", "funnel"]
    for name, by_reason in files.items():
        if name in _BY_REASON:
            table = _BY_REASON[name]
            wanted |= {(table, reason): n for reason, n in by_reason.items()}
            whole.append(table)
        if name in _WHOLE:
            _agree((_WHOLE[name],), told, sum(by_reason.values()), name, findings)
    # What the summary counts and the files do not have is wrong too, unless it is none.
    wanted |= {key: 0 for key in told if key[0] in whole and key not in wanted}
    for key, n in wanted.items():
        _agree(key, told, n, "the sum" if key == ("input",) else "the files", findings)


def _agree(
    key: _Key,
    told: Mapping[_Key, int],
    n: int,
    where: str,
    findings: Findings,
) -> None:
    findings.proved("counts")
    if told.get(key, 0) != n:
        name = ".".join(key)
        findings.add("counts", f"summary.json says {name} = {told.get(key)}; {where}: {n}")


def _numbers(table: Mapping[str, object], above: _Key = ()) -> dict[_Key, int]:
    """Return the whole numbers of nested tables under the names that lead to them."""
    found: dict[_Key, int] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _numbers(value, (*above, name))
        elif isinstance(value, int) and not isinstance(value, bool):
            found[*above, name] = value
    return found
