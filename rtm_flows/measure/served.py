"""The offline feature table: what was known at every event, and what then came of it.

In: the scored rows and closed sessions of a replay. Out: one polars frame of features as they
were served, with the label that each row got and the time at which that was known. What a row
holds is what a decision at that moment would have been made from; only the label looks ahead.
"""

from __future__ import annotations

import polars as pl

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.plan import Plan
from rtm_flows.people.session_sums import RECORD

_MS = pl.Datetime("ms", "UTC")
_PURCHASES = list(RECORD).index("purchases")


class Served:
    """Hears what a replay serves; see `rtm_flows.lanes.engine.Watch`."""

    def __init__(self) -> None:
        self._scored: list[Table] = []
        self._closed: list[Table] = []

    def scored(self, rows: Table) -> None:
        """Keep the scored rows of a pass."""
        self._scored.append(rows)

    def closed(self, sessions: Table) -> None:
        """Keep the sessions that ended in a pass."""
        if len(sessions):
            self._closed.append(sessions)

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
            purchase, or was cut off by the end of input.
        """
        if not self._scored:
            return pl.DataFrame(schema=_schema(plan))
        rows = _rows(concat(self._scored), plan)
        labels = self._labels(rows.select("time", "person", "type"))
        return pl.concat([rows, labels], how="horizontal").select(list(_schema(plan)))

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
    }
