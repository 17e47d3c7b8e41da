"""When to learn what comes late: `python -m benchmarks.learning.labels`.

In: simulated shops, made here, and rete_ecom, in a folder beside the repository. Out: Markdown
tables of how well the policies of `[models.intent] labels` predict, beside one another, for several
horizons, of how soon they follow a sudden change, and of what a row costs. Refuses to judge by
anything but the job's own summary and learning.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import numpy as np

from rtm_flows.cli import main as rtm
from rtm_flows.config import load, with_input
from rtm_flows.connectors.histories import entered
from rtm_flows.connectors.inputs import open_input
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.messages import Counts, Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import Metrics, counting
from rtm_flows.models.delayed import DelayedModel, Parts
from rtm_flows.models.spec import Intent
from rtm_flows.models.versioned import VersionedModel
from rtm_flows.people.parts import CAME, OVER, PARTS, SEEN

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
Policy = Literal["wait", "corrected", "fake_negative_weighted"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
HORIZONS = ("PT30M", "PT6H", "P1D")
PERIOD = "PT30M"
FEWEST = 200
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
HEAD = (
    "| stream | horizon | labels | rows | positive | ROC AUC (95 %) | log loss | of the rate "
    "| ECE | predicted - observed | corrected |\n|---|---|---|---|---|---|---|---|---|---|---|"
)
AFTER = (6, 24, 48)
HEAD_CHANGE = (
    "| change | horizon | labels | last day before | "
    + " | ".join(f"{hours} h after" for hours in AFTER)
    + " |\n|---|---|---|---|---|---|---|"
)


class Told(NamedTuple):
    """What a run tells of intent."""

    figures: Mapping[str, Any]
    periods: Sequence[Mapping[str, Any]]


def run(job: Mapping[str, Any], path: Path) -> Told:
    """Play a file through a job in this process; keep only what is told of learning."""
    settled = with_input(load(job), (str(path),))
    source = open_input(settled, None)
    plan = Plan.of(settled, source.partitions)
    engine, accounting = Engine(plan), Accounting(counting(plan), plan.name)
    lines: list[bytes] = []
    for batch in entered(source, plan):
        for written in engine.push(batch):
            if isinstance(written, Lines):
                lines += [written.lines.data] if written.output == "learning" else []
            elif isinstance(written, Counts):
                accounting.add(written)
            elif isinstance(written, Metrics):
                accounting.add_model(written.model, written.metrics)
    summary = msgspec.json.decode(msgspec.json.encode(accounting.summary()))
    periods = msgspec.json.Decoder().decode_lines(b"".join(lines))
    return Told(summary["models"]["intent"], periods)


def job_of(base: Mapping[str, Any], horizon: str | None, labels: str) -> dict[str, Any]:
    """Return a job that learns so, and decides nothing; the base may have keys of intent."""
    more = {} if horizon is None else {"horizon": horizon, "labels": labels}
    return {
        **base,
        "models": {"intent": {**base["models"]["intent"], **more}},
        "actions": [],
        "outputs": {"scores": False, "sessions": False},
        "learning": {"period": PERIOD, "slices": []},
    }


def judged(name: str, base: Mapping[str, Any], path: Path) -> None:
    """Print the rows of one stream."""
    ways = [(None, "wait"), *((horizon, one) for horizon in HORIZONS for one in POLICIES)]
    for horizon, labels in ways:
        found = run(job_of(base, horizon, labels), path).figures
        if found["n"] < FEWEST:  # the stream is hardly longer than the horizon
            continue
        low, high = found["roc_auc_95"]
        parts = found["calibration"]
        bias = sum(p["n"] * (p["predicted"] - p["observed"]) for p in parts) / found["n"]
        print(
            f"| {name} | {horizon or 'session'} | {labels} | {found['n']:,} "
            f"| {found['positives'] / found['n']:.4f} "
            f"| {found['roc_auc']:.4f} ({low:.3f} to {high:.3f}) | {found['log_loss']:.4f} "
            f"| {found['baselines']['prior']['log_loss']:.4f} | {found['ece']:.4f} "
            f"| {bias:+.4f} | {found.get('corrected', 0):,} |",
            flush=True,
        )


def changed(lines: Iterable[bytes], at: str, *, fall: bool) -> Iterator[bytes]:
    """Yield a stream in which three of four purchases are missing after a moment, or before it."""
    for line in lines:
        try:
            record = msgspec.json.decode(line, type=dict[str, Any]) if b'"purchase"' in line else {}
        except ValueError:  # broken ones are part of the stream
            record = {}
        missing = (record.get("time", "") >= at) == fall
        if not (record and missing and zlib.crc32(record["id"].encode()) % 4):
            yield line


def followed(name: str, base: Mapping[str, Any], path: Path, at: dt.datetime) -> None:
    """Print how well the rows were predicted that came before and after a change."""
    for horizon in HORIZONS:
        wait = dt.timedelta(milliseconds=Intent(horizon=horizon).horizon_ms or 0)
        for labels in POLICIES:
            periods = run(job_of(base, horizon, labels), path).periods
            spans = [
                (-24, 0),
                *((hours - 6 if hours == 6 else hours - 24, hours) for hours in AFTER),
            ]
            losses = [_loss(periods, at + wait, *span) for span in spans]
            cells = " | ".join(f"{loss:.4f}" for loss in losses)
            print(f"| {name} | {horizon} | {labels} | {cells} |", flush=True)


def _loss(
    periods: Sequence[Mapping[str, Any]], origin: dt.datetime, first: int, last: int
) -> float:
    """Return the mean log loss of the rows that were due in some hours after an origin."""
    hours = [
        ((dt.datetime.fromisoformat(p["start"]) - origin).total_seconds() / 3600, p)
        for p in periods
    ]
    some = [p for hour, p in hours if first <= hour < last]
    n = sum(p["n"] for p in some)
    return sum(p["n"] * p["log_loss"] for p in some) / n if n else float("nan")


def keys_of(learning_rate: float | None) -> dict[str, Any]:
    """Return the keys of a model: gradient descent where a rate is given."""
    return {} if learning_rate is None else {"kind": "sgd", "learning_rate": learning_rate}


def cost(learning_rate: float | None = None, rows: int = 20_000, width: int = 61) -> None:
    """Print the microseconds of a row by policy, purchases of one in 25 among them."""
    keys = keys_of(learning_rate)
    rng = np.random.default_rng(1)
    x, buys = rng.normal(size=(rows, width)), rng.random(rows) < 0.04
    names = [f"f{number}" for number in range(width)]
    none = np.zeros((rows, 0), dtype=np.bool_)
    ticks = np.arange(rows) // 60
    started = time.process_time()
    VersionedModel(names, Intent(**keys)).learn(x, buys, ticks, none)
    print(f"\n| labels | us a row of {width} features |\n|---|---|")
    print(f"| session | {(time.process_time() - started) / rows * 1e6:.1f} |")
    for labels in POLICIES:
        told = [(at, at, SEEN) for at in range(rows)]
        told += [(at + 500, at, CAME) for at in np.flatnonzero(buys).tolist() if labels != "wait"]
        told += [(at + 1000, at, OVER) for at in range(rows)]
        when, row, part = np.array(sorted(told)).T
        persons = [f"u:{one}" for one in row.tolist()]
        nothing = np.zeros((len(row), 0), dtype=np.bool_)
        ago = np.full(len(row), np.nan)
        parts = Parts(
            x[row], buys[row], when // 60, nothing, ago, persons, (row + 1) * PARTS + part
        )
        model = DelayedModel(names, Intent(horizon="PT1H", labels=labels, **keys))
        started = time.process_time()
        model.learn(parts)
        print(f"| {labels} | {(time.process_time() - started) / rows * 1e6:.1f} |")


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning.labels")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of rete_ecom (%(default)s)")
    parser.add_argument("--people", type=int, default=3_000, help="of the shops (%(default)s)")
    parser.add_argument("--days", type=int, default=6, help="of the long one (%(default)s)")
    parser.add_argument("--learning-rate", type=float, help="of kind sgd, in place of newton")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rtm-labels-") as folder:
        _measure(options, Path(folder))
    cost(options.learning_rate)
    return 0


def _measure(options: argparse.Namespace, folder: Path) -> None:
    print(HEAD)
    models = {"models": {"intent": keys_of(options.learning_rate)}}
    shop = {"name": "shop", **models}
    shops = {days: folder / f"{days}.jsonl" for days in sorted({1, options.days})}
    for days, path in shops.items():
        with contextlib.redirect_stdout(sys.stderr):
            rtm(["simulate", "--output", str(path), "--people", str(options.people),
                 "--days", str(days), "--start", START.isoformat()])  # fmt: skip
        judged(f"shop, {days} d", shop, path)
    ecom = options.data / "synthetic_rete_ecom" / "ecom.csv.gz"
    if ecom.exists():
        told = msgspec.toml.decode((ROOT / "examples" / "rete_ecom.toml").read_bytes())
        judged("rete_ecom", {**told, **models}, ecom)
    else:
        print(f"rete_ecom: skipped, {ecom} is not there", file=sys.stderr)
    print("\n" + HEAD_CHANGE)
    at = START + dt.timedelta(days=options.days // 2)
    for name, fall in (("purchases fall to a quarter", True), ("purchases rise fourfold", False)):
        path = folder / f"{name}.jsonl"
        with shops[options.days].open("rb") as before, path.open("wb") as after:
            after.writelines(changed(before, at.strftime("%Y-%m-%dT%H:%M:%S"), fall=fall))
        followed(name, shop, path, at)


if __name__ == "__main__":
    sys.exit(main())
