"""Complaints of the decoder, with what would have been right.

In: what msgspec says of a mapping that is no job. Out: the same with the key in front, and the
nearest known key, or the known values. It refuses to know the values themselves.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from rtm_flows.config import input_rule, job, kafka, operating, output_rule
from rtm_flows.decisions.catalogue import Action, Because, Context, Treatment
from rtm_flows.decisions.exploration import Exploration
from rtm_flows.decisions.responses import Responses
from rtm_flows.decisions.slices import Slice
from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.events.mapping import Mapping, Several, TypeRule
from rtm_flows.features.definitions import Feature
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.forest_rule import ForestRule
from rtm_flows.models.rules import Challenger, Promotion
from rtm_flows.models.spec import NAMES, Churn, Intent
from rtm_flows.people.moment_kinds import Moment
from rtm_flows.policy.delivery import DeliveryRule
from rtm_flows.policy.experiments import Arm, Experiment
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.reports import ContactRule
from rtm_flows.policy.rules import Limit
from rtm_flows.policy.suppressions import Suppressions

Section = tuple[type[msgspec.Struct], ...]

SECTIONS: dict[str, Section] = {
    "": (job.Job,),
    "input": (input_rule.Input,),
    "input.csv": (input_rule.Csv,),
    "input.mapping": (Mapping,),
    "input.mapping.type_rules": (TypeRule,),
    **{f"input.mapping.{field}": (Several,) for field in FIELD_NAMES},
    "kafka": (kafka.Kafka,),
    "kafka.topics": (kafka.Topic,),
    "kafka.topics.mapping": (Mapping,),
    "kafka.topics.mapping.type_rules": (TypeRule,),
    **{f"kafka.topics.mapping.{field}": (Several,) for field in FIELD_NAMES},
    "kafka.written": (kafka.Written,),
    "kafka.written.breaker": (kafka.BreakerRule,),
    "time": (job.Time,),
    "sessions": (job.SessionRule,),
    "dedup": (job.Dedup,),
    "models": (job.Models,),
    "models.intent": (Intent,),
    "models.churn": (Churn,),
    **{f"models.{name}.challengers": (Challenger,) for name in NAMES},
    **{f"models.{name}.challengers.forest": (ForestRule,) for name in NAMES},
    **{f"models.{name}.promotion": (Promotion,) for name in NAMES},
    **{f"models.{name}.drift": (DriftRule,) for name in NAMES},
    "learning": (job.LearningRule,),
    "learning.slices": (Slice,),
    "responses": (Responses,),
    "triggers": (job.Triggers,),
    "triggers.moments": get_args(Moment),
    "features": get_args(Feature),
    "actions": (Action,),
    "actions.treatments": (Treatment,),
    "actions.context": (Context,),
    "actions.because": (Because,),
    "suppressions": (Suppressions,),
    "exploration": (Exploration,),
    "pauses": (Pause,),
    "limits": (Limit,),
    "contacts": (ContactRule,),
    "delivery": (DeliveryRule,),
    "experiments": (Experiment,),
    "experiments.arms": (Arm,),
    "outputs": (output_rule.Outputs,),
    "outputs.decisions": (output_rule.DecisionLog,),
    "operating": (operating.Operating,),
}
"""The tables of a job; a list of tables stands under its key."""

_AT = r"(?: - at `\$\.?(?P<at>[^`]*)`)?"
_UNKNOWN = re.compile(rf"Object contains unknown field `(?P<key>[^`]*)`{_AT}")
_VALUE = re.compile(rf"Invalid (?:enum )?value '(?P<value>[^']*)'{_AT}")
_ANY = re.compile(rf"(?P<text>.*?){_AT}", re.DOTALL)


def explained(text: str) -> str:
    """Return a complaint with its key in front and what would have been right.

    Examples
    --------
    >>> explained("Object contains unknown field `latenes` - at `$.time`")
    'unknown key `time.latenes`; did you mean `lateness`?'
    >>> explained("Invalid enum value 'evnt' - at `$.time.order`")
    "time.order: must be one of event, log; got 'evnt'"
    """
    if found := _UNKNOWN.fullmatch(text):
        at, key = found["at"] or "", found["key"]
        near = difflib.get_close_matches(key, _keys(at), n=1)
        hint = f"; did you mean `{near[0]}`?" if near else f"; known keys: {', '.join(_keys(at))}"
        return f"unknown key `{f'{at}.' if at else ''}{key}`{hint}"
    if (found := _VALUE.fullmatch(text)) and (values := _values(found["at"] or "")):
        return f"{found['at']}: must be one of {', '.join(values)}; got {found['value']!r}"
    found = _ANY.fullmatch(text)
    return f"{found['at']}: {found['text']}" if found and found["at"] else text


def _section(at: str) -> Section:
    return SECTIONS.get(re.sub(r"\[[^]]*\]", "", at), ())


def _keys(at: str) -> list[str]:
    return sorted({key for section in _section(at) for key in section.__struct_encode_fields__})


def _values(at: str) -> list[str]:
    """Return what may be said at a key: the values of a choice, or the kinds of a table."""
    table, _, key = at.rpartition(".")
    section = _section(table)
    if key == "kind" and table.startswith(("features", "triggers.moments")):
        return sorted(str(kind.__struct_config__.tag) for kind in section)
    hints = [get_type_hints(one).get(key.partition("[")[0]) for one in section]
    return sorted({value for hint in hints for value in _choices(hint)})


def _choices(hint: Any) -> Iterator[str]:
    if get_origin(hint) is Literal:
        yield from map(str, get_args(hint))
    else:
        for part in get_args(hint):
            yield from _choices(part)
