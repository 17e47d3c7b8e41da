"""The fields of a decision: where each comes from, one column at a time.

In: scored rows and what was chosen for them. Out: under each name, the column of that field. It
refuses to know which fields are wanted and in which order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat, starmap
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.decisions.arbitration import HIGHEST_PRIORITY, NONE, REASONS, Choice
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.decisions.contact_fields import Arms, LimitCounts
from rtm_flows.decisions.exploration import Exploration
from rtm_flows.decisions.fired import event_ids, trigger_names
from rtm_flows.decisions.funnel import Compiled, Dropped
from rtm_flows.decisions.reasons import Reasons, told_in
from rtm_flows.decisions.record import (
    Contributed,
    Contribution,
    Explored,
    ModelVersion,
    Rule,
    Trigger,
)
from rtm_flows.decisions.served_rows import digests, ids_of
from rtm_flows.decisions.slate import Slate, Slates, chances_of
from rtm_flows.people.happened import split
from rtm_flows.people.shoppers import items_of
from rtm_flows.policy.experiments import Experiment
from rtm_flows.policy.holds import Hold
from rtm_flows.policy.limits import Limits
from rtm_flows.rounding import round6
from rtm_flows.times import format_times
from rtm_flows.version import VERSION

SUBJECTS = {"u": "user", "a": "anonymous"}
"""Kind of a subject, by the prefix of its person key."""


class Constants:
    """What is the same for every decision of a job, worked out once.

    Lists by offer end with the value for `no_action`, which the winner -1 finds there.
    """

    def __init__(
        self,
        compiled: Compiled,
        *,
        job: str,
        config: str,
        model: str,
        all_reasons: bool,
        limits: Limits,
        holds: Sequence[Hold],
        experiments: Sequence[Experiment],
        exploration: Exploration,
        moments: Sequence[str] = (),
    ) -> None:
        self.arms = Arms(experiments)
        self.limits = LimitCounts(limits)
        self._enter_offers(compiled)
        self.job, self.config, self.model, self.moments = job, config, model, moments
        self.slates = Slates(compiled, all_reasons=all_reasons, holds=holds)
        self.reasons = Reasons(compiled)
        told = msgspec.convert(exploration, Explored, from_attributes=True)
        self.exploration = msgspec.Raw(msgspec.json.encode(told))
        self.feature_names = compiled.feature_names
        self.reason = [None if r == HIGHEST_PRIORITY else code for r, code in enumerate(REASONS)]
        self.features = msgspec.defstruct(
            "Features",
            [(f"f{at}", float) for at in range(len(compiled.feature_names))],
            rename={f"f{at}": name for at, name in enumerate(compiled.feature_names)},
            gc=False,
        )

    def _enter_offers(self, compiled: Compiled) -> None:
        """Note what is told of each offer."""
        offers = compiled.offers
        self.name = [*(o.name for o in offers), NO_ACTION]
        self.issue = [*(o.action.issue for o in offers), "none"]
        self.group = [*(o.group for o in offers), "none"]
        self.channel = [*(o.channel for o in offers), None]
        self.direction = [*(o.direction for o in offers), None]
        self.placement = [*(o.placement for o in offers), None]
        self.treatment = [*(o.treatment for o in offers), None]
        told = (*(told_in(o.texts) for o in offers), ())
        self.texts = [msgspec.Raw(msgspec.json.encode(texts)) for texts in told]
        factors: list[list[float]] = compiled.weights.tolist()
        self.value, self.levers = ([*row, None] for row in factors[1:])
        self.cost = [*compiled.costs.tolist(), None]
        self.about = [*(o.about for o in offers), ""]
        self.spans = np.array([*((o.wait_ms, o.lifetime_ms) for o in offers), (0, 0)])
        traces = (*(tuple(Rule(r.stage, r.text) for r in o.rules) for o in offers), ())
        self.traces = [msgspec.Raw(msgspec.json.encode(trace)) for trace in traces]


@dataclass
class Rows:
    """Scored rows and what was chosen for them; columns that several fields need, made once."""

    constants: Constants
    scored: Table
    dropped: Dropped
    choice: Choice

    def texts(self, name: str) -> list[str]:
        """Return a column of text as a list."""
        texts: list[str] = self.scored[name].tolist()
        return texts

    def by_action(self, values: list[Any]) -> Iterable[Any]:
        """Return of each row its winner's value."""
        return map(values.__getitem__, self.winners)

    def of_winner(self, numbers: NDArray[np.float64], otherwise: float | None) -> list[Any]:
        """Return of each row its winner's number, from (rows, actions)."""
        if not numbers.shape[1]:
            return [otherwise] * len(numbers)
        places = self.choice.winner.astype(np.intp)
        picked = numbers[np.arange(len(numbers)), places].tolist()
        return [otherwise if w == NONE else p for w, p in zip(self.winners, picked, strict=True)]

    def if_delivered(self, texts: list[str]) -> list[str | None]:
        """Return texts, None where there is nothing to deliver."""
        return [None if w == NONE else t for w, t in zip(self.winners, texts, strict=True)]

    @cached_property
    def times(self) -> list[str]:
        """Clocks as text."""
        return format_times(self.scored["time"])

    @cached_property
    def winners(self) -> list[int]:
        """Winning actions."""
        winners: list[int] = self.choice.winner.tolist()
        return winners

    @cached_property
    def persons(self) -> list[str]:
        """Person keys."""
        return self.texts("person")

    @cached_property
    def triggers(self) -> list[str]:
        """Names of the triggers."""
        names: list[str] = trigger_names(self.scored, self.constants.moments).tolist()
        return names

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """Features as served: rounded."""
        return round6(self.scored["x"])


