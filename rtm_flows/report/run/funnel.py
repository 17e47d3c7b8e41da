"""The funnel: where the candidates of each action ended, and which rules kept them out.

In: an overview. Out: two sections of the page. It refuses to know which stages and rules there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rtm_flows.measure.overview.decided import Rule
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.summary import ENTERED, WON
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, join, name
from rtm_flows.report.plot import legend
from rtm_flows.report.rows import Rows
from rtm_flows.report.run.marks import SHOWN, code, long_table, missing, rule, short_id
from rtm_flows.report.tables import figure, folded, section, table

_STYLES = {
    "eligibility": "sb",
    "applicability": "sd",
    "suitability": "sf",
    "outranked": "sz",
    "not_drawn": "sa",
    "below_cost": "sg",
    "below_floor": "se",
    WON: "sc",
}
_OTHER = "sh"
_MEANINGS = {
    "eligibility": "may it be done at all?",
    "applicability": "does it make sense now?",
    "suitability": "is it good for this person?",
    "outranked": "another one was worth more at that moment",
    "not_drawn": "it had a chance, and another one was drawn",
    "below_cost": "it was worth less than it costs",
    "below_floor": "it was not worth the floor",
    "suppressed": "what the person had running kept it back: a cart, a case, an item just bought",
    "held_back": "it was shown in vain too often, or a limit of contacts was used up",
    WON: "it was done",
}
_SHOWN = 3
_MOST = 300


def funnel(run: Overview) -> Markup:
    """Return where candidates ended, as bars and as a table."""
    found = run.summary.funnel
    if not found:
        return section("funnel", "Where did the candidates end?", missing(
            "summary.json has no funnel: no action is declared, or an older version made the run."
        ))  # fmt: skip
    known = dict.fromkeys(fate for own in found.values() for fate in own if fate != ENTERED)
    fates = [*(fate for fate in known if fate != WON), *(fate for fate in known if fate == WON)]
    met = [fate for fate in fates if any(own.get(fate, 0) for own in found.values())]
    title = "Candidates by where they ended"
    return section(
        "funnel",
        "Where did the candidates end?",
        element(
            "p",
            "At every trigger each action, in each of its treatments, is a candidate. It falls at "
            "the first stage of which a rule fails; those that pass all rules are compared, and "
            "the best one wins if it is worth the floor.",
        ),
        element("div", _bars(title, found, met), element("div", _reading(met), class_="beside"),
                class_="plots"),
        _table(title, found, fates),
    )  # fmt: skip


def _bars(title: str, found: Mapping[str, Mapping[str, int]], fates: Sequence[str]) -> Markup:
    most = sorted(found, key=lambda action: (-found[action].get(WON, 0), action))[:SHOWN]
    rows = Rows(len(most))
    told = []
    for action, own in found.items():
        if action not in most:
            continue
        entered = max(1, own.get(ENTERED, 0))
        parts = [(_STYLES.get(fate, _OTHER), own.get(fate, 0) / entered) for fate in fates]
        won = own.get(WON, 0)
        end = f"won {words.count(won)}, {words.percent(won / entered, 2)}"
        rows.bar(action, parts, end)
        told.append(f"{action} {end}")
    styles = [(_STYLES.get(fate, _OTHER), _spaced(fate)) for fate in fates]
    return figure(
        title,
        rows.drawn("funnel-plot", title, f"{'; '.join(told)}."),
        legend(*styles),
        element("p", f"Of {words.count(len(found))} actions those that won most.", class_="dim")
        if len(most) < len(found)
        else None,
    )


def _reading(fates: Sequence[str]) -> Markup:
    told = [
        join(element("dt", _spaced(fate)), element("dd", _MEANINGS[fate]))
        for fate in fates
        if fate in _MEANINGS
    ]
    return element("dl", *told)


def _table(title: str, found: Mapping[str, Mapping[str, int]], fates: Sequence[str]) -> Markup:
    heads = ["Action", "Candidates", *(_spaced(fate).capitalize() for fate in fates), "Won of all"]
    rows = [
        [
            name(action),
            words.count(own.get(ENTERED, 0)),
            *(words.count(own.get(fate, 0)) for fate in fates),
            words.percent(own.get(WON, 0) / max(1, own.get(ENTERED, 0)), 2),
        ]
        for action, own in found.items()
    ]
    return long_table(title, heads, rows)


def rules(run: Overview) -> Markup:
    """Return which rules kept each action out, most often first."""
    title = "Which rule kept which action out?"
    if "candidates" in run.decided.lacking:
        why = (
            "The decisions of this run were written without `candidates` ([outputs.decisions] "
            "fields), so nobody knows which rule failed. Take the key out and run the job again."
        )
        return section("rules", title, missing(why))
    by_action: dict[str, list[Rule]] = {}
    for one in run.decided.rules:
        by_action.setdefault(one.action, []).append(one)
    groups = [_rules(run, own[:_SHOWN]) for own in by_action.values()]
    rest = [row for own in by_action.values() for row in _rules(run, own[_SHOWN:])]
    heads = ["Action", "Stage", "Rule", "Kept out", "Of all candidates", "An example"]
    more = f"{words.some(len(rest), 'more rule')}, first to fail less often"
    return section(
        "rules",
        title,
        element(
            "p",
            f"The {_SHOWN} rules of each action that were the first to fail most often. Only the "
            "first rule that fails counts, in the order in which rules are declared: whoever "
            "loosens it meets the next.",
        ),
        table("Rules by how many candidates they kept out", heads, *groups, words=(0, 1, 2))
        if groups
        else missing("No candidate was kept out by a rule."),
        folded(more, table("The other rules", heads, rest[:_MOST], words=(0, 1, 2)))
        if rest
        else None,
    )


def _rules(run: Overview, found: Sequence[Rule]) -> list[list[str]]:
    return [
        [
            name(one.action),
            one.stage,
            rule(one.rule),
            words.count(one.n),
            words.percent(one.n / max(1, _entered(run, one.action))),
            code(short_id(one.example)) if one.example else words.NONE,
        ]
        for one in found
    ]


def _entered(run: Overview, action: str) -> int:
    return run.summary.funnel.get(action, {}).get(ENTERED, run.decided.n)


def _spaced(fate: str) -> str:
    return fate.replace("_", " ")
