"""The responses: what came of what was shown, and what was learned of it.

In: an overview. Out: a section of the page, where the job joins responses. It refuses to compute
figures.
"""

from __future__ import annotations

from rtm_flows.measure.figures import wilson
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.responded import PASSED, WELCOME, Answers, OfOffer, Orphans
from rtm_flows.measure.overview.summary import Responses
from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.rows import Rows
from rtm_flows.report.run.marks import missing
from rtm_flows.report.run.stacks import REST, STYLES, Series, each, ranked, stacked
from rtm_flows.report.tables import figure, folded, section, table

_MEANINGS = {
    "no_decision_id": "names no decision",
    "unknown_action": "names an action or treatment that the job does not have, or none",
    "another_action": "names another action than the first outcome of its decision did",
    "unknown_decision": "names a decision that this person did not have, or not lately",
    "settled": "came after the horizon",
    "too_late": "is the first of its decision, and came too long after it",
    "too_many_waiting": "came while too many decisions of the person were waiting",
}
_SHOWN = 12
_TITLE = "What came of what was shown?"
_RATES = "Successes of what was shown, by action"


def responses(run: Overview) -> Markup | None:
    """Return what came of what was shown, where the job joins responses."""
    own = run.summary.responses
    if own is None:
        return None
    found = run.answers
    plots = [] if found is None or not found.n else [_rates(found), _course(found)]
    plots += [_successes(found)] if found is not None and found.positives else []
    lost = run.orphans if run.orphans is not None and run.orphans.n else None
    plots += [_orphans(lost)] if lost is not None else []
    return section(
        "responses",
        _TITLE,
        element("p", _said(own)),
        missing("No decision was shown and waited for to its end.") if not own.settled else None,
        element("div", *plots, class_="plots") if plots else None,
        _learned(own) if own.actions else None,
        _reasons(lost, own) if lost is not None else None,
    )


def _said(own: Responses) -> str:
    share = f" ({words.percent(own.positives / own.settled)})" if own.settled else ""
    horizon = f" ({own.horizon})" if own.horizon else ""
    said = f"{words.count(own.settled)} decisions were shown, and waited for to the end of their "
    said += f"horizon{horizon}; {words.count(own.positives)} of them{share} were a success."
    still = f" {words.count(own.censored)} still waited when the input ended."
    outcomes = sum(own.outcomes.values())
    lost = sum(own.orphans.values())
    told = f" Of {words.count(outcomes)} outcomes {words.count(lost)} are about nothing known."
    return said + (still if own.censored else "") + told


def _rates(found: Answers) -> Markup:
    """Return the share of successes by action and treatment, with intervals."""
    shown = found.offers[:_SHOWN]
    ends = {id(one): wilson(one.positives, one.n) for one in found.offers}
    rows = Rows(len(shown), (0.0, min(1.0, max(ends[id(one)][1] for one in shown) * 1.05)))
    rows.mark(found.positives / found.n, "line all")
    rows.scale(lambda at: words.percent(at, 0))
    told = []
    for one in shown:
        rate = one.positives / one.n
        said = f"{words.percent(rate)} of {words.count(one.n)}"
        rows.dot(called(one.action, one.treatment), rate, ends[id(one)], said)
        told.append(f"{called(one.action, one.treatment)} {said}")
    numbers = [
        [name(called(one.action, one.treatment)), words.count(one.n), words.count(one.positives),
         words.percent(one.positives / one.n), words.percents(ends[id(one)])]
        for one in found.offers
    ]  # fmt: skip
    heads = ["Action", "Shown", "Successes", "Of these", "95 %"]
    return figure(
        _RATES,
        rows.drawn("rates-plot", _RATES, f"{'; '.join(told)}."),
        element("p", _note(found.offers), class_="dim"),
        folded("The numbers", table(_RATES, heads, numbers), about=_RATES),
    )


def _note(offers: list[OfOffer]) -> str:
    more = len(offers) - _SHOWN
    note = "Bars show where the true share lies, by 95 percent; the upright line is that of all."
    note += " Each was shown where it was chosen: for a comparison ask rtm worth."
    return f"{note} {words.some(more, 'other action')} below." if more > 0 else note


def _course(found: Answers) -> Markup:
    title = "Shown, and whether it was welcome"
    series = [
        Series("a success", STYLES[2], (WELCOME,)),
        Series("passed over or refused", REST, (PASSED,)),
    ]
    told = f"{words.count(found.n)} by when they were shown, one column each {each(found.course)}."
    return stacked("responses-plot", title, found.course, series, told)


def _successes(found: Answers) -> Markup:
    totals: dict[str, int] = {}
    for one in found.offers:
        totals[one.action] = totals.get(one.action, 0) + one.positives
    title = "Successes by action, by when they were shown"
    told = f"{words.count(found.positives)} successes, one column each {each(found.successes)}."
    series = ranked(totals, "other action")
    return stacked("successes-plot", title, found.successes, series, told)


def _learned(own: Responses) -> Markup:
    """Return what is served of each action now, and how well it was predicted."""
    rows = []
    for action, treatments in own.actions.items():
        for treatment, one in treatments.items():
            prior = one.baselines.get("prior")
            rows.append([
                name(called(action, treatment)), words.count(one.n), words.count(one.positives),
                words.percent(one.positives / one.n) if one.n else words.NONE,
                words.percent(one.propensity), words.figure(one.log_loss),
                words.figure(None if prior is None else prior.log_loss), words.figure(one.ece),
            ])  # fmt: skip
    heads = [
        "Action", "Responses", "Successes", "Rate", "Propensity now", "Log loss", "Of the prior",
        "Calibration error",
    ]  # fmt: skip
    note = (
        "Each response was predicted before it was counted. The propensity stands between what was "
        "believed at first and the rate; learning was worth it where the log loss is below that of "
        "the prior."
    )
    learned = table("What responses have taught", heads, rows)
    return element("div", learned, element("p", note, class_="dim"))


def _orphans(found: Orphans) -> Markup:
    title = "Outcomes about nothing known, over time"
    told = f"{words.count(found.n)} orphans by their time, one column each {each(found.course)}."
    series = ranked(found.reasons, "other reason")
    return stacked("orphans-plot", title, found.course, series, told)


def _reasons(found: Orphans, own: Responses) -> Markup:
    outcomes = max(1, sum(own.outcomes.values()))
    rows = [
        [name(reason), words.count(n), words.percent(n / outcomes), _MEANINGS.get(reason, "")]
        for reason, n in found.reasons.items()
    ]
    heads = ["Reason", "Outcomes", "Of all", "Such an outcome"]
    return table("Outcomes about nothing known, by reason", heads, rows, words=(0, 3))


def called(action: str, treatment: str) -> str:
    """Return an action in a treatment as it is shown.

    Examples
    --------
    >>> called("mail", "mail"), called("mail", "short")
    ('mail', 'mail, short')
    """
    return action if treatment in ("", action) else f"{action}, {treatment}"