def subject_ids(persons: list[str]) -> list[str]:
    """Return person keys without their prefix."""
    return [person[2:] for person in persons]


def subject_types(persons: list[str]) -> list[str]:
    """Return the kind of each subject: `user` or `anonymous`."""
    return [SUBJECTS[person[0]] for person in persons]


def _ids(rows: Rows) -> list[str]:
    if "own_id" in rows.scored:
        return rows.texts("own_id")
    return ids_of(rows.constants.job, rows.scored, rows.triggers)


def _model(rows: Rows) -> Iterable[ModelVersion]:
    scored, name = rows.scored, repeat(rows.constants.model)
    told = ("version", "snapshot_hash", "evidence", "positives")
    counts = (scored[key].tolist() for key in told)
    return map(ModelVersion, name, *counts)


def _contributions(rows: Rows) -> Iterable[Contributed | None]:
    scored = rows.scored
    if "places" not in scored:
        return repeat(None, len(scored))
    names = rows.constants.feature_names
    columns = ("known", "logit", "base", "places", "contributed", "rest")
    return (
        Contributed(logit, base, tuple(map(Contribution, map(names.__getitem__, at), values)), rest)
        if known
        else None
        for known, logit, base, at, values, rest in zip(
            *(scored[name].tolist() for name in columns), strict=True
        )
    )


def _features_hash(rows: Rows) -> list[str]:
    return [digest.hex() for digest in digests(rows.x)]


def _not_before(rows: Rows) -> list[str | None]:
    wait = rows.constants.spans[:, 0]
    if not wait.any():
        return rows.if_delivered(rows.times)
    return rows.if_delivered(format_times(rows.scored["time"] + wait[rows.choice.winner]))


def _expires_at(rows: Rows) -> list[str | None]:
    lifetime = rows.constants.spans[:, 1]
    return rows.if_delivered(format_times(rows.scored["time"] + lifetime[rows.choice.winner]))


def _supersedes(rows: Rows) -> Iterable[str | None]:
    if "supersedes" not in rows.scored:
        return repeat(None, len(rows.scored))
    told: list[str | None] = rows.scored["supersedes"].tolist()
    return told


def _held_out(rows: Rows) -> Iterable[bool]:
    if "held_out" not in rows.scored or not rows.scored["held_out"].shape[1]:
        return repeat(False, len(rows.scored))
    places = rows.choice.winner.astype(np.intp)
    held: list[bool] = rows.scored["held_out"][np.arange(len(places)), places].tolist()
    return [w != NONE and h for w, h in zip(rows.winners, held, strict=True)]


