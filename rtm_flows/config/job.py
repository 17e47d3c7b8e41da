"""The job: every section of the configuration as a typed record, with its defaults.

In: values that are of the right types. Out: a `Job`, and what follows from it. Whether the values
fit each other is for `checks` to say. Section 8 of docs/semantics.md lists the keys.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.default_slices import SLICES
from rtm_flows.decisions.defaults import ACTIONS
from rtm_flows.decisions.slices import Slice
from rtm_flows.events.formats import mapping_of
from rtm_flows.events.mapping import Mapping
from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.definitions import Feature, text_fields
from rtm_flows.features.own.kind import Python
from rtm_flows.models.spec import Churn, Intent, Learning
from rtm_flows.people.moment_kinds import Moment, text_of
from rtm_flows.times import parse_duration

Format = Literal["canonical", "mapping", "segment", "rudderstack", "snowplow", "ga4", "cloudevents"]
"""What the records are; all but the first two are mappings that come with the package."""

STANDARD_INPUT = "-"
"""The path that stands for standard input."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the configuration."""


class Csv(_Section, frozen=True, kw_only=True):
    """How a CSV file is written."""

    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"


class Input(_Section, frozen=True, kw_only=True):
    """Where events come from and what their columns mean."""

    kind: Literal["files"] = "files"
    paths: tuple[str, ...] = ()
    file_format: Literal["jsonl", "csv", "parquet"] | None = None
    format: Format = "canonical"
    mapping: Mapping | None = None
    csv: Csv = Csv()
    source: str | None = None
    sort: bool = True
    stripes: int = 4
    block_bytes: int = 1 << 20
    max_record_bytes: int = 1 << 20


class Time(_Section, frozen=True, kw_only=True):
    """Order, lateness and ticks."""

    order: Literal["event", "log"] = "event"
    lateness: str = "PT1M"
    tick: str = "PT1M"
    lag: int | None = None
    ahead: str = "PT1H"


class SessionRule(_Section, frozen=True, kw_only=True):
    """When a session ends."""

    gap: str = "PT30M"


class Dedup(_Section, frozen=True, kw_only=True):
    """How long an id is remembered; `PT0S` switches de-duplication off."""

    window: str = "P1D"


class Models(_Section, frozen=True, kw_only=True):
    """The models: intent always, churn where it is asked for."""

    intent: Intent = Intent()
    churn: Churn | None = None

    @property
    def named(self) -> dict[str, Learning]:
        """The models of the job by name, in the order in which scores are written."""
        further = {} if self.churn is None else {"churn": self.churn}
        return {"intent": self.intent, **further}


class Triggers(_Section, frozen=True, kw_only=True):
    """The events and the moments that call for a decision."""

    types: tuple[str, ...] = ("*",)
    moments: tuple[Moment, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the moments, in order."""
        return tuple(moment.name for moment in self.moments)


class DecisionLog(_Section, frozen=True, kw_only=True):
    """The decision output.

    `fields` makes flat records of just these fields; with `all_reasons` dropped candidates tell all
    rules that they fail, and not only the first.
    """

    fields: tuple[str, ...] | None = None
    all_reasons: bool = False


class Outputs(_Section, frozen=True, kw_only=True):
    """What is written."""

    decisions: DecisionLog = DecisionLog()
    scores: bool = True
    sessions: bool = True
    learning: bool = True


class LearningRule(_Section, frozen=True, kw_only=True):
    """By what periods, and for which rows apart, it is told how well the models predict."""

    period: str = "PT1H"
    slices: tuple[Slice, ...] | None = None


class Job(_Section, frozen=True, kw_only=True):
    """A whole job.

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
    time: Time = Time()
    sessions: SessionRule = SessionRule()
    dedup: Dedup = Dedup()
    models: Models = Models()
    learning: LearningRule = LearningRule()
    triggers: Triggers = Triggers()
    features: tuple[Feature, ...] = DEFAULT
    actions: tuple[Action, ...] = ACTIONS
    outputs: Outputs = Outputs()

    @property
    def lag(self) -> int:
        """Ticks between learning and serving."""
        if self.time.lag is not None:
            return self.time.lag
        lateness, tick = parse_duration(self.time.lateness), parse_duration(self.time.tick)
        return 2 + (-(-lateness // tick) if self.time.order == "log" else 0)

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
        of_moments = [field for one in self.triggers.moments for field in text_of(one)]
        return tuple(dict.fromkeys([*text_fields(self.features), *of_moments]))

    @property
    def own_features(self) -> tuple[Python, ...]:
        """The features written in Python."""
        return tuple(feature for feature in self.features if isinstance(feature, Python))

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts of the features written in Python: versions, and all that is declared."""
        return tuple(dict.fromkeys(feature.contract for feature in self.own_features))

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change with anything that can change an answer.

        Of features written in Python these are their versions and what they declare.
        """
        plain = Input()
        settled = with_input(self, ())
        rule = msgspec.structs.replace(settled.input, block_bytes=plain.block_bytes)
        settled = msgspec.structs.replace(settled, input=rule)
        # Once through JSON, so that 2 and 2.0 for the same number are the same.
        plain_job = msgspec.json.decode(msgspec.json.encode(settled), type=Job)
        text = msgspec.json.encode(plain_job, order="sorted")
        text += "".join(self.contracts).encode()
        return hashlib.blake2b(text, digest_size=8).hexdigest()


def with_input(job: Job, paths: tuple[str, ...]) -> Job:
    """Return the job reading other files."""
    return msgspec.structs.replace(job, input=msgspec.structs.replace(job.input, paths=paths))
