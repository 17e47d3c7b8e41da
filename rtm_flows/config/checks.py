"""The first mistake in a job whose values are of the right types, with its key.

In: a job. Out: nothing, or an error that names the key and what was wanted. It refuses to know in
which file the job stands, and it opens no input.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from rtm_flows.config.job import Job
from rtm_flows.config.kafka_checks import check_kafka
from rtm_flows.config.moment_checks import check_moments
from rtm_flows.config.operating import check_operating
from rtm_flows.config.people_checks import check_people
from rtm_flows.config.suppression_checks import check_suppressions
from rtm_flows.decisions.completeness import check_reach, check_texts
from rtm_flows.decisions.defaults import ACTIONS
from rtm_flows.decisions.expressions.names import names_of_events
from rtm_flows.decisions.lines import check_fields
from rtm_flows.decisions.lint import read_actions
from rtm_flows.decisions.offers import Offer, offers_of
from rtm_flows.decisions.slices import read_slices
from rtm_flows.errors import ConfigError, FeatureError, ModelError, nearest, refuse
from rtm_flows.events.parser import Parser
from rtm_flows.events.types import EVENT_TYPES, is_event_type
from rtm_flows.features.defaults import DEFAULT
from rtm_flows.features.own.kind import Python
from rtm_flows.models.own.loading import load_model
from rtm_flows.models.standard_newton import MOST
from rtm_flows.policy.experiments import check_experiments
from rtm_flows.policy.lint import read_limits
from rtm_flows.policy.pause_lint import read_pauses
from rtm_flows.policy.zones import Zones
from rtm_flows.times import parse_duration

MAX_LANES = 256
MAX_STRIPES = 64

TAKEN = (
    *("time", "person", "event_id", "type", "trigger", "session", "score"),
    *("label_intent", "label_time_intent", "label_churn", "label_time_churn"),
)
"""Columns that stand beside the features in a frame of them."""

_NO_FORMAT = (
    'the table [input.mapping] wants format = "mapping", or the format whose keys it changes'
)
_NO_MAPPING = 'format = "mapping" and the table [input.mapping] go together; one is missing'
_WIDE = f'kind newton takes at most {MOST} features: set `kind = "sgd"`'
_NAME = re.compile(r"(?!\.{1,2}$)[^/\\\x00-\x1f]+")


def check(job: Job) -> None:
    """Refuse a job that cannot mean what it says.

    Raises
    ------
    ConfigError, ValueError
        At the first mistake; the text starts with its key.
    """
    if not _NAME.fullmatch(job.name):
        refuse("name", f"wants text without slashes: it names a folder; got {job.name!r}")
    _check_numbers(job)
    _check_spans(job)
    _check_own_features(job)
    _check_input(job)
    check_kafka(job)
    check_operating(job.operating)
    _check_features(job)
    _check_own_models(job)
    check_moments(job)
    check_suppressions(job)
    _check_decisions(job)
    check_people(job)


def _check_numbers(job: Job) -> None:
    rule, lag = job.input, job.time.lag
    if not 1 <= job.lanes <= MAX_LANES:
        refuse("lanes", f"wants 1 to {MAX_LANES}; got {job.lanes}")
    if not 1 <= rule.stripes <= MAX_STRIPES:
        refuse("input.stripes", f"wants 1 to {MAX_STRIPES}; got {rule.stripes}")
    for key in ("block_bytes", "max_record_bytes"):
        if getattr(rule, key) < 1:
            refuse(f"input.{key}", f"wants at least 1; got {getattr(rule, key)}")
    if lag is not None and lag < 2:
        refuse("time.lag", f"at least 2 ticks, so that every worker can have heard; got {lag}")
    if not math.isfinite(job.floor):
        refuse("floor", f"wants a finite number; got {job.floor}")


def _check_spans(job: Job) -> None:
    spans = {
        "time.lateness": (job.time.lateness, 0),
        "time.tick": (job.time.tick, 1),
        "time.ahead": (job.time.ahead, 0),
        "sessions.gap": (job.sessions.gap, 1),
        "dedup.window": (job.dedup.window, 0),
        "learning.period": (job.learning.period, 1),
    }
    for key, (text, least) in spans.items():
        try:
            span = parse_duration(text)
        except ValueError as error:
            refuse(key, str(error))
        if span < least:
            refuse(key, f"must be longer than zero; got {text}")
    period, tick = parse_duration(job.learning.period), parse_duration(job.time.tick)
    if period % tick:
        text = f"must be a whole multiple of time.tick {job.time.tick}; got {job.learning.period}"
        refuse("learning.period", text)
    churn, gap = job.models.churn, job.sessions.gap
    if churn is not None and churn.horizon_ms <= parse_duration(gap):
        refuse(
            "models.churn.horizon", f"must be longer than sessions.gap {gap}; got {churn.horizon}"
        )


def _check_input(job: Job) -> None:
    rule = job.input
    if rule.format == "canonical" and rule.mapping is not None:
        refuse("input", _NO_FORMAT)
    if rule.format == "mapping" and rule.mapping is None:
        refuse("input", _NO_MAPPING)
    delimiter, quote = rule.csv.delimiter, rule.csv.quote
    if len(delimiter) != 1 or delimiter in (quote, "\r", "\n"):
        refuse(
            "input.csv.delimiter", f"wants one character, no quote or line end; got {delimiter!r}"
        )
    if len(quote) > 1 or quote in ("\r", "\n"):
        refuse(
            "input.csv.quote",
            f'wants one character, or "" where nothing is quoted; got {quote!r}',
        )
    Parser(job.mapping, source=job.source, text=job.text)


def _check_own_features(job: Job) -> None:
    """Load the features written in Python: what else is asked of a job asks them."""
    for at, feature in enumerate(job.features):
        if not isinstance(feature, Python):
            continue
        key = "code"
        try:
            own = feature.own
            key = "value"
            feature.value_of(own)
        except FeatureError as error:
            refuse(f"features[{at}].{key}", str(error))


def _check_own_models(job: Job) -> None:
    """Make the models written in Python once, so that what is wrong is told before the run."""
    features = [feature.name for feature in job.features]
    for name, spec in job.models.named.items():
        for at, one in enumerate(spec.challengers):
            try:
                if one.code is not None:
                    load_model(one.code, one.options, features)
            except ModelError as error:
                refuse(f"models.{name}.challengers[{at}].code", str(error))


def _check_features(job: Job) -> None:
    if not job.features:
        refuse("features", "at least one is needed; leave the key out for the default set")
    seen: set[str] = set()
    for at, feature in enumerate(job.features):
        name = feature.name
        if not name or name in TAKEN:
            refuse(
                f"features[{at}].name",
                f"must not be empty or one of {', '.join(TAKEN)}; got {name!r}",
            )
        if name in seen:
            refuse("features", f"every name must be used once; used again: {name}")
        seen.add(name)
    names_of_events([feature.name for feature in job.features], job.models.named)
    for name, spec in job.models.named.items():
        kinds = [spec.kind, *(one.kind for one in spec.challengers)]
        if "newton" in kinds and len(job.features) > MOST:
            refuse(f"models.{name}", f"{_WIDE}; got {len(job.features)}")


def _check_decisions(job: Job) -> None:
    names = [feature.name for feature in job.features]
    read_slices(job.slices, names)
    own = job.features != DEFAULT and job.actions == ACTIONS
    try:
        read_actions(job.actions, names, job.models.named, job.triggers.names)
    except ConfigError:
        if not own:
            raise
        refuse("actions", "the default ones look at the default features; declare your own, or []")
    if own or job.actions != ACTIONS:
        check_reach(job.actions, job.floor)
    check_texts(job.actions, job.locales)
    _check_exploration(job)
    _check_contacts(job)
    if job.outputs.decisions.contributions < 0:
        text = f"wants 0 or more; got {job.outputs.decisions.contributions}"
        refuse("outputs.decisions.contributions", text)
    _check_learned(job)
    if job.outputs.decisions.fields is not None:
        try:
            check_fields(job.outputs.decisions.fields)
        except ConfigError as error:
            msg = f"outputs.decisions.{error}"
            raise ConfigError(msg) from None


def _check_contacts(job: Job) -> None:
    offers = offers_of(job.actions)
    read_limits(job.limits, offers)
    _check_pauses(job, offers)
    check_experiments(job.experiments, offers)
    try:
        Zones(job.contacts.zone)
    except ConfigError as error:
        msg = f"contacts.{error}"
        raise ConfigError(msg) from None
    both = set(job.contacts.settled) & set(job.contacts.released)
    if both:
        refuse("contacts.released", f"{sorted(both)[0]!r} stands under `settled` too")
    for key in ("settled", "released"):
        for at, name in enumerate(getattr(job.contacts, key)):
            if not is_event_type(name):
                text = f"{name!r} is no event type{nearest(name, EVENT_TYPES)}"
                refuse(f"contacts.{key}[{at}]", text)


def _check_pauses(job: Job, offers: Sequence[Offer]) -> None:
    read_pauses(job.pauses, offers, [limit.name for limit in job.limits])
    mapping = job.mapping
    if job.pauses and mapping.action is None and "action" not in mapping.constants:
        text = "what was shown names its action: map a column to it, or leave out [[pauses]]"
        refuse("input.mapping.action", text)


def _check_exploration(job: Job) -> None:
    rule = job.exploration
    if not 0.0 <= rule.share <= 1.0:
        refuse("exploration.share", f"wants a part from 0 to 1; got {rule.share}")
    if not 0.0 < rule.temperature < math.inf:
        refuse("exploration.temperature", f"wants a number above 0; got {rule.temperature}")
    most = 1.0 / max(1, len(offers_of(job.actions)))
    if not 0.0 <= rule.least <= most:
        text = f"wants a chance from 0 to {most:g}, 1 over the number of offers; got {rule.least}"
        refuse("exploration.least", text)
    learned = any(action.propensity == "learned" for action in job.actions)
    if rule.kind == "thompson" and not learned:
        text = 'draws learned propensities: give an action propensity = "learned", or try "epsilon"'
        refuse("exploration.kind", f'"thompson" {text}')


def _check_learned(job: Job) -> None:
    """Refuse propensities that nothing could ever teach, and outcomes that no decision could."""
    if job.responses is not None:
        for field in ("decision_id", "action"):
            if getattr(job.mapping, field) is None and field not in job.mapping.constants:
                text = f"an outcome names its decision by {field}: map a column to it"
                refuse(f"input.mapping.{field}", f"{text}, or leave out [responses]")
        return
    for at, action in enumerate(job.actions):
        if action.propensity == "learned":
            refuse(
                f"actions[{at}].propensity",
                '"learned" wants the table [responses], which says by what events it is learned: '
                "add it, or give a number",
            )
