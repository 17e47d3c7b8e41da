"""Overviews of small runs, made by hand from records."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from rtm_flows.measure.overview.deciding import decided
from rtm_flows.measure.overview.learning import learned
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.refused import dead_letters, late
from rtm_flows.measure.overview.responded import answers, orphans
from rtm_flows.measure.overview.served import served
from rtm_flows.measure.overview.summary import summary_from
from rtm_flows.measure.overview.visits import visits
from rtm_flows.measure.scan import Line, lines
from rtm_flows.times import format_time
from tests.measure.recorded import START, Record, as_lines, decision, nothing, score

HOUR = 3_600_000
ACTIONS = ("greet", "mail")


def read(records: Sequence[Record]) -> list[Line]:
    """Return records as lines."""
    return list(lines(io.BytesIO(as_lines(records))))


def model(**own: Any) -> dict[str, Any]:
    """Return the figures of a model that is good."""
    return {
        "n": 1000, "positives": 200, "roc_auc": 0.8, "roc_auc_95": [0.77, 0.83],
        "average_precision": 0.5, "log_loss": 0.4, "log_loss_95": [0.38, 0.42], "brier": 0.1,
        "ece": 0.01, "calibration": [{"n": 500, "predicted": 0.1, "observed": 0.12},
                                     {"n": 500, "predicted": 0.3, "observed": 0.28}],
        "baselines": {"prior": {"roc_auc": 0.5, "log_loss": 0.5},
                      "recency": {"roc_auc": None, "log_loss": None}},
        "slices": {"new": {"n": 300, "positives": 60, "roc_auc": 0.7, "roc_auc_95": [0.65, 0.75],
                           "log_loss": 0.45}},
        "rejected": 0, "censored": 2, **own,
    }  # fmt: skip


def shown(n: int = 40, every: int = 4) -> list[Record]:
    """Return responses to two actions over days, some of them a success."""
    return [
        {"action": ACTIONS[number % 2], "treatment": ("greet", "letter")[number % 2],
         "shown_time": format_time(START + number * HOUR), "label": number % every == 0}
        for number in range(n)
    ]  # fmt: skip


def lost(n: int = 2, reason: str = "too_late") -> list[Record]:
    """Return orphans of one reason."""
    return [{"time": format_time(START + at * HOUR), "reason": reason} for at in range(n)]


def taught(**own: Any) -> dict[str, Any]:
    """Return what the summary says of these responses and orphans."""
    figures = {"n": 20, "positives": 10, "propensity": 0.31, "log_loss": 0.6, "ece": 0.02,
               "baselines": {"prior": {"log_loss": 0.9}}}  # fmt: skip
    never = {**figures, "n": 20, "positives": 0, "propensity": 0.04, "log_loss": 0.1}
    return {
        "settled": 40, "positives": 10, "censored": 3, "within": "P1D", "horizon": "PT2H",
        "outcomes": {"shown": 43, "positive": 11, "negative": 1}, "orphans": {"too_late": 2},
        "actions": {"greet": {"greet": figures}, "mail": {"letter": never}}, **own,
    }  # fmt: skip


def decisions() -> list[Record]:
    """Return four days of decisions of two actions, both of which win now and then."""
    made = []
    for number in range(96):
        time = format_time(START + number * HOUR)
        if number % 6 == 0:
            made.append(decision(number, decision_time=time, candidates=_slate("greet")))
        elif number % 6 == 1:
            own = {"name": "mail", "channel": "email", "treatment": "letter"}
            made.append(decision(number, decision_time=time, candidates=_slate("mail"), **own))
        else:
            reason = "below_floor" if number % 6 == 2 else "no_eligible_action"
            dropped = _slate("greet" if number % 6 == 2 else None, reason="below_floor")
            made.append(nothing(number, decision_time=time, reason=reason, candidates=dropped))
    return made


def _slate(passed: str | None, reason: str | None = None) -> list[dict[str, Any]]:
    fell = {"stage_dropped": "eligibility", "reason": 'type == "purchase"'}
    stage = None if reason is None else "arbitration"
    own = {"stage_dropped": stage, "reason": reason}
    return [{"name": name, **(own if name == passed else fell)} for name in ACTIONS]


def sessions() -> list[dict[str, Any]]:
    """Return sessions, half of which see a purchase; all events are in them."""
    return [
        {"subject_id": "7", "session": n + 1, "start": format_time(START + n * HOUR),
         "reason": "gap", "events": 8, "views": 1, "cart_adds": 1, "checkouts": n % 2,
         "purchases": n % 2, "value": 12.5, "engaged": True}
        for n in range(12)
    ]  # fmt: skip


def summary(made: Sequence[Record], **own: Any) -> dict[str, Any]:
    """Return the summary that a run with these decisions would have."""
    funnel: defaultdict[str, Counter[str]] = defaultdict(lambda: Counter(entered=len(made)))
    for record in made:
        for one in record["candidates"]:
            stage, reason = one["stage_dropped"], one["reason"]
            fate = "won" if stage is None else reason if stage == "arbitration" else stage
            funnel[one["name"]][fate] += 1
    idle = Counter(record["reason"] for record in made if record["name"] == "no_action")
    return {
        "input": 100, "accepted": len(made), "duplicate": 100 - len(made) - 2, "late": 1,
        "ignored": 0, "dead_letter": 1, "clamped": 0, "conflicting": 0, "triggers": len(made),
        "decisions": dict(Counter(record["name"] for record in made)), "no_action": dict(idle),
        "dead_letters": {"bad_time": 1}, "sessions": {"gap": 12},
        "funnel": {name: dict(counts) for name, counts in funnel.items()},
        "models": {"intent": model()}, "responses": taught(), **own,
    }  # fmt: skip


def overview(made: Sequence[Record] | None = None, *, name: str = "shop", **own: Any) -> Overview:
    """Return the overview of a run in which nothing is amiss, but for what the summary says."""
    made = decisions() if made is None else made
    path = "x.jsonl"
    scores = [score(n, time=r["decision_time"], score=0.3) for n, r in enumerate(made)]
    period = {
        "time": format_time(START + 2 * HOUR), "start": format_time(START + HOUR),
        "model": "intent", "kind": "period", "n": 10, "positives": 2, "log_loss": 0.4,
        "prior_log_loss": 0.5,
    }  # fmt: skip
    letter = {
        "reason": "bad_time",
        "field": "time",
        "detail": "no",
        "place": {"file": "in", "line": 2},
    }
    return Overview(
        name=name,
        summary=summary_from(summary(made, **own), path),
        decided=decided(read(made), path),
        served=served(read(scores), path),
        learned=learned(read([period, {**period, "start": format_time(START + 30 * HOUR)}]), path),
        visits=visits(read(sessions()), path),
        late=late(read([{"lateness_seconds": 70.0, "type": "search"}]), path),
        dead_letters=dead_letters(read([letter]), path),
        answers=answers(read(shown()), path),
        orphans=orphans(read(lost()), path),
    )
