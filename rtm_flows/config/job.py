"""The job: every section of the configuration as a typed record, with its defaults.

In: values that are of the right types. Out: a `Job`, and what follows from it. Whether the values
fit each other is for `checks` to say. Section 8 of docs/semantics.md lists the keys.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from rtm_flows.config.carried import carried_fields
from rtm_flows.config.input_rule import Input, Section
from rtm_flows.config.kafka import Kafka, Written
from rtm_flows.config.operating import Operating
from rtm_flows.config.output_rule import Outputs
from rtm_flows.config.people_rule import PeopleRule
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.default_slices import SLICES
from rtm_flows.decisions.defaults import ACTIONS
from rtm_flows.decisions.exploration import Exploration
from rtm_flows.decisions.responses import TEXT, Responses
from rtm_flows.decisions.slices import Slice
from rtm_flows.events.formats import mapping_of
from rtm_flows.events.mapping import Mapping
from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature, text_fields
from rtm_flows.features.own.kind import Python
from rtm_flows.models.rules import Challenger
from rtm_flows.models.spec import Churn, Intent, Learning
from rtm_flows.people.moment_kinds import Moment, text_of
from rtm_flows.policy.delivery import DeliveryRule
from rtm_flows.policy.experiments import Experiment
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.reports import ContactRule
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.suppressions import Accessories, Suppressions
from rtm_flows.times import parse_duration

SHOPPING_FIELDS = ("case_id", "item_id", "transaction_id")
"""Text fields of events that suppressions look at."""


class Time(Section, frozen=True, kw_only=True):
    """Order, lateness and ticks.

    Attributes
    ----------
    order
        Whether events of a person are taken in the order of their times, or as they arrive. Left
        out: as they arrive where the job has the table `[kafka]`, else by their times.
    lateness
        ISO 8601 duration that a record may be behind the latest of its partition before it is late.
    tick
        ISO 8601 duration between versions of the models, longer than zero.
    lag
        Ticks from learning to serving, at least 2. Left out: 2, and in log order also those that
        `lateness` takes.
    ahead
        ISO 8601 duration that a time may be ahead of `received_at` before it is clamped to it.
    """

    order: Literal["event", "log"] | None = None
    lateness: str = "PT1M"
    tick: str = "PT1M"
    lag: int | None = None
    ahead: str = "PT1H"


class SessionRule(Section, frozen=True, kw_only=True):
    """When a session ends.

    Attributes
    ----------
    gap
        ISO 8601 duration, longer than zero: a longer pause begins a new session.
    """

    gap: str = "PT30M"


class Dedup(Section, frozen=True, kw_only=True):
    """How long an id is remembered; `PT0S` switches de-duplication off.

    Attributes
    ----------
    window
        ISO 8601 duration between two records with one id within which they are copies.
    """

    window: str = "P1D"


class Models(Section, frozen=True, kw_only=True):
    """The models: intent always, churn where it is asked for.

    Attributes
    ----------
    intent
        Who buys before the session ends, or within a horizon.
    churn
        Who stays away; left out, there is no such model.
    """

    intent: Intent = Intent()
    churn: Churn | None = None

    @property
    def named(self) -> dict[str, Learning]:
        """The models of the job by name, in the order in which scores are written."""
        further = {} if self.churn is None else {"churn": self.churn}
        return {"intent": self.intent, **further}


class Triggers(Section, frozen=True, kw_only=True):
    """The events and the moments that call for a decision.

    Attributes
    ----------
    types
        Event types; `["*"]` is all, `["!", "a", "b"]` all but a and b.
    moments
        What no single event tells: silence, a cart that was left, one event after another.
    """

    types: tuple[str, ...] = ("*",)
    moments: tuple[Moment, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the moments, in order."""
        return tuple(moment.name for moment in self.moments)


class LearningRule(Section, frozen=True, kw_only=True):
    """By what periods, and for which rows apart, it is told how well the models predict.

    Attributes
    ----------
    period
        ISO 8601 duration, a whole multiple of `time.tick`.
    slices
        Rows that are also judged apart; left out, those of the default features.
    """

    period: str = "PT1H"
    slices: tuple[Slice, ...] | None = None


