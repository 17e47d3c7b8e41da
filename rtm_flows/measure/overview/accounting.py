"""Accounting: whether the counts of a run add up, and agree with its files.

In: an overview. Out: one line a check, with both numbers. It refuses to explain a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.summary import ENTERED, NO_ACTION, Counts

FATES = ("accepted", "duplicate", "late", "ignored", "dead_letter")
"""Where a record ends."""


class Check(msgspec.Struct, frozen=True):
    """Two numbers that must be the same: what they are of, and what each is."""

    what: str
    said: int
    found: int
    how: str

    @property
    def holds(self) -> bool:
        """Whether they are the same."""
        return self.said == self.found


def checks(run: Overview) -> list[Check]:
    """Return every check that can be made, those within the summary first."""
    parts = (_within, _lines, _dropped, _by_name, _responses)
    return [check for part in parts for check in part(run)]


def _within(run: Overview) -> Iterator[Check]:
    own = run.summary
    fates = sum(getattr(own, fate) for fate in FATES)
    yield Check(
        "records read", own.input, fates, "accepted + duplicate + late + ignored + dead letters"
    )
    yield Check("triggers", own.triggers, sum(own.decisions.values()), "decisions of all kinds")
    idle = own.decisions.get(NO_ACTION, 0)
    if own.no_action or idle:
        yield Check("decisions for no action", idle, sum(own.no_action.values()), "their reasons")
    dead = sum(own.dead_letters.values())
    yield Check("dead letters", own.dead_letter, dead, "their reasons")
    if own.funnel:
        off = [name for name, counts in own.funnel.items() if not _adds_up(counts)]
        what = "actions of which all candidates have an end"
        yield Check(what, len(own.funnel), len(own.funnel) - len(off), "the funnel")


def _adds_up(counts: Counts) -> bool:
    return counts.get(ENTERED, 0) == sum(n for fate, n in counts.items() if fate != ENTERED)


def _dropped(run: Overview) -> Iterator[Check]:
    """Yield whether the funnel has as many candidates at each stage as its rules have dropped."""
    by_stage = _summed((rule.stage, rule.n) for rule in run.decided.rules)
    for stage, n in by_stage.items():
        said = sum(counts.get(stage, 0) for counts in run.summary.funnel.values())
        yield Check(f"candidates that fell at {stage}", said, n, "rules told in decisions.jsonl")


def _lines(run: Overview) -> Iterator[Check]:
    own = run.summary
    yield Check("triggers", own.triggers, run.decided.n, "lines of decisions.jsonl")
    if run.late is not None:
        yield Check("late", own.late, run.late.n, "lines of late.jsonl")
    if run.dead_letters is not None:
        found = sum(one.n for one in run.dead_letters)
        yield Check("dead letters", own.dead_letter, found, "lines of dead_letters.jsonl")
    if run.visits is not None:
        sessions = sum(own.sessions.values())
        yield Check("sessions", sessions, run.visits.n, "lines of sessions.jsonl")
        yield Check("accepted", own.accepted, run.visits.events, "events in these sessions")
    for model in run.served or ():
        how = f"lines of scores.jsonl by {model.model}"
        yield Check("accepted", own.accepted, model.n, how)


def _by_name(run: Overview) -> Iterator[Check]:
    own = run.summary
    if "name" not in run.decided.lacking:
        actions = Counter[str]()
        for choice in run.decided.choices:
            actions[choice.name] += choice.n
        yield _same("actions", own.decisions, actions, "decisions.jsonl")
        reasons = {c.reason: c.n for c in run.decided.choices if c.name == NO_ACTION and c.reason}
        if reasons:
            yield _same("reasons for no action", own.no_action, reasons, "decisions.jsonl")
    if own.triggers_by and "trigger" not in run.decided.lacking:
        fired = {one.trigger: one.n for one in run.decided.triggers}
        found = {name: fired.get(name, 0) for name in own.triggers_by}
        yield _same("triggers of a name", own.triggers_by, found, "decisions.jsonl")
    if run.dead_letters is not None:
        dead = _summed((one.reason, one.n) for one in run.dead_letters)
        yield _same("reasons of dead letters", own.dead_letters, dead, "dead_letters.jsonl")
    if run.visits is not None:
        yield _same("ends of sessions", own.sessions, run.visits.reasons, "sessions.jsonl")


def _responses(run: Overview) -> Iterator[Check]:
    own = run.summary.responses
    if own is not None and run.answers is not None:
        lines = "lines of responses.jsonl"
        yield Check("decisions shown, waited for to the end", own.settled, run.answers.n, lines)
        yield Check("successes", own.positives, run.answers.positives, lines)
    if own is not None and run.orphans is not None:
        reasons = run.orphans.reasons
        yield _same("reasons of orphans", own.orphans, reasons, "orphans.jsonl")


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    sums = Counter[str]()
    for name, n in pairs:
        sums[name] += n
    return sums


def _same(what: str, said: Counts, found: Counts, where: str) -> Check:
    """Return whether every name has one count in both."""
    names = {name for name in (*said, *found) if said.get(name, 0) or found.get(name, 0)}
    alike = sum(said.get(name, 0) == found.get(name, 0) for name in names)
    return Check(f"{what}, each with its count", len(names), alike, f"as often in {where}")
