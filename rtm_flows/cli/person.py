"""`rtm person`: what a run knows of one person, as a page."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import TypeVar

import msgspec
from rich.console import Console

from rtm_flows.cli.console import console
from rtm_flows.cli.pages import facts, features, grid, heading, shown, visible
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_or_newest
from rtm_flows.connectors.parquet_rows import Having
from rtm_flows.errors import InputError
from rtm_flows.measure.explanation import plain
from rtm_flows.measure.life import Course, Life, Person, Step, Visit
from rtm_flows.measure.nearest import nearest_ids
from rtm_flows.measure.recorded import Reading, RecordedScore, json_field
from rtm_flows.measure.scan import lines_with

_BARS = "▁▂▃▄▅▆▇█"
_DAYS = 40
_DIGITS = 12
"""Of an id, enough to explain it by; two of ten million begin alike less than once in five runs."""

T = TypeVar("T", Visit, Step, RecordedScore)
Lives = dict[str, Life]


def person(parsed: argparse.Namespace) -> int:
    """Find the lines about somebody and show them added up; once for each kind of id."""
    run = run_or_newest(parsed.run)
    lives: Lives = {}
    _gather(run, "sessions", Visit, parsed, lives)
    _gather(run, "decisions", Step, parsed, lives)
    _gather(run, "scores", RecordedScore, parsed, lives)
    people = [lives[kind].person() for kind in sorted(lives, reverse=True)]
    if not people:
        raise InputError(_nobody(run, parsed.id, parsed.type))
    if parsed.json:
        whole = {"run": str(run.folder), "complete": run.complete, "people": people}
        sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
        return 0
    out = console()
    for number, one in enumerate(people):
        if number:
            out.print()
        _show(out, run, one)
    return 0


def _gather(run: Run, output: str, kind: type[T], parsed: argparse.Namespace, lives: Lives) -> None:
    """Add what an output says of this id, by the kind of the id."""
    if output != "decisions" and not run.has(output):
        return
    needle = json_field("subject_id", parsed.id)
    rows = Having("subject_id", parsed.id)
    with run.reading(output, rows) as source, Bar(output, source.size, quiet=not _watched()) as bar:
        reading: Reading[T] = Reading(kind, source.path)
        found = lines_with(source.file, needle, seen=bar.seen, growing=source.growing)
        for line in found:
            record = reading.of(line.data, line.offset)
            whose = record.subject_type
            if record.subject_id != parsed.id or parsed.type not in (None, whose):
                continue
            life = lives.setdefault(whose, Life(parsed.id, whose, parsed.last))
            _add(life, record)


def _watched() -> bool:
    return sys.stderr.isatty()


def _add(life: Life, record: Visit | Step | RecordedScore) -> None:
    if isinstance(record, Visit):
        life.add_session(record)
    elif isinstance(record, Step):
        life.add_decision(record)
    else:
        life.add_score(record.model, record.time, record.score)


def _nobody(run: Run, wanted: str, kind: str | None) -> str:
    whose = "person" if kind is None else kind
    said = f"{visible(wanted)}: {run.folder} knows no {whose} of this id"
    if wanted[:2] in {"u:", "a:"}:
        kind = "user" if wanted[0] == "u" else "anonymous"
        return f"{said}. Outputs have ids without prefix: rtm person {wanted[2:]} --type {kind}"
    output = "sessions" if run.has("sessions") else "decisions"
    with run.reading(output, columns=["subject_id"]) as source:
        near = [one for one in nearest_ids(source.file, wanted) if one != wanted]
    if near:
        said += f"; near it are {', '.join(map(visible, near))}"
    return said if run.complete else f"{said}. The run is not finished: it may still come"


def _show(out: Console, run: Run, one: Person) -> None:
    out.print(f"{visible(one.subject_type)} {visible(one.subject_id)}", style="bold")
    facts(out, _facts(run, one))
    if one.sessions:
        heading(out, _of("sessions", len(one.sessions), one.session_count))
        columns = ("start", "minutes", "events", "adds", "bought", "value", "decided")
        grid(out, columns, map(_visit, one.sessions), right=columns[1:-1], wide=("decided",))
    if one.latest:
        heading(out, _of("decisions", len(one.latest), one.decision_count))
        steps = ("time", "trigger", "action", "priority", "score", "decision")
        grid(out, steps, map(_step, one.latest), right=steps[3:5], wide=steps[1:3])
    if one.features:
        heading(out, f"features as served at {one.last}")
        features(out, one.features)
    if one.latest:
        out.print()
        out.print(f"rtm explain {one.latest[-1].decision_id} --run {run.folder}")


def _of(what: str, shown: int, all_of_them: int) -> str:
    return f"{what}: the last {shown:,} of {all_of_them:,}"


def _facts(run: Run, one: Person) -> list[tuple[str, str | None]]:
    configs = "" if not one.configs else f"; configuration {', '.join(map(visible, one.configs))}"
    bought = f"{one.purchases:,} purchases worth {plain(one.value)}"
    decided = ", ".join(f"{visible(what)} {n:,}" for what, n in one.decided.items())
    return [
        ("run", f"{run.folder} ({run.state}){configs}"),
        ("seen", None if one.first is None else f"{one.first} to {one.last}"),
        ("sessions", f"{one.session_count:,} with {bought}"),
        ("decisions", f"{one.decision_count:,}: {decided}" if decided else "none"),
        *((f"score {visible(model)}", _course(course)) for model, course in one.scores.items()),
    ]


def _course(course: Course) -> str:
    days = course.days[-_DAYS:]
    return (
        f"{plain(course.last)} at last; {plain(course.least)} to {plain(course.most)}, mean "
        f"{plain(course.mean)}; by day {spark([day.mean for day in days])}"
    )


def spark(values: list[float]) -> str:
    """Return a bar for each value, from 0 to the largest.

    Examples
    --------
    >>> spark([0.0, 0.1, 0.2, 0.05])
    '▁▅█▃'
    """
    most = max([*values, 0.0])
    if not most > 0.0:
        return _BARS[0] * len(values)
    top = len(_BARS) - 1
    return "".join(_BARS[min(top, round(top * max(0.0, value) / most))] for value in values)


def _visit(visit: Visit) -> tuple[str, ...]:
    decided = ", ".join(f"{visible(what)} {n:,}" for what, n in visit.decided.items())
    start = f"{visit.start[:10]} {visit.start[11:16]}"
    if visit.session is None:
        return start, "", f"{visit.events:,}", "", "", "", f"(open) {decided}"
    numbers = (visit.events, visit.cart_adds, visit.purchases)
    texts = (f"{number:,}" for number in numbers)
    return start, _minutes(visit), *texts, plain(visit.value), decided


def _minutes(visit: Visit) -> str:
    """Return how long a session lasted, from clock to clock of its first and last event."""
    (start, end) = (datetime.fromisoformat(text) for text in (visit.start, visit.end))
    return f"{(end - start).total_seconds() / 60:.1f}"


def _step(step: Step) -> tuple[str, ...]:
    time = f"{step.decision_time[:10]} {step.decision_time[11:19]}"
    numbers = ("" if n is None else shown(n) for n in (step.priority, step.score))
    return (
        time,
        visible(step.trigger.type),
        visible(step.what),
        *numbers,
        step.decision_id[:_DIGITS],
    )
