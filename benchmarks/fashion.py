"""How real the fashion shop is, how much of it can be found, and what decisions are worth in it.

Run it with `python -m benchmarks.fashion`: it simulates the shop, runs `examples/fashion.toml` over
its events, and prints what was measured beside what is true.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.cli import main as rtm
from rtm_flows.simulate import Fashion, simulate_fashion
from rtm_flows.simulate.fashion.answers import value_of
from rtm_flows.simulate.fashion.chain import BUY
from rtm_flows.simulate.fashion.course import AWAY, Moments, course_of
from rtm_flows.simulate.fashion.decided import read_decisions
from rtm_flows.simulate.fashion.goods import MARGIN
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.rows import A_VISIT
from rtm_flows.simulate.fashion.truth import AWAY_MS, VisitsTable

JOB = Path(__file__).resolve().parents[1] / "examples" / "fashion.toml"
STEP = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def roc_auc(score: Floats, label: NDArray[np.bool_]) -> float:
    """Return the chance that a positive has the higher score; ties count half."""
    ranks = pl.Series(score).rank("average").to_numpy()
    hits, misses = int(label.sum()), int((~label).sum())
    return float((ranks[label].sum() - hits * (hits + 1) / 2) / (hits * misses))


def mean(column: pl.Series) -> float:
    """Return the mean of numbers, or the share of what is true."""
    return float(column.to_numpy().mean())


def speed(shop: Fashion, path: Path) -> None:
    """Write the shop's events, and print how fast."""
    began, cpu = time.perf_counter(), time.process_time()
    with path.open("wb") as file:
        written = simulate_fashion(shop, file.write)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"{written.events:,} events of {written.bytes / written.events:.0f} bytes: "
        f"{written.events / wall:,.0f} a second, {written.events / cpu:,.0f} a second of processor"
    )


def realism(path: Path) -> None:
    """Print the rates by which a shop is known."""
    wanted = dict.fromkeys(("type", "session_id", "channel"), pl.String)
    events = pl.read_ndjson(path, schema=wanted)
    counts: dict[str, int] = defaultdict(int, events["type"].value_counts().rows())
    visits = events.filter(pl.col("session_id").is_not_null(), pl.col("channel") != "store")
    sessions = visits.group_by("session_id").agg(pl.col("type"))["type"]
    has = {name: sessions.list.contains(name) for name in ("add_to_cart", "purchase")}
    checkout = sessions.list.contains("begin_checkout")
    stores = events.filter(pl.col("type") == "purchase", pl.col("channel") == "store")
    rates = {
        "events a visit": mean(sessions.list.len()),
        "visits that buy": mean(has["purchase"]),
        "visits that add to the cart": mean(has["add_to_cart"]),
        "of these, without purchase": 1 - mean(has["purchase"].filter(has["add_to_cart"])),
        "checkouts without purchase": 1 - mean(has["purchase"].filter(checkout)),
        "purchases in the store": len(stores) / counts["purchase"],
        "mails opened": counts["email_opened"] / counts["email_delivered"],
        "mails clicked": counts["email_link_clicked"] / counts["email_delivered"],
        "push messages opened": counts["opened"] / counts["delivered"],
        "orders late": counts["order_delayed"] / counts["order_shipped"],
        "orders returned": counts["refund"] / counts["order_delivered"],
        "cases an order": counts["case_opened"] / counts["order_completed"],
    }
    for name, rate in rates.items():
        print(f"  {name:<30} {rate:.3f}")


def scores(folder: Path, model: str) -> pl.DataFrame:
    """Return the scores of a model as served: `event_id`, `subject_type`, `score`."""
    read = pl.read_ndjson(folder / "scores.jsonl")
    return read.filter(pl.col("model") == model).select("event_id", "subject_type", "score")


