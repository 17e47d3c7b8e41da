"""The event streams that are played, and what a job served while they were.

In: the folder of the data, keys of the intent model. Out: for each stream that is there the rows
that have a label, in the order in which they were served. Refuses to know who judges them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

import rtm_flows as rtm
from benchmarks.learning.batch import Labels, Matrix, Vector
from rtm_flows.simulate import Shop, simulate

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOP = Shop(people=2_000, days=5.0, seed=1)


class Stream(NamedTuple):
    """A stream of events and the job that reads it."""

    name: str
    example: str
    """The configuration, in the folder of the examples."""
    file: str | None
    """Below the folder of the data; None is simulated."""


STREAMS = (
    Stream("synthetic_rete_ecom", "rete_ecom.toml", "synthetic_rete_ecom/ecom.csv.gz"),
    Stream("simulated shop", "shop.toml", None),
)


class Served(NamedTuple):
    """Rows with a label, in the order of time: what was served then, and what came of it."""

    position: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Place of the event in its session, from 1."""
    x: Matrix
    """Features as the stream model sees them."""
    labels: Labels
    score: Vector
    time: Vector
    label_time: Vector
    """When the label was known; as `time`, in ms."""
    person: np.ndarray[tuple[int], np.dtype[np.int64]]
    session: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Both by running number, over all."""


def play(stream: Stream, folder: Path, keys: Mapping[str, Any], scratch: Path) -> Served | None:
    """Play a stream through its job, less its actions; None where the data is not there.

    Parameters
    ----------
    keys
        Of `[models.intent]`, over those of the example.
    scratch
        A folder for what is simulated.
    """
    source = scratch / "shop.jsonl" if stream.file is None else folder / stream.file
    if stream.file is None:
        with source.open("wb") as file:
            simulate(SHOP, file.write)
    elif not source.exists():
        return None
    tree = tomllib.loads((EXAMPLES / stream.example).read_text(encoding="utf-8"))
    intent = {**tree.get("models", {}).get("intent", {}), **keys}
    job = rtm.load({**tree, "actions": [], "models": {"intent": intent}})
    return labelled(job, rtm.replay(job, source).features)


def labelled(job: rtm.Job, features: pl.DataFrame) -> Served:
    """Return the rows of a feature table that have a label."""
    rows = features.filter(pl.col("label_intent").is_not_null())
    if not len(rows):
        msg = "no row has a label: the history needs a session that ended before it does"
        raise ValueError(msg)
    seen = [
        (pl.col(f.name).clip(lower_bound=0.0) + 1.0).log() if f.scale == "log1p" else pl.col(f.name)
        for f in job.features
    ]
    return Served(
        position=rows["session_events"].cast(pl.Int64).to_numpy(),
        x=rows.select(seen).to_numpy(),
        labels=rows["label_intent"].to_numpy(),
        score=rows["score"].to_numpy(),
        time=_ms(rows["time"]),
        label_time=_ms(rows["label_time_intent"]),
        person=rows["person"].rank("dense").cast(pl.Int64).to_numpy(),
        session=rows.select(pl.struct("person", "session").rank("dense").cast(pl.Int64))
        .to_series()
        .to_numpy(),
    )


def _ms(times: pl.Series) -> Vector:
    found: Vector = times.dt.epoch("ms").cast(pl.Float64).to_numpy()
    return found
