"""In a pipeline: events as a polars frame in, scores and features joined to a frame of customers.

    python examples/in_pipeline/in_pipeline.py

Nothing is written: what `replay` returns are frames like any other of the pipeline.
"""

from __future__ import annotations

import io

import polars as pl

import rtm_flows as rtm
from rtm_flows.simulate import Shop, simulate

JOB = rtm.load({"name": "shop", "models": {"churn": {"horizon": "P2D"}}})
FEATURES = ("lifetime_purchases", "lifetime_spent", "cart_value", "open_cases")


def shop_events(*, people: int = 150, days: float = 7.0) -> pl.DataFrame:
    """Return events as some other step of the pipeline would: here those of a simulated shop."""
    blocks: list[bytes] = []
    simulate(Shop(people=people, days=days, seed=1, broken=0.0), blocks.append)
    return pl.read_ndjson(io.BytesIO(b"".join(blocks)), infer_schema_length=None)


def with_scores(customers: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Add to each customer the latest scores and features: null for who was never seen.

    Parameters
    ----------
    customers
        One row a customer, with `user_id`.
    events
        What happened, in the columns that the job's format names.
    """
    result = rtm.replay(JOB, events)
    known = pl.col("subject_type") == "user"
    scores = (
        result.scores.filter(known)
        .group_by("subject_id", "model", maintain_order=True)
        .last()
        .pivot("model", index="subject_id", values="score")
        .rename({"subject_id": "user_id"})
    )
    features = (
        result.features.filter(pl.col("person").str.starts_with("u:"))
        .group_by("person", maintain_order=True)
        .last()
        .select(pl.col("person").str.strip_prefix("u:").alias("user_id"), *FEATURES)
    )
    return customers.join(scores, on="user_id", how="left", maintain_order="left").join(
        features, on="user_id", how="left", maintain_order="left"
    )


def main() -> None:
    """Score some customers, and show who is most likely to leave."""
    events = shop_events()
    seen = events["user_id"].drop_nulls().unique().sort().to_list()
    customers = pl.DataFrame({"user_id": [*seen, "never-seen"]})
    print(with_scores(customers, events).sort("churn", descending=True, nulls_last=True).head(8))


if __name__ == "__main__":
    main()
