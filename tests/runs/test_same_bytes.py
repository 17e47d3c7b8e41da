"""The same input and configuration give the same bytes, whatever the machine does."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest

from rtm_flows.config import load, with_input
from rtm_flows.connectors.arriving import arrival
from rtm_flows.connectors.memory_input import sort_in_memory
from rtm_flows.flows import build
from rtm_flows.flows.execute import execute
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files
from tests.runs.running import WATCHED, digests, lines, rtm, write_config

BATCHES = (1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 22)


@pytest.mark.parametrize("workers", ["2", "3"])
@pytest.mark.parametrize("sort", [True, False])
def test_any_number_of_processes(
    workers: str, *, sort: bool, events: Path, sorted_run: Path, arrival_run: Path, tmp_path: Path
) -> None:
    """Two and three processes write what one writes."""
    config = write_config(tmp_path, sort=sort, stripes=4 if sort else 1)
    rtm("run", config, "--input", events, "--output", tmp_path / "out", "--workers", workers)

    assert digests(tmp_path / "out") == digests(sorted_run if sort else arrival_run)


def test_several_processes_share_one_file_in_order_of_arrival(events: Path, tmp_path: Path) -> None:
    """Stripes of one file give the same bytes to one process and to three."""
    config = write_config(tmp_path, sort=False, stripes=5, block=1 << 14)
    for workers in ("1", "3"):
        out = tmp_path / workers
        rtm("run", config, "--input", events, "--output", out, "--workers", workers)

    assert digests(tmp_path / "1") == digests(tmp_path / "3")


@pytest.mark.parametrize("block", BATCHES)
def test_any_batch_size_in_order_of_arrival(
    block: int, events: Path, arrival_run: Path, tmp_path: Path
) -> None:
    """How much is read at once does not show in any output."""
    config = write_config(tmp_path, sort=False, stripes=1, block=block)
    rtm("replay", config, "--input", events, "--output", tmp_path / "out")

    assert digests(tmp_path / "out") == digests(arrival_run)


@pytest.mark.parametrize("rows", [1, 37, 500, 5000, 100_000])
def test_any_batch_size_of_a_sorted_input(
    rows: int, events: Path, sorted_run: Path, tmp_path: Path
) -> None:
    """How many sorted rows travel together does not show in any output."""
    if rows == 1:
        rows = 11
    job = with_input(load(write_config(tmp_path)), (str(events),))
    source = sort_in_memory(arrival(job), rows_per_batch=rows)
    (tmp_path / "out").mkdir()
    to_files(source, Plan.of(job, source.partitions), tmp_path / "out")

    assert digests(tmp_path / "out") == digests(sorted_run)


def test_forests_in_the_shadow(events: Path, tmp_path: Path) -> None:
    """What cannot be served is measured to the same figures by one process, by two, by a replay."""
    bounds = "forest = { trees = 2, depth = 3, grace = 20, most = 200 }"
    forest = f'[[models.intent.challengers]]\nkind = "forest"\n{bounds}\n'
    config = write_config(tmp_path, more=forest + WATCHED)
    for way in (["run"], ["run", "--workers", "2"], ["replay"]):
        verb, *more = way
        out = tmp_path / "".join(way)
        rtm(verb, config, "--input", events, "--output", out, *more)

    summary = json.loads((tmp_path / "run" / "summary.json").read_bytes())
    assert summary["models"]["intent"]["challengers"]["forest"]["n"] > 400
    wanted = digests(tmp_path / "run")
    assert digests(tmp_path / "run--workers2") == digests(tmp_path / "replay") == wanted


def test_two_threads(events: Path, sorted_run: Path, tmp_path: Path) -> None:
    """Two worker threads of one process write what one writes."""
    job = with_input(load(write_config(tmp_path)), (str(events),))
    out = tmp_path / "out"
    out.mkdir()
    execute(build(job, sort_in_memory(arrival(job)), out), threads=2)

    assert digests(out) == digests(sorted_run)


def test_one_file_and_the_same_cut_in_parts(events: Path, sorted_run: Path, tmp_path: Path) -> None:
    """Cutting a file changes nothing but the places of dead letters."""
    whole = events.read_bytes().splitlines(keepends=True)
    cuts = [0, 1, len(whole) // 3, len(whole) // 2, len(whole)]
    parts: list[str | Path] = []
    for index, (a, b) in enumerate(pairwise(cuts)):
        part = tmp_path / f"part-{index}.jsonl"
        part.write_bytes(b"".join(whole[a:b]))
        parts += ["--input", part]
    rtm("run", write_config(tmp_path), *parts, "--output", tmp_path / "out")

    dead = "dead_letters.jsonl"
    assert digests(tmp_path / "out", [dead]) == digests(sorted_run, [dead])
    assert _without_places(tmp_path / "out" / dead) == _without_places(sorted_run / dead)


def test_event_order_under_shuffling_within_the_lateness(tmp_path: Path, events: Path) -> None:
    """Records that arrive in another order, but none too late, give the same answers."""
    dated = _in_time(events)
    straight, shuffled = tmp_path / "straight.jsonl", tmp_path / "shuffled.jsonl"
    straight.write_bytes(b"".join(line for _, line in dated))
    rng = random.Random(5)
    moved = sorted(dated, key=lambda one: one[0] + rng.uniform(0, 50_000))
    shuffled.write_bytes(b"".join(line for _, line in moved))
    config = write_config(tmp_path, sort=False, stripes=1)
    for path in (straight, shuffled):
        rtm("run", config, "--input", path, "--output", tmp_path / path.stem)

    dead = "dead_letters.jsonl"
    one, other = tmp_path / "straight", tmp_path / "shuffled"
    assert moved != dated
    assert digests(other, [dead]) == digests(one, [dead])
    assert _without_places(other / dead) == _without_places(one / dead)


def test_log_order_for_any_number_of_processes(tmp_path: Path, events: Path) -> None:
    """In log order too, three processes write what one writes, and what the replay writes."""
    config = write_config(tmp_path, sort=False, stripes=3, block=1 << 14, order="log")
    rtm("run", config, "--input", events, "--output", tmp_path / "1")
    rtm("run", config, "--input", events, "--output", tmp_path / "3", "--workers", "3")
    rtm("replay", config, "--input", events, "--output", tmp_path / "replay")

    assert digests(tmp_path / "1") == digests(tmp_path / "3") == digests(tmp_path / "replay")


def test_the_accounting_adds_up(events: Path, arrival_run: Path) -> None:
    """Every record is in exactly one place, and every trigger has exactly one decision."""
    found = json.loads((arrival_run / "summary.json").read_text())
    records = sum(1 for line in events.read_bytes().splitlines() if line.strip())
    fates = ("accepted", "duplicate", "late", "ignored", "dead_letter")

    assert found["input"] == records == sum(found[fate] for fate in fates)
    assert found["late"] == len(lines(arrival_run / "late.jsonl")) > 0
    assert found["dead_letter"] == len(lines(arrival_run / "dead_letters.jsonl")) > 0
    assert found["duplicate"] > 0
    decisions = lines(arrival_run / "decisions.jsonl")
    assert found["triggers"] == len(decisions) == sum(found["decisions"].values())
    assert len({decision["decision_id"] for decision in decisions}) == len(decisions)
    scores = len(lines(arrival_run / "scores.jsonl"))
    assert scores == found["accepted"] * len(found["models"])


def _without_places(path: Path) -> list[str]:
    rows = [{k: v for k, v in row.items() if k != "place"} for row in lines(path)]
    return sorted(json.dumps(row) for row in rows)


def _in_time(events: Path) -> list[tuple[float, bytes]]:
    """Return the readable records with their times, in the order of time."""
    dated = []
    for line in events.read_bytes().splitlines(keepends=True):
        try:
            record = json.loads(line)
            time = record["time"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(time, str) and len(time) == 24:
            seconds = int(time[11:13]) * 3600 + int(time[14:16]) * 60 + float(time[17:23])
            dated.append((int(time[8:10]) * 86_400_000 + seconds * 1000, line))
    return sorted(dated, key=lambda one: one[0])