class Job(Section, frozen=True, kw_only=True):
    """A whole job.

    Attributes
    ----------
    name
        Part of the ids of decisions and name of the output folder; the file name where it is left
        out.
    lanes
        Shares of all people, from 1 to 256; changing it is another job.
    floor
        Priority below which nothing is done.
    input
        Where events come from and what their columns mean.
    kafka
        The broker; left out, the job reads and writes files.
    time
        Order, lateness and ticks.
    sessions
        When a session ends.
    dedup
        How long an id is remembered.
    people
        Who leaves, and is forgotten; by default nobody.
    models
        The models.
    learning
        By what periods, and for which rows apart, models are judged.
    responses
        What people do with what they are shown; left out, it is not learned.
    triggers
        The events that call for a decision.
    features
        What is known of a person; left out, the default features.
    actions
        What can be done for a person; left out, the default actions.
    locales
        Locales that customers read: every text must be there in each of them, and in no other;
        none means that texts are not checked.
    suppressions
        What keeps actions back because of what a person has running; left out, nothing does.
    accessories
        By item id what goes with it, best first.
    exploration
        How offers that are not thought best get their chance.
    pauses
        What is shown in vain, and then rests.
    limits
        How often a person may be contacted.
    contacts
        How contacts are counted.
    delivery
        What becomes of decisions that are still on their way.
    experiments
        People divided into arms that are treated otherwise on purpose.
    outputs
        What is written.
    operating
        Where a run tells how it is doing; no part of an answer.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> job = load({"name": "shop", "time": {"lateness": "PT5M"}})
    >>> job.time.lateness, job.lanes
    ('PT5M', 128)
    """

    name: str
    lanes: int = 128
    floor: float = 0.0
    input: Input = Input()
    kafka: Kafka | None = None
    time: Time = Time()
    sessions: SessionRule = SessionRule()
    dedup: Dedup = Dedup()
    people: PeopleRule = PeopleRule()
    models: Models = Models()
    learning: LearningRule = LearningRule()
    responses: Responses | None = None
    triggers: Triggers = Triggers()
    features: tuple[Feature, ...] = DEFAULT
    actions: tuple[Action, ...] = ACTIONS
    locales: tuple[str, ...] = ()
    suppressions: Suppressions | None = None
    accessories: Accessories = msgspec.field(default_factory=dict)
    exploration: Exploration = Exploration()
    pauses: tuple[Pause, ...] = ()
    limits: tuple[Limit, ...] = ()
    contacts: ContactRule = ContactRule()
    delivery: DeliveryRule = DeliveryRule()
    experiments: tuple[Experiment, ...] = ()
    outputs: Outputs = Outputs()
    operating: Operating = Operating()

    @property
    def order(self) -> Literal["event", "log"]:
        """In which order events of a person are taken."""
        return self.time.order or ("event" if self.kafka is None else "log")

    @property
    def writes(self) -> Literal["files", "kafka"]:
        """Where the outputs go."""
        return self.outputs.kind or self.input.kind

    @property
    def lag(self) -> int:
        """Ticks between learning and serving."""
        if self.time.lag is not None:
            return self.time.lag
        lateness, tick = parse_duration(self.time.lateness), parse_duration(self.time.tick)
        return 2 + (-(-lateness // tick) if self.order == "log" else 0)

    @property
    def slices(self) -> tuple[Slice, ...]:
        """Slices by which models are judged: the job's, or those of the default features."""
        if self.learning.slices is not None:
            return self.learning.slices
        return SLICES if self.features == DEFAULT else ()

    @property
    def source(self) -> str:
        """Source of events that name none."""
        return self.input.source or self.name

    @property
    def mapping(self) -> Mapping:
        """The mapping of the input: that of its format, with the job's own keys."""
        return mapping_of(self.input.format, self.input.mapping)

    @property
    def text(self) -> tuple[str, ...]:
        """Text fields of events that the job looks at."""
        carried = carried_fields(self.pauses, self.limits, self.delivery)
        more = [*carried, *(TEXT if self.responses else ())]
        more += SHOPPING_FIELDS if self.suppressions else ()
        of_moments = [field for one in self.triggers.moments for field in text_of(one)]
        return tuple(dict.fromkeys([*text_fields(self.features), *of_moments, *more]))

    @property
    def own_features(self) -> tuple[Python, ...]:
        """The features written in Python."""
        return tuple(feature for feature in self.features if isinstance(feature, Python))

    @property
    def own_models(self) -> tuple[Challenger, ...]:
        """The challengers written in Python."""
        named = self.models.named.values()
        return tuple(one for spec in named for one in spec.challengers if one.code is not None)

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts of what is written in Python: versions, and all that is declared."""
        features = [feature.contract for feature in self.own_features]
        return tuple(dict.fromkeys([*features, *(model.contract for model in self.own_models)]))

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change with anything that can change an answer.

        Of what is written in Python these are versions and what they declare.
        """
        tree = msgspec.to_builtins(self.settled)
        del tree["outputs"]["format"], tree["outputs"]["kind"]  # how and where rows are written
        del tree["operating"]
        text = msgspec.json.encode(tree, order="sorted")
        text += "".join(self.contracts).encode()
        return hashlib.blake2b(text, digest_size=8).hexdigest()

    @property
    def settled(self) -> Job:
        """The job as far as it can change an answer: without where files and brokers are."""
        settled = with_input(self, ())
        rule = msgspec.structs.replace(settled.input, block_bytes=Input().block_bytes)
        settled = msgspec.structs.replace(settled, input=rule, kafka=self._read_topics())
        # Once through JSON, so that 2 and 2.0 for the same number are the same.
        return msgspec.json.decode(msgspec.json.encode(settled), type=Job)

    def _read_topics(self) -> Kafka | None:
        """Return of the broker what is part of an answer: what records mean, and what is told."""
        if self.kafka is None:
            return None
        told = Written(payload=self.kafka.written.payload)
        return Kafka(topics=self.kafka.topics, written=told)


def with_input(job: Job, paths: tuple[str, ...]) -> Job:
    """Return the job reading these files."""
    rule = msgspec.structs.replace(job.input, kind="files", paths=paths)
    return msgspec.structs.replace(job, input=rule)
