"""The decisions: what was decided when, why nothing, by which channel, at which trigger.

In: an overview. Out: sections of the page. It refuses to know which actions there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rtm_flows.measure.overview.cells import Course
from rtm_flows.measure.overview.decided import Choice, Ruled
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.summary import NO_ACTION
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join, name
from rtm_flows.report.run.lead import REASONS
from rtm_flows.report.run.marks import code, long_table, missing, short_id
from rtm_flows.report.run.stacks import REST, STYLES, Series, each, ranked, stacked
from rtm_flows.report.tables import section, table


def decisions(run: Overview) -> Markup:
    """Return what was decided over time, and how often, with examples."""
    title = "What was decided, and when?"
    if "name" in run.decided.lacking:
        return section("decisions", title, _lacking("name"), _counts(run))
    return section(
        "decisions",
        title,
        _over_time(run),
        _choices(run),
        _configurations(run.decided.configs) if len(run.decided.configs) > 1 else None,
        element(
            "p",
            "Priority is what the action was thought to be worth at that moment, on average. The "
            "examples are drawn: ",
            code(f"rtm explain ID --run {run.name}"),
            " shows one with everything that led to it.",
            class_="dim",
        ),
    )


def _configurations(found: list[Ruled]) -> Markup:
    """Return which configuration decided when: a job may be upgraded on the way."""
    rows = [
        [code(one.config), words.count(one.n), _moment(one.first), _moment(one.last)]
        for one in found
    ]
    heads = ["Configuration", "Decisions", "First (UTC)", "Last"]
    return table("Decisions by the configuration that held", heads, rows, words=(0, 2, 3))


def _moment(time: str | None) -> str:
    return words.NONE if time is None else words.moment(time, hour=True, year=True)


def _over_time(run: Overview) -> Markup:
    course = run.decided.course
    if not course.cells:
        return _lacking("decision_time")
    done = [one for one in run.decided.choices if one.name != NO_ACTION]
    idle = [one for one in run.decided.choices if one.name == NO_ACTION]
    every = [Series("an action", STYLES[0], tuple(one.told for one in done))] if done else []
    every += [
        Series(_why(one), style, (one.told,))
        for one, style in zip(idle, (REST, STYLES[1], STYLES[4]), strict=False)
    ]
    if len(idle) > 3:
        every.append(Series("other reasons", STYLES[3], tuple(one.told for one in idle[3:])))
    return element(
        "div",
        stacked("decided-plot", "Decisions, and why nothing was done", course, every,
                _course_told(course, run.decided.n, "decisions")),
        _actions(run, done) if done else missing("No action was ever chosen."),
        class_="plots",
    )  # fmt: skip


def _actions(run: Overview, done: list[Choice]) -> Markup:
    series = ranked({one.told: one.n for one in done}, "other action")
    total = sum(one.n for one in done)
    told = _course_told(run.decided.course, total, "actions")
    return stacked("actions-plot", "Actions", run.decided.course, series, told)


def _course_told(course: Course, n: int, what: str) -> str:
    sums = [sum(cell.counts.values()) for cell in course.cells]
    return f"{words.count(n)} {what} in {len(sums)} columns, one each {each(course)}."


def _why(one: Choice) -> str:
    return "no reason told" if one.reason is None else one.reason.replace("_", " ")


def _choices(run: Overview) -> Markup:
    heads = ["Decided", "Why", "Decisions", "Of all", "Priority", "Examples"]
    rows = [
        [
            name(one.name),
            "" if one.reason is None else f"{one.reason}: {REASONS[one.reason]}"
            if one.reason in REASONS else one.reason,
            words.count(one.n),
            words.percent(one.n / max(1, run.decided.n), 2),
            words.amount(one.priority) if one.name != NO_ACTION else words.NONE,
            join(*(part for at, own in enumerate(one.examples)
                   for part in (" " if at else None, code(short_id(own))))),
        ]
        for one in run.decided.choices
    ]  # fmt: skip
    return long_table("How often each was decided", heads, rows, (0, 1))


def _counts(run: Overview) -> Markup:
    """Return what the summary knows, where the lines do not tell."""
    own = run.summary.decisions
    rows = [[name(what), words.count(n)] for what, n in sorted(own.items(), key=lambda p: -p[1])]
    return table("How often each was decided, by summary.json", ["Decided", "Decisions"], rows)


def channels(run: Overview) -> Markup:
    """Return how much goes out by which channel."""
    title = "How much goes out, and where?"
    if "channel" in run.decided.lacking:
        return section("channels", title, _lacking("channel"))
    course = run.decided.channels
    if not course.cells:
        return section("channels", title, missing("Nothing goes out: no decision has a channel."))
    totals: Counter[str] = Counter()
    for way in run.decided.ways:
        totals[way.channel] += way.n
    told = _course_told(course, totals.total(), "deliveries")
    busiest = {one: max(course.values(one), default=0) for one in totals}
    heads = ["Channel", "Treatment", "Action", "Decisions"]
    ways = [
        [name(way.channel), way.treatment or words.NONE, way.name, words.count(way.n)]
        for way in run.decided.ways
    ]
    return section(
        "channels",
        title,
        element(
            "div",
            stacked("channels-plot", "Deliveries by channel", course,
                    ranked(totals, "other channel"), told),
            element("div", _volumes(totals, busiest, course), class_="beside"),
            class_="plots",
        ),
        long_table("Ways of delivery", heads, ways, (0, 1, 2)),
    )  # fmt: skip


def _volumes(totals: Mapping[str, int], busiest: Mapping[str, int], course: Course) -> Markup:
    unit = each(course).removesuffix(" from")
    rows = [
        [name(one), words.count(n), words.amount(round(n / len(course.cells), 1)),
         words.count(busiest[one])]
        for one, n in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    ]  # fmt: skip
    heads = ["Channel", "In all", f"Each {unit}", f"Busiest {unit}"]
    return table("Volumes by channel: what each must be able to carry", heads, rows)


def triggers(run: Overview) -> Markup:
    """Return what fired, and what came of it."""
    title = "What fired?"
    if "trigger" in run.decided.lacking:
        return section("triggers", title, _lacking("trigger"))
    rows = []
    idle = {one.told for one in run.decided.choices if one.name == NO_ACTION}
    for one in run.decided.triggers:
        acted = {told: n for told, n in one.decided.items() if told not in idle}
        best = max(acted, key=lambda key: (acted[key], key), default=None)
        most = "nothing" if best is None else f"{best} ({words.count(acted[best])})"
        rows.append([
            name(one.trigger), words.count(one.n), words.percent(one.n / max(1, run.decided.n)),
            words.count(sum(acted.values())), words.percent(sum(acted.values()) / one.n), most,
        ])  # fmt: skip
    heads = ["Trigger", "Decisions", "Of all", "Acted", "Of its own", "Most often done"]
    return section(
        "triggers",
        title,
        long_table("Triggers, and what came of them", heads, rows, (0, 5)),
        element("p", _pending(run), class_="dim") if run.summary.pending else None,
        element("p", _by_chance(run), class_="dim") if run.decided.by_chance else None,
    )


def _pending(run: Overview) -> str:
    waiting = ", ".join(
        f"{words.count(n)} of {name}" for name, n in run.summary.pending.items() if n
    )
    return f"Timers that still ran when the input ended: {waiting or 'none'}."


def _by_chance(run: Overview) -> str:
    n = run.decided.by_chance
    return (
        f"{words.count(n)} decisions ({words.percent(n / run.decided.n)}) were chosen by chance, "
        "with a probability below 1 that is in the record."
    )


def _lacking(field: str) -> Markup:
    return missing(
        f"The decisions of this run were written without `{field}` ([outputs.decisions] fields), "
        "so this cannot be told. Take the key out, or add the field, and run the job again."
    )
