"""The accounts: where each record ended, whether the counts agree, and what took no part.

In: an overview. Out: a section of the page. It refuses to explain a difference.
"""

from __future__ import annotations

from rtm_flows.measure.overview.accounting import FATES, Check, checks
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.refused import DELAYS, DeadLetters, Late
from rtm_flows.measure.overview.summary import Summary
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.rows import Rows
from rtm_flows.report.run.marks import code, long_table
from rtm_flows.report.tables import figure, folded, section, table

_STYLES = {
    "accepted": "sc",
    "duplicate": "sz",
    "late": "sb",
    "ignored": "sd",
    "dead_letter": "se",
}
_MEANINGS = {
    "accepted": "became an event",
    "duplicate": "was told before",
    "late": "came after its time had passed",
    "ignored": "of a type declared so",
    "dead_letter": "could not be understood",
}
_SHOWN = 20


def accounting(run: Overview) -> Markup:
    """Return the fates of records, the checks, and what took no part."""
    made = checks(run)
    broken = sum(not check.holds for check in made)
    said = (
        f"All {len(made)} checks hold: nothing is lost, nothing is counted twice."
        if not broken
        else f"{broken} of {len(made)} checks do not hold: a file was changed or cut, or the job "
        "was made by another version."
    )
    return section(
        "accounting",
        "Is everything accounted for?",
        element("p", said),
        element("div", _fates(run), _late(run.late), class_="plots"),
        _checks(made),
        _dead(run.dead_letters) if run.dead_letters else None,
        _left(run.summary) if run.summary.evicted else None,
        _others(run),
    )


def _fates(run: Overview) -> Markup:
    own, title = run.summary, "Records by where they ended"
    whole = max(1, own.input)
    counts = {fate: getattr(own, fate) for fate in FATES}
    rows = Rows(len(counts))
    for fate, n in counts.items():
        told = f"{words.count(n)}, {words.percent(n / whole, 2)}"
        rows.bar(fate.replace("_", " "), [(_STYLES[fate], n / whole)], told)
    numbers = [
        [fate.replace("_", " "), words.count(n), words.percent(n / whole, 2), _MEANINGS[fate]]
        for fate, n in counts.items()
    ]
    told = ", ".join(f"{n:,} {fate.replace('_', ' ')}" for fate, n in counts.items())
    more = [("clamped", own.clamped), ("conflicting", own.conflicting)]
    notes = [f"{words.count(n)} {what}" for what, n in more if n]
    return figure(
        title,
        rows.drawn("fates-plot", title, f"Of {own.input:,} records {told}."),
        element("p", f"Among them {', '.join(notes)}.", class_="dim") if notes else None,
        folded(
            "The numbers",
            table(title, ["", "Records", "Of all", ""], numbers, words=(0, 3)),
            about=title,
        ),
    )


def _checks(made: list[Check]) -> Markup:
    rows = [
        [
            check.what,
            words.count(check.said),
            words.count(check.found),
            check.how,
            element("span", "holds" if check.holds else "differs",
                    class_="badge stable" if check.holds else "badge large"),
        ]
        for check in made
    ]  # fmt: skip
    heads = ["By the summary", "", "Found", "By", "Check"]
    return table("Counts that must be the same", heads, rows, words=(0, 3, 4))


def _late(found: Late | None) -> Markup | None:
    if found is None or not found.n:
        return None
    parts = zip((*DELAYS, None), found.delays, strict=True)
    rows = [[_delay(most), words.count(n), words.percent(n / found.n)] for most, n in parts]
    types = [[name(kind), words.count(n)] for kind, n in list(found.types.items())[:_SHOWN]]
    more = folded("By type", table("Late records by type", ["Type", "Records"], types))
    by_delay = table("Late records by how late they were", ["Behind", "Records", "Of these"], rows)
    return element("div", by_delay, more, class_="beside")


def _delay(most: int | None) -> str:
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    size, unit = next(one for one in units if (most or DELAYS[-1]) >= one[0])
    n = (most or DELAYS[-1]) // size
    told = f"{n} {unit}" if n == 1 else f"{n} {unit}s"
    return f"more than {told}" if most is None else f"up to {told}"


def _dead(found: list[DeadLetters]) -> Markup:
    rows = [
        [name(one.reason), words.NONE if one.field is None else code(one.field),
         words.count(one.n), one.detail, one.place]
        for one in found
    ]  # fmt: skip
    heads = ["Reason", "Field", "Records", "What was wrong with the first", "Where it is"]
    return long_table("Dead letters by reason and field", heads, rows, (0, 1, 3, 4))


def _left(own: Summary) -> Markup:
    """Return who left, by rule, and what was cut off with them."""
    by_lane, by_silence = own.evicted.get("most_per_lane", 0), own.evicted.get("inactive", 0)
    learned = {model: found.evicted for model, found in own.models.items()}
    if own.responses is not None:
        learned["responses"] = own.responses.evicted
    rows = [
        [
            "people of whom nothing was heard for long",
            code("people.inactive"),
            words.count(by_silence),
        ],
        ["people whose lane was full", code("people.most_per_lane"), words.count(by_lane)],
        ["their timers, which no longer fire", "", words.count(own.evicted.get("timers", 0))],
        *(
            [f"rows that {who} would have learned", "", words.count(n)]
            for who, n in learned.items()
        ),
    ]
    return table("People who left", ["", "By", "How many"], rows, words=(0, 1))


def _others(run: Overview) -> Markup | None:
    if not run.summary.others:
        return None
    rows = [[path, words.amount(value)] for path, value in run.summary.others.items()]
    shown = table("What else the summary counts", ["", ""], rows)
    return shown if len(rows) <= _SHOWN else folded("What else the summary counts", shown)