def _items(rows: Rows) -> Iterable[tuple[str, ...]]:
    """Return the items that the winners are about."""
    if not any(rows.constants.about):
        return repeat((), len(rows.scored))
    about = [rows.constants.about[winner] for winner in rows.winners]
    texts = {one: rows.texts(items_of(one)) for one in set(about) if one}
    return [split(texts[one][at]) if one else () for at, one in enumerate(about)]


def _slates(rows: Rows) -> list[Slate]:
    return rows.constants.slates.of(rows.dropped, rows.choice)


FIELDS: dict[str, Callable[[Rows], Iterable[Any]]] = {
    "decision_id": lambda rows: ids_of(rows.constants.job, rows.scored, rows.triggers),
    "decision_time": lambda rows: rows.times,
    "subject_id": lambda rows: subject_ids(rows.persons),
    "subject_type": lambda rows: subject_types(rows.persons),
    "trigger": lambda rows: map(Trigger, rows.triggers, event_ids(rows.scored)),
    "issue": lambda rows: rows.by_action(rows.constants.issue),
    "group": lambda rows: rows.by_action(rows.constants.group),
    "name": lambda rows: rows.by_action(rows.constants.name),
    "channel": lambda rows: rows.by_action(rows.constants.channel),
    "direction": lambda rows: rows.by_action(rows.constants.direction),
    "placement": lambda rows: rows.by_action(rows.constants.placement),
    "treatment": lambda rows: rows.by_action(rows.constants.treatment),
    "rank": lambda rows: repeat(1, len(rows.scored)),
    "priority": lambda rows: rows.of_winner(rows.choice.priority, 0.0),
    "propensity": lambda rows: rows.of_winner(rows.choice.propensity, None),
    "context_weight": lambda rows: rows.of_winner(rows.choice.context, None),
    "value": lambda rows: rows.by_action(rows.constants.value),
    "levers": lambda rows: rows.by_action(rows.constants.levers),
    "cost": lambda rows: rows.by_action(rows.constants.cost),
    "action_prob": lambda rows: rows.of_winner(chances_of(rows.choice), 1.0),
    "policy": lambda rows: rows.constants.arms.policies(rows.scored),
    "exploration": lambda rows: repeat(rows.constants.exploration, len(rows.scored)),
    "arms": lambda rows: rows.constants.arms.of(rows.scored),
    "held_out": _held_out,
    "limits": lambda rows: rows.constants.limits.of(rows.winners, rows.scored),
    "candidates": _slates,
    "rule_trace": lambda rows: rows.by_action(rows.constants.traces),
    "model": _model,
    "score": lambda rows: rows.scored["score"].tolist(),
    "contributions": _contributions,
    "features": lambda rows: starmap(rows.constants.features, rows.x.tolist()),
    "features_hash": _features_hash,
    "profile_version": lambda rows: rows.scored["profile_version"].tolist(),
    "profile_lag_ms": lambda rows: repeat(0, len(rows.scored)),
    "reasons": lambda rows: rows.constants.reasons.of(rows.winners, rows.dropped.holds),
    "reason": lambda rows: map(rows.constants.reason.__getitem__, rows.choice.reason.tolist()),
    "texts": lambda rows: rows.by_action(rows.constants.texts),
    "items": _items,
    "not_before": _not_before,
    "expires_at": _expires_at,
    "supersedes": _supersedes,
    "config": lambda rows: repeat(rows.constants.config, len(rows.scored)),
    "code_version": lambda rows: repeat(VERSION, len(rows.scored)),
    # The flat names of a projection, beside the fields of the full record.
    "event_id": lambda rows: rows.texts("id"),
    "time": lambda rows: rows.scored["time"].tolist(),
    "user_id": lambda rows: subject_ids(rows.persons),
    "action": lambda rows: rows.by_action(rows.constants.name),
}
"""Of each field that a line may have, the column it is written from."""