def intent(folder: Path, moments: Moments, since: int) -> None:
    """Print how well visits that buy are told from others: by the job, and by the truth."""
    here = moments[(moments["step"] != AWAY) & (moments["step"] != BUY)]
    here = here[here["time"] >= since]
    true = pl.DataFrame(
        {
            "event_id": _event_ids(here["person"], here["visits"], here["number"]),
            **{name: here[name] for name in ("person", "visits", "number", "chance", "seen")},
            "bought": here["buys_at"] < NEVER,
        }
    )
    rows = true.join(scores(folder, "intent"), on="event_id")
    # Who logs in halfway is two people to a job.
    rows = rows.filter(pl.col("subject_type").n_unique().over("person", "visits") == 1)
    for name, some in (
        ("all events", rows),
        ("after the fifth", rows.filter(pl.col("number") > 4)),
    ):
        found = [roc_auc(some[k].to_numpy(), some["bought"].to_numpy()) for k in _INTENT]
        told = ", ".join(
            f"{how} {auc:.3f}" for how, auc in zip(_INTENT.values(), found, strict=True)
        )
        print(f"  intent, {name} ({len(some):,}): ROC AUC {told}")


_INTENT = {"score": "job", "seen": "best without the intent", "chance": "knowing the intent"}


def churn(folder: Path, visits: pl.DataFrame, shop: Fashion, since: int) -> None:
    """Print how well people who stay away are told from others, after visits with a login."""
    following = pl.col("start").shift(-1).over("person", order_by="visit")
    rows = visits.with_columns(away=(following - pl.col("end") > AWAY_MS).fill_null(value=True))
    rows = rows.filter(
        pl.col("known"), ~pl.col("store"), pl.col("end").is_between(since, shop.end_ms - AWAY_MS)
    )
    last = pl.read_ndjson(folder / "scores.jsonl").filter(pl.col("model") == "churn")
    ends = last.filter(pl.col("subject_type") == "user").with_columns(
        person=pl.col("subject_id").str.slice(1).cast(pl.Int64),
        end=pl.col("time").str.to_datetime(time_zone="UTC").dt.epoch("ms"),
    )
    rows = rows.join(ends.select("person", "end", "score"), on=("person", "end"))
    label = rows["away"].to_numpy()
    found = [roc_auc(rows[name].to_numpy(), label) for name in ("score", "away_chance")]
    print(
        f"  churn, last events of visits ({len(rows):,}, {label.mean():.0%} stay away): ROC AUC "
        f"job {found[0]:.3f}, the true chance {found[1]:.3f}"
    )


def _event_ids(people: Ints, visits: Ints, number: Ints) -> list[str]:
    columns = (people.tolist(), visits.tolist(), (number.astype(int) * STEP % A_VISIT).tolist())
    return [f"{person:x}.{visit:x}.{step:x}" for person, visit, step in zip(*columns, strict=True)]


def worth(folder: Path, events: Path, shop: Fashion) -> None:
    """Print what each action of the run is truly worth, beside what the shop earns without any."""
    paid = pl.read_ndjson(events, schema={"type": pl.String, "value": pl.Float64})
    earned = math.fsum(paid.filter(pl.col("type") == "purchase")["value"]) * MARGIN
    print(f"  {'without any action':<22} {'':>8} {'':>8}      {earned:>10,.0f} GBP in all")
    with (folder / "decisions.jsonl").open("rb") as file:
        decisions = read_decisions(file)
    values = value_of(decisions, shop)
    frame = pl.DataFrame({"action": [one.name for one in decisions], "value": values})
    by = frame.group_by("action").agg(pl.len(), pl.col("value").mean(), sum=pl.col("value").sum())
    for action, count, mean, total in by.sort("sum", descending=True).rows():
        print(f"  {action:<22} {count:>8,} {mean:>8.3f} each {total:>10,.0f} GBP in all")


def main(arguments: list[str] | None = None) -> None:
    """Simulate, run, and compare."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=3000)
    asked.add_argument("--days", type=int, default=28)
    asked.add_argument("--seed", type=int, default=1)
    parsed = asked.parse_args(arguments)
    shop = Fashion(people=parsed.people, days=parsed.days, seed=parsed.seed)
    since = shop.start_ms + (shop.end_ms - shop.start_ms) // 3
    with TemporaryDirectory() as place:
        folder, events = Path(place) / "out", Path(place) / "fashion.jsonl"
        speed(shop, events)
        realism(events)
        rtm(["run", str(JOB), "--input", str(events), "--output", str(folder), "--quiet"])
        table = VisitsTable()
        print("from the second third on:")
        intent(folder, course_of(shop, watchers=(table,)), since)
        churn(folder, pl.DataFrame(table.take()), shop, since)
        print("what the decisions are truly worth:")
        worth(folder, events, shop)


if __name__ == "__main__":
    main()
