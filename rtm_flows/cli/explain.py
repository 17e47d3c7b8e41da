"""`rtm explain`: one decision as a page."""

from __future__ import annotations

import argparse
import sys

import msgspec
from rich.console import Console

from rtm_flows.cli.console import console
from rtm_flows.cli.pages import facts, features, grid, heading, shown, visible
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.runs import Run, run_or_newest
from rtm_flows.measure.explanation import Explanation, Fate, Product, explain, plain
from rtm_flows.measure.lookup import Found, find_decision, find_foremost, scores_of
from rtm_flows.measure.recorded import Contributed, Recorded, RecordedScore

_REASONS = {
    "no_eligible_action": "every action fell before arbitration, so there was nothing to choose",
    "below_floor": "the best priority was below the floor: not worth the person's attention",
    "below_cost": "no priority covered what the delivery costs",
    "suppressed": "what the person has running kept back every action that was worth it",
    "held_back": "every action worth it was kept back, by a pause or a limit of contacts too",
}
_FATES = {
    "outranked": "another had a higher priority, or the same and stands before it",
    "not_drawn": "it had its chance, and another was drawn",
    "below_cost": "its priority does not cover what the delivery costs",
    "below_floor": "its priority was below the floor",
}
"""What the codes of the job say; rules are written out already."""
_SUPPRESSED = {
    "open_case": "a service case is open: it is not the time to sell",
    "live_cart": "something is in the cart: nothing else is to be sold now",
    "order_delayed": "an order is delayed: it is not the time to sell",
    "in_cart": "what it would offer is in the cart already",
    "bought": "what it would offer was bought not long ago",
    "removed": "what it would offer was taken out of the cart",
    "ignored": "what it would offer was shown often and not looked at",
    "no_item": "there is no item to offer",
}
"""What suppressions say."""
_WON = "of all that were left it had the highest priority"
_DRAWN = "it was drawn among those that were left, each by its chance"


def explain_decision(parsed: argparse.Namespace) -> int:
    """Find a decision and show why it is what it is."""
    run = run_or_newest(parsed.run)
    with run.reading("decisions") as source:
        quiet = not sys.stderr.isatty()
        with Bar("searching", source.size, quiet=quiet) as bar:
            where, growing = (source.file, source.path), source.growing
            if parsed.id is None:
                found = find_foremost(*where, seen=bar.seen, growing=growing)
            else:
                found = find_decision(*where, parsed.id, seen=bar.seen, growing=growing)
    scores = _scores(run, found.decision)
    why = explain(found.decision, scores)
    if parsed.json:
        sys.stdout.buffer.write(_as_json(run, found, scores, why) + b"\n")
        return 0
    _show(console(), run, found.decision, scores, why)
    return 0


def _scores(run: Run, decision: Recorded) -> list[RecordedScore]:
    if not run.has("scores"):
        return []
    with run.reading("scores") as source:
        return scores_of(source.file, source.path, source.size, decision, growing=source.growing)


def _as_json(run: Run, found: Found, scores: list[RecordedScore], why: Explanation) -> bytes:
    whole = {
        "run": str(run.folder),
        "complete": run.complete,
        "offset": found.line.offset,
        "decision": msgspec.Raw(found.line.data),
        "scores": scores,
        "explanation": why,
    }
    return msgspec.json.encode(whole)


def _show(
    out: Console, run: Run, decision: Recorded, scores: list[RecordedScore], why: Explanation
) -> None:
    what = visible(decision.name)
    whom = f"{visible(decision.subject_type)} {visible(decision.subject_id)}"
    out.print(f"{what} for {whom} at {decision.decision_time}", style="bold")
    facts(out, _facts(run, decision, scores, why))
    heading(out, "candidates: why this, and why not the others")
    grid(
        out,
        ("action", "treatment", "priority", "chance", "fell at", "because"),
        (_candidate(fate, decision) for fate in why.candidates),
        right=("priority", "chance"),
        wide=("because",),
    )
    if decision.contributions is not None:
        heading(out, "what made the score, in units of its logit")
        features(out, _contributed(decision.contributions))
    first = {name: decision.features[name] for name in why.looked_at}
    if first:
        heading(out, "features that these rules look at, as served")
        features(out, first)
    rest = {name: value for name, value in decision.features.items() if name not in first}
    if rest:
        heading(out, "all other features" if first else "features as served")
        features(out, rest)


