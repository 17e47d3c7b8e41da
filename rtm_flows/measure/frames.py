"""Frames: the outputs of a replay as polars frames, with the same columns whatever came out.

In: the lines of an output. Out: a frame. A column has its type also where no row
has a value for it, and an output of no lines has all its columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import polars as pl

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
_FLAT: Schema = {
    "event_id": pl.String,
    "time": pl.Int64,
    "user_id": pl.String,
    "action": pl.String,
}
_RECORDS: Mapping[str, type[msgspec.Struct]] = {
    "scores": Score,
    "responses": Response,
    "orphans": Orphan,
}


def frame(output: str, lines: bytes, plan: Plan) -> pl.DataFrame:
    """Return the lines of an output as a frame."""
    rows = msgspec.json.Decoder().decode_lines(lines)
    return pl.DataFrame(rows, schema=_schema(output, plan))


def _schema(output: str, plan: Plan) -> Schema:
    if output == "decisions":
        numbers = pl.Struct(dict.fromkeys(plan.feature_names, pl.Float64))
        candidate = _of(Candidate)
        if not plan.all_reasons:
            del candidate["failing"]
        candidates = pl.List(pl.Struct(candidate))
        known = {**_of(Decision), "features": numbers, "candidates": candidates, **_FLAT}
        wanted = plan.decision_fields or Decision.__struct_fields__
        return {name: known[name] for name in wanted}
    if output in _RECORDS:
        return _of(_RECORDS[output])
    others = {"sessions": _SESSIONS, "late": _LATE, "dead_letters": _DEAD, "learning": _LEARNING}
    return others[output]


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
