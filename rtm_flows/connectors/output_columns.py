"""The columns of the outputs: their names and types, the same whatever came out.

In: an output and the job's constants. Out: columns, as polars and as Arrow have them. It refuses to
know the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
import polars as pl
import pyarrow as pa

from rtm_flows.decisions.record import Candidate, Decision, Score
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.response_lines import Orphan, Response
from rtm_flows.people.session_sums import RECORD

Type = pl.DataType | type[pl.DataType]
Schema = Mapping[str, Type]

_PLAIN: dict[Any, Type] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
}
_PLACE = pl.Struct({"file": pl.String, "line": pl.Int64})
_IN_TOPICS = pl.Struct(
    {
        "file": pl.String,
        "line": pl.Int64,
        "topic": pl.String,
        "partition": pl.Int64,
        "offset": pl.Int64,
    }
)
"""Of a job that reads topics, or files in their place: a record stands in one or the other."""
_SUBJECT: Schema = {"subject_id": pl.String, "subject_type": pl.String}
_LATE: Schema = {
    "time": pl.String,
    **_SUBJECT,
    "source": pl.String,
    "id": pl.String,
    "type": pl.String,
    "lateness_seconds": pl.Float64,
    "place": _PLACE,
}
_DEAD: Schema = {"reason": pl.String, "field": pl.String, "detail": pl.String, "place": _PLACE}
_PAYLOAD: Schema = {
    "payload": pl.String,
    "payload_encoding": pl.String,
    "payload_bytes": pl.Int64,
}
_SESSIONS: Schema = {
    **_SUBJECT,
    "session": pl.Int64,
    **dict.fromkeys(("start", "end", "closed_at", "reason"), pl.String),
    **{name: pl.Float64 if name == "value" else pl.Int64 for name in RECORD if name != "pages"},
    "engaged": pl.Boolean,
}
_INTERVAL = pl.List(pl.Float64)
_LEARNING: Schema = {
    **dict.fromkeys(("time", "model", "kind", "start", "from", "to"), pl.String),
    "n": pl.Int64,
    "positives": pl.Int64,
    "roc_auc": pl.Float64,
    "roc_auc_95": _INTERVAL,
    "average_precision": pl.Float64,
    "log_loss": pl.Float64,
    "log_loss_95": _INTERVAL,
    **dict.fromkeys(("brier", "ece", "prior_log_loss"), pl.Float64),
}
_RECORDS: Mapping[str, type[msgspec.Struct]] = {
    "scores": Score,
    "responses": Response,
    "orphans": Orphan,
}
_FLAT: Schema = {
    "event_id": pl.String,
    "time": pl.Int64,
    "user_id": pl.String,
    "action": pl.String,
}


def columns(output: str, plan: Plan) -> Schema:
    """Return the columns of an output in their order; times are text, as in its lines."""
    if output == "decisions":
        numbers = pl.Struct(dict.fromkeys(plan.feature_names, pl.Float64))
        candidate = _of(Candidate)
        if not plan.all_reasons:
            del candidate["failing"]
        if plan.exploration.kind != "thompson":
            del candidate["propensity"], candidate["evidence"]
        candidates = pl.List(pl.Struct(candidate))
        known = {**_of(Decision), "features": numbers, "candidates": candidates, **_FLAT}
        wanted = plan.decision_fields or Decision.__struct_fields__
        return {name: known[name] for name in wanted}
    if output in _RECORDS:
        return _of(_RECORDS[output])
    others = {"sessions": _SESSIONS, "late": _LATE, "dead_letters": _DEAD, "learning": _LEARNING}
    found = others[output]
    if not plan.topics or "place" not in found:
        return found
    return {
        **found,
        "place": _IN_TOPICS,
        **(_PAYLOAD if plan.payload and output == "dead_letters" else {}),
    }


def _of(record: type[msgspec.Struct]) -> dict[str, Type]:
    """Return the columns of a record."""
    hints = get_type_hints(record)
    return {name: _type(hints[name]) for name in record.__struct_fields__}


def _type(hint: Any) -> Type:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return pl.Struct(_of(hint))
    parts = [part for part in get_args(hint) if part not in (NoneType, Ellipsis)]
    if get_origin(hint) is tuple:
        return pl.List(_type(parts[0]))
    return pl.Struct({}) if get_origin(hint) is dict else _type(parts[0])


TIMES: Final = frozenset(
    (
        *("decision_time", "not_before", "expires_at", "time", "start", "end", "closed_at"),
        *("shown_time", "label_time"),
    )
)
"""Columns that are times, where they are text in the lines."""


def arrow_columns(output: str, plan: Plan) -> pa.Schema:
    """Return the columns of an output as Arrow has them; times are timestamps in UTC."""
    plain = pl.DataFrame(schema=columns(output, plan)).to_arrow().schema
    return pa.schema([pa.field(one.name, _in_arrow(one.name, one.type)) for one in plain])


def _in_arrow(name: str, kind: Any) -> Any:
    if pa.types.is_struct(kind):
        inner = [kind.field(at) for at in range(kind.num_fields)]
        # What is within is text, times too: nothing there is one so far.
        return pa.struct([pa.field(one.name, _in_arrow("", one.type)) for one in inner])
    if pa.types.is_large_list(kind):
        return pa.list_(_in_arrow("", kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.timestamp("ms", tz="UTC") if name in TIMES else pa.string()
    return kind


def left_out() -> dict[str, frozenset[str]]:
    """Return by fields of a record the keys within them that are left out if there is nothing.

    Examples
    --------
    >>> sorted(left_out()["candidates"]), sorted(left_out()["place"])
    (['evidence', 'failing', 'propensity'], ['file', 'line', 'offset', 'partition', 'topic'])
    """
    found = {name: frozenset(_left_out(hint)) for name, hint in get_type_hints(Decision).items()}
    place = frozenset(field.name for field in _IN_TOPICS.fields)
    return {name: names for name, names in found.items() if names} | {"place": place}


def _left_out(hint: Any) -> Iterator[str]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        for name, inner in get_type_hints(hint).items():
            if msgspec.UnsetType in get_args(inner):
                yield name
            yield from _left_out(inner)
    for part in get_args(hint):
        yield from _left_out(part)