def _facts(
    run: Run, decision: Recorded, scores: list[RecordedScore], why: Explanation
) -> list[tuple[str, str | None]]:
    events = ", ".join(visible(event) for event in decision.trigger.event_ids)
    return [
        ("decision", decision.decision_id),
        ("run", f"{run.folder} ({run.state})"),
        ("configuration", decision.config),
        ("trigger", f"{visible(decision.trigger.type)}: event {events}"),
        ("reason", _reason(decision)),
        ("action", _action(decision)),
        ("priority", None if why.product is None else equation(why.product)),
        *((name, text) for name, text in _scored(decision, scores, why)),
        ("items", ", ".join(map(visible, decision.items)) or None),
        ("delivery", _delivery(decision)),
        *((f"reads in {visible(one.locale)}", visible(one.text)) for one in decision.texts),
        *(
            (
                f"told as {visible(reason.code)}",
                " | ".join(visible(one.text) for one in reason.texts) or None,
            )
            for reason in decision.reasons
        ),
    ]


def _reason(decision: Recorded) -> str:
    if decision.reason is None:
        likely = decision.action_prob is None or decision.action_prob == 1.0
        return _WON if likely else _DRAWN
    code = decision.reason
    return f"{code}: {_REASONS[code]}" if code in _REASONS else visible(code)


def _action(decision: Recorded) -> str | None:
    if decision.channel is None:
        return None
    parts = [
        f"{visible(decision.treatment or '')} on {visible(decision.channel)}",
        f"issue {visible(decision.issue or '')}, group {visible(decision.group or '')}",
    ]
    if decision.action_prob is not None:
        if decision.cost:
            parts.append(f"costs {plain(decision.cost)}")
        parts.append(f"chosen with probability {plain(decision.action_prob)}")
    return "; ".join(parts)


def equation(product: Product) -> str:
    """Return a priority as the product that it is, with every decimal.

    Examples
    --------
    >>> equation(Product({"propensity": 0.3, "value": 12.0}, "3.6", 3.6, True))
    '0.3 (propensity) x 12 (value) = 3.6'
    """
    factors = " x ".join(f"{plain(v)} ({name})" for name, v in product.factors.items())
    priority = plain(product.priority)
    if not product.holds:
        return f"{factors} = {product.exact}, but the record says {priority}: it was changed"
    if product.exact == priority:
        return f"{factors} = {priority}"
    return f"{factors} = {product.exact}, rounded {priority}"


def _scored(
    decision: Recorded, scores: list[RecordedScore], why: Explanation
) -> list[tuple[str, str]]:
    model = decision.model
    own = "score" if model is None else f"score {visible(model.name)}"
    found = [(own, f"{plain(decision.score)}{_version(decision, why)}")]
    for score in scores:
        if model is None or score.model != model.name:
            by = "before its first version" if score.version < 0 else f"by version {score.version}"
            found.append((f"score {visible(score.model)}", f"{plain(score.score)} {by}"))
    return found


def _version(decision: Recorded, why: Explanation) -> str:
    model = decision.model
    if model is None:
        return ""
    by = " before the first version" if model.version < 0 else f" by version {model.version}"
    if model.evidence is None or model.positives is None:
        return by
    if model.version < 0:
        learned = f"{by}: nothing was learned yet"
    else:
        learned = (
            f"{by}, which had learned {model.evidence:,} examples, {model.positives:,} positive"
        )
    served = "; too few to be believed, so the prior was served" if why.prior_served else ""
    return learned + served


def _delivery(decision: Recorded) -> str | None:
    if decision.not_before is None and decision.expires_at is None:
        return None
    told = f"not before {decision.not_before}, expires at {decision.expires_at}"
    if decision.supersedes is None:
        return told
    return f"{told}; {visible(decision.supersedes)} is void if it has not gone out"


def _candidate(fate: Fate, decision: Recorded) -> tuple[str, ...]:
    chance = "" if not fate.chance else plain(fate.chance)
    priority = "" if fate.priority is None else plain(fate.priority)
    told = visible(fate.name), visible(fate.treatment or ""), priority, chance
    if fate.stage is None:
        same = (fate.name, fate.treatment) == (decision.name, decision.treatment)
        return *told, "", "chosen" if same else ""
    reason = fate.reason or ""
    known = _SUPPRESSED if fate.stage == "suppression" else _FATES
    words = visible(known.get(reason, reason))
    values = ", ".join(f"{visible(name)} was {shown(v)}" for name, v in fate.looked_at.items())
    words = f"{words} ({values})" if values else words
    return *told, visible(fate.stage), words


def _contributed(made: Contributed) -> dict[str, float | None]:
    """Return what adds up to the logit, from the largest."""
    each = {one.feature: one.contribution for one in made.features}
    return {"base": made.base, **each, "all others": made.rest, "logit": made.logit}
