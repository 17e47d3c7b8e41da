"""Let a job decide for a shop that answers: what people do with what they are shown is learned.

    python examples/closed_loop/closed_loop.py

The shop is a simulated one. Anything that tells lines of events and hears of decisions can take its
place: a model of one's own customers, say.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import polars as pl

import rtm_flows as rtm
from rtm_flows.measure.loop import play
from rtm_flows.simulate import Fashion
from rtm_flows.simulate.fashion.live import LATENESS, Live, Play

JOB = Path(__file__).parents[1] / "fashion.toml"


def closed_loop(shop: Fashion) -> pl.DataFrame:
    """Return what was learned of each action: its responses by week, and how many were taken up."""
    job = rtm.load(JOB)
    # As events arrive, not in order: what came of a decision comes an hour later.
    time = msgspec.structs.replace(job.time, order="log", lateness=LATENESS)
    live = Live(shop)
    found = play(msgspec.structs.replace(job, time=time), Play(live))
    shown = pl.col("shown_time").str.to_datetime(time_zone="UTC")
    weeks = found.responses.with_columns(week=shown.dt.week())
    return (
        weeks.group_by("week", "action", "treatment")
        .agg(pl.len().alias("shown"), pl.col("label").mean().alias("taken_up"))
        .sort("action", "treatment", "week")
    )


if __name__ == "__main__":
    with pl.Config(tbl_rows=-1, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True):
        print(closed_loop(Fashion(people=100, days=14)))
