"""The offline feature table: what was known at every event, and what then came of it.

In: the scored rows, closed sessions and examples of a replay. Out: one polars frame of features
as they were served, with the labels that each row got and the times at which they were known. What
a row holds is what a decision at that moment would have been made from; only labels look ahead.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.plan import CHURN, INTENT, Plan
from rtm_flows.people.parts import OVER, PARTS
from rtm_flows.people.session_sums import RECORD

_MS = pl.Datetime("ms", "UTC")
_NOBODY = Table({name: np.zeros(0) for name in ("person", "time", "label", "sequence")})
_PURCHASES = list(RECORD).index("purchases")


class Served:
    """Hears what a replay serves; see `rtm_flows.lanes.engine.Watch`."""

    def __init__(self) -> None:
        self._scored: list[Table] = []
        self._closed: list[Table] = []
        self._left: list[Table] = []
        self._bought: list[Table] = []

    def scored(self, rows: Table) -> None:
        """Keep the scored rows of a pass."""
        self._scored.append(rows)

    def closed(self, sessions: Table) -> None:
        """Keep the sessions that ended in a pass."""
        if len(sessions):
            self._closed.append(sessions)

    def labelled(self, examples: Table) -> None:
        """Keep the examples; those of intent are not looked at where sessions tell them."""
        for model, told in ((INTENT, self._bought), (CHURN, self._left)):
            own = examples.take(examples["model"] == model)
            if len(own):
                told.append(own.only(("person", "time", "label", "sequence")))

    def frame(self, plan: Plan) -> pl.DataFrame:
        """Return the feature table.

        Returns
        -------
        pl.DataFrame
            One row an accepted event, in the order of the scores (clock, person): `time` (the
            person's clock), `person`, `event_id`, `type`, `session` (the person's running
            number), `score`, every feature unscaled, and the label of the intent model:
            `label_intent`, whether a purchase followed in the session, known at
            `label_time_intent`. Both are null where a row has no label: the session had seen its
            purchase, or was cut off by the end of input. With a horizon it is whether a purchase
            followed within it, and both are null but for the rows that waited until it had ended.
            With churn also `label_churn`, whether
            the person left, known at `label_time_churn`: null but for the rows that were pending
            until their horizon had ended.
        """
        if not self._scored:
            return pl.DataFrame(schema=_schema(plan))
        rows = _rows(concat(self._scored), plan)
        labels = self._labels(rows.select("time", "person", "type"))
        parts = [rows, labels]
        if plan.intent.horizon_ms is not None:
            parts = [rows, labels.select("session"), self._buying(rows.select("person"))]
        if plan.churn is not None:
            parts.append(self._leaving(rows.select("person", "time"), plan.churn.horizon_ms))
        return pl.concat(parts, how="horizontal").select(list(_schema(plan)))

    def _labels(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return session and labels of rows, which are in the order of the scores."""
        found = rows.join_asof(
            self._sessions(),
            left_on="time",
            right_on="start",
            by="person",
            strategy="backward",
            check_sortedness=False,
        )
        buys = (pl.col("type") == "purchase").cast(pl.Int8)
        waiting = ~pl.col("cut") & (buys.cum_max().over("person", "session") == 0)
        return found.select(
            "session",
            pl.when(waiting).then("buys").alias("label_intent"),
            pl.when(waiting).then("closed_at").alias("label_time_intent"),
        )

    def _buying(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the labels of the rows that waited for a purchase, found by their number."""
        bought = concat(self._bought) if self._bought else _NOBODY
        bought = bought.take(bought["sequence"] % PARTS == OVER)
        frame = pl.DataFrame(
            {
                "person": pl.Series(bought["person"].tolist(), dtype=pl.String),
                "number": pl.Series(bought["sequence"] // PARTS, dtype=pl.Int64),
                "label_intent": pl.Series(bought["label"], dtype=pl.Boolean),
                "label_time_intent": pl.Series(bought["time"], dtype=pl.Int64).cast(_MS),
            }
        )
        number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("person")
        found = rows.with_columns(number=number).join(
            frame, on=["person", "number"], how="left", maintain_order="left"
        )
        return found.select("label_intent", "label_time_intent")

    def _leaving(self, rows: pl.DataFrame, horizon_ms: int) -> pl.DataFrame:
        """Return the labels of the rows that were pending: the last of a person at its clock."""
        left = concat(self._left) if self._left else _NOBODY
        frame = pl.DataFrame(
            {
                "person": pl.Series(left["person"].tolist(), dtype=pl.String),
                "time": pl.Series(left["time"] - horizon_ms, dtype=pl.Int64).cast(_MS),
                "last": pl.repeat(True, len(left), eager=True),
                "label_churn": pl.Series(left["label"], dtype=pl.Boolean),
                "label_time_churn": pl.Series(left["time"], dtype=pl.Int64).cast(_MS),
            }
        )
        marked = rows.with_columns(last=pl.struct("person", "time").is_last_distinct())
        found = marked.join(frame, on=["person", "time", "last"], how="left", maintain_order="left")
        return found.select("label_churn", "label_time_churn")

    def _sessions(self) -> pl.DataFrame:
        """Return the sessions by start, and whether each ended in a purchase."""
        closed = concat(self._closed)
        frame = pl.DataFrame(
            {
                "person": closed["person"].tolist(),
                "start": pl.Series(closed["start"]).cast(_MS),
                "session": closed["session"],
                "closed_at": pl.Series(closed["closed_at"]).cast(_MS),
                "buys": closed["sums"][:, _PURCHASES] > 0,
                "cut": closed["cut"],
            }
        )
        return frame.sort("start", "person")


def _rows(scored: Table, plan: Plan) -> pl.DataFrame:
    """Return what was served, in the order of the scores."""
    columns = {
        "time": pl.Series(scored["time"]).cast(_MS),
        "person": scored["person"].tolist(),
        "event_id": scored["id"].tolist(),
        "type": scored["type"].tolist(),
        "score": scored["score"],
        **{name: scored["x"][:, i] for i, name in enumerate(plan.feature_names)},
    }
    return pl.DataFrame(columns).sort("time", "person", maintain_order=True)


def _schema(plan: Plan) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        "time": _MS,
        "person": pl.String,
        "event_id": pl.String,
        "type": pl.String,
        "session": pl.Int64,
        "score": pl.Float64,
        **dict.fromkeys(plan.feature_names, pl.Float64),
        "label_intent": pl.Boolean,
        "label_time_intent": _MS,
        **({} if plan.churn is None else {"label_churn": pl.Boolean, "label_time_churn": _MS}),
    }
