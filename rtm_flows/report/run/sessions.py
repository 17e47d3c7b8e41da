"""The sessions: how many, how far they came, how long they were.

In: an overview. Out: a section of the page. It refuses to know whose they are.
"""

from __future__ import annotations

from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.visits import BOUGHT, LENGTHS, SESSIONS, STEPS, Length, Visits
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.plot import legend
from rtm_flows.report.rows import Rows
from rtm_flows.report.run.marks import missing
from rtm_flows.report.run.stacks import REST, STYLES, Series, each, stacked
from rtm_flows.report.tables import figure, folded, section, table

_STEPS = dict(
    zip(STEPS, ("saw an item", "put into the cart", "began a checkout", "bought"), strict=True)
)


def sessions(run: Overview) -> Markup:
    """Return the sessions over time, how far they came, and how long they were."""
    title = "What did the sessions look like?"
    found = run.visits
    if found is None:
        why = "sessions.jsonl is not there ([outputs] sessions = false)."
        return section("sessions", title, missing(why))
    if not found.n:
        return section("sessions", title, missing("There were none."))
    return section(
        "sessions",
        title,
        element(
            "p",
            f"{words.count(found.n)} sessions of {found.events / found.n:.1f} events on average, "
            f"{words.percent(found.engaged / found.n)} of them engaged. "
            f"{words.count(found.purchases)} purchases came to {words.amount(found.value)}.",
        ),
        element(
            "div", _course(found), _steps(found), _lengths(found), _ends(found), class_="plots"
        ),
    )


def _course(found: Visits) -> Markup:
    # The cells count sessions, and those of them that bought; bars want parts that add up.
    cells = [
        type(cell)(cell.start, {
            "bought": cell.counts.get(BOUGHT, 0),
            "did not buy": cell.counts.get(SESSIONS, 0) - cell.counts.get(BOUGHT, 0),
        })
        for cell in found.course.cells
    ]  # fmt: skip
    course = type(found.course)(found.course.hours, cells)
    series = [
        Series("bought", STYLES[2], ("bought",)),
        Series("did not buy", REST, ("did not buy",)),
    ]
    told = f"{words.count(found.n)} sessions by when they began, one column each {each(course)}."
    return stacked("sessions-plot", "Sessions by when they began", course, series, told)


def _steps(found: Visits) -> Markup:
    title = "How far sessions came"
    rows = Rows(len(_STEPS))
    told, numbers = [], []
    for step, called in _STEPS.items():
        n = found.reached.get(step, 0)
        share = words.percent(n / found.n)
        rows.bar(called, [("sa", n / found.n)], f"{words.count(n)}, {share}")
        told.append(f"{share} {called}")
        numbers.append([name(called), words.count(n), share])
    return figure(
        title,
        rows.drawn("steps-plot", title, f"Of all sessions {', '.join(told)}."),
        folded("The numbers", table(title, ["", "Sessions", "Of all"], numbers), about=title),
    )


def _lengths(found: Visits) -> Markup:
    title = "Sessions by number of events"
    most = max(1, *(one.n for one in found.lengths))
    rows = Rows(len(found.lengths))
    told, numbers = [], []
    for one in found.lengths:
        label = _label(one)
        bought = words.percent(one.bought / one.n) if one.n else words.NONE
        parts = [(STYLES[2], one.bought / most), (REST, (one.n - one.bought) / most)]
        rows.bar(label, parts, f"{words.count(one.n)}, {bought} bought")
        told.append(f"{label}: {words.count(one.n)}")
        numbers.append([label, words.count(one.n), words.count(one.bought), bought])
    heads = ["Events", "Sessions", "Bought", "Of these"]
    return figure(
        title,
        rows.drawn("lengths-plot", title, f"{'; '.join(told)}."),
        legend((STYLES[2], "bought"), (REST, "did not buy")),
        folded("The numbers", table(title, heads, numbers), about=title),
    )


def _ends(found: Visits) -> Markup:
    rows = [
        [reason, words.count(n), words.percent(n / found.n)] for reason, n in found.reasons.items()
    ]
    title = "How sessions ended"
    return element("div", table(title, ["By", "Sessions", "Of all"], rows), class_="beside")


def _label(one: Length) -> str:
    if one.most is None:
        return f"more than {LENGTHS[-1]}"
    low = (0, *LENGTHS)[LENGTHS.index(one.most)] + 1
    return "1 event" if one.most == 1 else f"{low} to {one.most}" if low < one.most else str(low)
