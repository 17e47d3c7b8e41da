"""The top of the page: what came in, what was decided, why mostly nothing, and what stands out.

In: an overview. Out: the header, its figures, and the list of what stands out. It refuses to find
anything itself.
"""

from __future__ import annotations

from rtm_flows.measure.overview.notable import notable
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.summary import NO_ACTION, Model
from rtm_flows.report import words
from rtm_flows.report.lead import counted, finding, tile
from rtm_flows.report.markup import Markup, element, name
from rtm_flows.report.tables import section

REASONS = {
    "no_eligible_action": "every action was kept out by a rule",
    "below_floor": "the best action was worth less than the floor",
    "below_cost": "no action was worth what it costs",
    "suppressed": "what the person had running kept every action back",
    "held_back": "every action that was left was held back, some of them by a pause or a limit",
}
"""Why nothing is done, in words; other codes are shown as they are."""


def header(run: Overview) -> Markup:
    """Return what happened, and the figures to begin with."""
    return element(
        "header",
        element("p", _kicker(run.summary.job), class_="kicker"),
        element("h1", "What was done in ", name(run.name)),
        element("p", _came(run), class_="lead"),
        element("p", _verdict(run), class_="lead verdict"),
        element("div", *_tiles(run), class_="tiles"),
    )


def first(run: Overview) -> Markup:
    """Return what stands out, the worst first."""
    found = notable(run)
    counts = counted([one.level for one in found])
    told = [finding(one.level, one.text, one.topic) for one in found]
    return section(
        "first",
        "What stands out",
        element("p", f"{counts}, by rules that are the same for every run.", class_="dim"),
        element("ul", *told, class_="findings"),
    )


def _kicker(job: str | None) -> str:
    return "Report of a run" if job is None else f"Report of a run of the job {job}"


def _came(run: Overview) -> str:
    own, decided = run.summary, run.decided
    when = ""
    if decided.first is not None and decided.last is not None:
        begin, end = (
            words.moment(at, hour=True, year=True) for at in (decided.first, decided.last)
        )
        when = f" From {begin} to {end} (UTC)"
    sessions = f" in {words.count(run.visits.n)} sessions" if run.visits is not None else ""
    records = f"{words.count(own.input)} records were read"
    lost = own.input - own.accepted
    left = f", {words.count(lost)} took no part" if lost else ", and all took part"
    happened = f"{when or ' In all'} {words.count(own.accepted)} events happened{sessions}"
    return f"{records}{left}.{happened}; {words.count(own.triggers)} decisions were made."


def _verdict(run: Overview) -> str:
    own = run.summary
    idle = own.decisions.get(NO_ACTION, 0)
    if not own.triggers:
        return "Nothing triggered a decision."
    if not idle:
        return "Something was done every time."
    if not own.funnel and not own.acted:
        return "Nothing could be done: the job declares no action."
    reasons = sorted(own.no_action.items(), key=lambda pair: (-pair[1], pair[0]))
    why = ", ".join(
        f"in {words.percent(n / own.triggers)} {REASONS.get(code, f'for {code}')}"
        for code, n in reasons
        if n
    )
    said = f"In {words.percent(idle / own.triggers)} of the decisions nothing was done"
    said = said if own.acted else "Nothing was ever done"
    return f"{said}: {why}." if why else f"{said}."


def _tiles(run: Overview) -> list[Markup]:
    own = run.summary
    tiles = [
        tile("Accepted", _share(own.accepted, own.input),
             f"of {words.count(own.input)} records; {words.count(own.late)} late, "
             f"{words.count(own.dead_letter)} dead letters"),
        tile("Acted", _share(own.acted, own.triggers),
             f"{words.count(own.acted)} of {words.count(own.triggers)} decisions; {_top(run)}"),
    ]  # fmt: skip
    if run.visits is not None and run.visits.n:
        bought = run.visits.reached["purchases"]
        tiles.append(
            tile("Sessions", words.count(run.visits.n),
                 f"{words.percent(bought / run.visits.n)} with a purchase; "
                 f"worth {words.amount(run.visits.value)} in all")
        )  # fmt: skip
    return tiles + [_model(name, model) for name, model in list(run.models.items())[:3]]


def _top(run: Overview) -> str:
    actions = {k: n for k, n in run.summary.decisions.items() if k != NO_ACTION and n}
    if not actions:
        return "no action ever won"
    best = max(actions, key=lambda key: (actions[key], key))
    return f"most often {best}, {words.percent(actions[best] / run.summary.acted, 0)} of these"


def _model(called: str, model: Model) -> Markup:
    prior = model.baselines.get("prior")
    beside = "" if prior is None else f"; {words.figure(prior.log_loss)} by the running rate"
    note = f"ROC AUC; log loss {words.figure(model.log_loss)}{beside}"
    return tile(f"Score {called}", words.figure(model.roc_auc), note)


def _share(n: int, whole: int) -> str:
    return words.percent(n / whole) if whole else words.NONE
