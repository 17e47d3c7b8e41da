"""Answered decisions: what models of responses are trained on elsewhere.

In: responses and decisions of one run. Out: one row a response, with the features as they were
served when it was decided, the chance with which it was chosen, and what came of it. It refuses
responses whose decisions are not there, and features that are not those that were served.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from rtm_flows.decisions.served_rows import digests
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.lanes.response_lines import Response
from rtm_flows.measure.recorded import Candidate

NEEDED: Final = ("decision_id", "candidates", "features", "features_hash")
"""Fields of decisions that are looked at."""

_MS = pl.Datetime("ms", "UTC")
_ABOUT: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **dict.fromkeys(
        ("decision_id", "subject_id", "subject_type", "action", "treatment"), pl.String
    ),
    **dict.fromkeys(("decision_time", "shown_time"), _MS),
    "label": pl.Boolean,
    "label_time": _MS,
    "action_prob": pl.Float64,
    "features_hash": pl.String,
}


class Decided(msgspec.Struct, frozen=True, gc=False):
    """A decision, as far as a response to it is learned from."""

    decision_id: str
    candidates: tuple[Candidate, ...]
    features: dict[str, float | None]
    features_hash: str


def answered(
    responses: Iterable[Response], decisions: Iterable[Decided], features: Sequence[str]
) -> pl.DataFrame:
    """Return the rows that a model of responses is trained on, in the order of the responses.

    Parameters
    ----------
    responses
        Those of a run; each decision is in them at most once.
    decisions
        Those of the same run, or of them those that were answered.
    features
        Names of the job's features.

    Returns
    -------
    pl.DataFrame
        `decision_id`, `subject_id`, `subject_type`, `action` and `treatment` as shown,
        `decision_time`, `shown_time`, `label`, `label_time` (known from then on), `action_prob`:
        the chance with which the decision chose what was shown (0 if it could not have), then
        `features_hash`, and the features as served, null where one is no number.

    Raises
    ------
    InputError
        If a decision is missing or answered twice, or its features are not those of the hash.
    ConfigError
        If a feature has the name of another column.
    """
    check_names(features)
    known = {decision.decision_id: decision for decision in decisions}
    rows: dict[str, dict[str, Any]] = {}
    for one in responses:
        if one.decision_id in rows:
            msg = f"decision {one.decision_id} is answered twice; were two runs put together?"
            raise InputError(msg)
        rows[one.decision_id] = _row(one, known.get(one.decision_id))
    texts = {name: pl.String if kind == _MS else kind for name, kind in _ABOUT.items()}
    frame = pl.DataFrame(
        list(rows.values()), schema={**texts, **dict.fromkeys(features, pl.Float64)}
    )
    times = [name for name, kind in _ABOUT.items() if kind == _MS]
    return frame.with_columns(pl.col(times).str.to_datetime(time_unit="ms", time_zone="UTC"))


def answered_in(responses: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return what `answered` does, of the frames of a replay.

    Raises
    ------
    ConfigError
        If the decisions are flat records that lack what is needed, or as `answered` does.
    InputError
        As `answered` does.
    """
    check_fields(decisions.columns)
    own = decisions.select(NEEDED).join(responses, on="decision_id", how="semi")
    return answered(
        (msgspec.convert(row, Response) for row in responses.iter_rows(named=True)),
        (msgspec.convert(row, Decided) for row in own.iter_rows(named=True)),
        [field.name for field in getattr(decisions.schema["features"], "fields", ())],
    )


def check_fields(fields: Sequence[str]) -> None:
    """Refuse records of decisions that lack what is needed.

    Raises
    ------
    ConfigError
        If they do.
    """
    lacking = [name for name in NEEDED if name not in fields]
    if lacking:
        msg = (
            f"outputs.decisions.fields: decisions have no {', '.join(lacking)}, which the features "
            "of responses are taken from; add these, or take the key out"
        )
        raise ConfigError(msg)


def check_names(features: Sequence[str]) -> None:
    """Refuse features that have the name of a column of `answered`.

    Raises
    ------
    ConfigError
        If one has.
    """
    taken = [name for name in features if name in _ABOUT]
    if taken:
        msg = (
            f"a feature is called {taken[0]!r}, as a column of the answered decisions is; give it "
            "another name"
        )
        raise ConfigError(msg)


def _row(response: Response, decision: Decided | None) -> dict[str, Any]:
    if decision is None:
        msg = (
            f"decision {response.decision_id} is answered, but not among the decisions; are they "
            "of the same run, and whole? An outcome may also name one of a score that did not rise"
        )
        raise InputError(msg)
    told = decision.features_hash
    numbers = list(decision.features.values())
    if None not in numbers:
        told = digests(np.array([numbers], dtype=np.float64))[0].hex()
    if not told == decision.features_hash == response.features_hash:
        msg = (
            f"decision {response.decision_id}: its response was learned with features of the hash "
            f"{response.features_hash}, and the decision tells {decision.features_hash} of "
            f"features of the hash {told}; run the job again"
        )
        raise InputError(msg)
    shown = response.action, response.treatment
    chances = {(one.name, one.treatment): one.action_prob for one in decision.candidates}
    if shown not in chances:
        msg = f"decision {response.decision_id}: {shown} was shown, and is no candidate of it"
        raise InputError(msg)
    about = msgspec.structs.asdict(response)
    return {**about, "action_prob": chances[shown], **decision.features}
