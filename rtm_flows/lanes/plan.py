"""The plan: a job's configuration settled into the numbers the core works with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rtm_flows.columns import Table, as_text
from rtm_flows.config import Job
from rtm_flows.config.carried import carried_fields
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.exploration import Exploration
from rtm_flows.decisions.responses import Responses
from rtm_flows.decisions.slices import Slice
from rtm_flows.errors import refuse
from rtm_flows.features.definitions import Feature
from rtm_flows.models.spec import Churn, Intent, Learning
from rtm_flows.people.moment_kinds import Moment
from rtm_flows.people.shopping import Rule
from rtm_flows.policy.delivery import DeliveryRule
from rtm_flows.policy.experiments import Experiment
from rtm_flows.policy.holds import Hold, holds_of
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.reports import ContactRule
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.suppressions import Suppressions, rule_of
from rtm_flows.times import parse_duration

INTENT = 0
"""Place of intent among the models: every job has it, and decisions are made by its score."""

CHURN = 1
"""Place of churn among the models, where a job has it."""

_PLACE = ("round", "partition", "row")
_AS_DECLARED = (
    *("name", "source", "digest", "lanes", "lag", "features", "text", "actions", "floor"),
    *("exploration", "suppressions", "pauses", "limits", "contacts", "delivery", "experiments"),
    *("slices", "responses"),
)
"""What a plan has as the job says it, under the same name."""


class Model(NamedTuple):
    """A model of the job; its place among the others is what `model` in examples means."""

    name: str
    spec: Learning


class Plan(NamedTuple):
    """The constants of a run; all spans in milliseconds."""

    name: str
    source: str
    digest: str
    lanes: int
    partitions: int
    log_order: bool
    tick_ms: int
    lag: int
    gap_ms: int
    dedup_ms: int
    inactive_ms: int | None
    """Without an event for longer than this, a person leaves; None for never."""
    most: int | None
    """People of a lane where a tick begins; None for any number."""
    marks: bool
    """Whether rows carry the mark before their round: in log order people leave at marks."""
    lateness_ms: int
    features: tuple[Feature, ...]
    text: tuple[str, ...]
    intent: Intent
    churn: Churn | None
    models: tuple[Model, ...]
    triggers: tuple[str, ...]
    moments: tuple[Moment, ...]
    actions: tuple[Action, ...]
    floor: float
    exploration: Exploration
    suppressions: Suppressions | None
    shopping: Rule | None
    """How people's shopping is followed; None without suppressions."""
    pauses: tuple[Pause, ...]
    limits: tuple[Limit, ...]
    contacts: ContactRule
    delivery: DeliveryRule
    experiments: tuple[Experiment, ...]
    decision_fields: tuple[str, ...] | None
    all_reasons: bool
    contributions: int
    scores: bool
    sessions: bool
    learning: bool
    parquet: bool
    topics: bool
    """Whether records may stand in topics, as those of exported topics do too."""
    payload: bool
    """Whether dead letters of topics hold the record."""
    period_ticks: int
    slices: tuple[Slice, ...]
    responses: Responses | None

    @classmethod
    def of(cls, job: Job, partitions: int) -> Plan:
        """Settle a job that reads this many partitions.

        Raises
        ------
        ConfigError
            If people are to leave full lanes in order of the log, and there is not one partition.
        """
        marks = job.order == "log" and job.people.most_per_lane is not None
        if marks and partitions > 1:
            text = (
                "in order of the log wants an input of one partition, since people leave between "
                f"its rounds; got {partitions}. Topics and their exported folders are one; for "
                'files set input.stripes = 1, or time.order = "event"'
            )
            refuse("people.most_per_lane", text)
        declared: dict[str, Any] = {name: getattr(job, name) for name in _AS_DECLARED}
        return cls(
            **declared,
            partitions=partitions,
            log_order=job.order == "log",
            tick_ms=parse_duration(job.time.tick),
            gap_ms=parse_duration(job.sessions.gap),
            dedup_ms=parse_duration(job.dedup.window),
            inactive_ms=job.people.inactive_ms,
            most=job.people.most_per_lane,
            marks=marks,
            lateness_ms=parse_duration(job.time.lateness),
            intent=job.models.intent,
            churn=job.models.churn,
            models=tuple(Model(*one) for one in job.models.named.items()),
            triggers=job.triggers.types,
            moments=job.triggers.moments,
            shopping=_shopping(job),
            decision_fields=job.outputs.decisions.fields,
            all_reasons=job.outputs.decisions.all_reasons,
            contributions=_contributions(job),
            scores=job.outputs.scores,
            sessions=job.outputs.sessions,
            learning=job.outputs.learning,
            parquet=job.outputs.format == "parquet",
            topics=job.kafka is not None,
            payload=job.kafka is not None and job.kafka.written.payload,
            period_ticks=parse_duration(job.learning.period) // parse_duration(job.time.tick),
        )

    @property
    def leaves(self) -> bool:
        """Whether anybody ever leaves."""
        return self.inactive_ms is not None or self.most is not None

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What may hold an offer back, in the order in which it is asked."""
        return holds_of(self.pauses, self.limits, suppresses=self.suppressions is not None)

    @property
    def carried(self) -> tuple[str, ...]:
        """Text fields of events that decide looks at, beside those that every row has."""
        return carried_fields(self.pauses, self.limits, self.delivery)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the models, in order."""
        return tuple(model.name for model in self.models)

    @property
    def moment_names(self) -> tuple[str, ...]:
        """Names of the moments, in order."""
        return tuple(moment.name for moment in self.moments)

    def reach(self, time: int) -> int:
        """Return how far time has come when the latest event is of this time.

        In log order earlier events may follow: as much earlier as the lateness.
        """
        return time - self.lateness_ms if self.log_order else time

    def no_events(self) -> Table:
        """Return a table of no events, with all columns."""
        ints = {n: np.zeros(0, dtype=np.int64) for n in ("time", "price", "quantity", "amount")}
        texts = {n: as_text([]) for n in ("person", "id", "source", "type", *self.text)}
        wanted = (_PLACE if self.log_order else ()) + (("mark",) if self.marks else ())
        place = {n: np.zeros(0, dtype=np.int64) for n in wanted}
        derived = np.zeros(0, dtype=np.bool_)
        hashes = np.zeros(0, dtype=np.uint32)
        return Table({**ints, **texts, **place, "derived": derived, "hash": hashes})


def _contributions(job: Job) -> int:
    """Return of how many features decisions tell what they add: flat records have no room."""
    told = job.outputs.decisions
    return told.contributions if told.fields is None else 0


def _shopping(job: Job) -> Rule | None:
    if job.suppressions is None:
        return None
    return rule_of(job.suppressions, job.accessories, [action.about for action in job.actions])
