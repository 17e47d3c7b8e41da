"""Runs that write Parquet: the rows of the JSON Lines, and the same bytes whatever happens."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl

from rtm_flows.connectors.parquet_output import lines_of
from tests.runs.running import (
    WATCHED,
    digests,
    kill,
    rtm,
    start,
    wait_for_snapshot,
    write_config,
)

PARQUET = '[outputs]\nformat = "parquet"\n'
NAMES = ("decisions", "scores", "sessions", "late", "dead_letters")


def test_a_run_has_the_rows_of_the_lines(events: Path, sorted_run: Path, tmp_path: Path) -> None:
    """The very same lines come out of them; learning and the summary are as ever."""
    config = write_config(tmp_path, more=WATCHED + PARQUET)
    out = tmp_path / "out"
    rtm("run", config, "--input", events, "--output", out)

    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in NAMES), "learning.jsonl", "summary.json"]
    )
    for name in NAMES:
        lines = (sorted_run / f"{name}.jsonl").read_bytes()
        assert b"".join(lines_of(out / f"{name}.parquet")) == lines, name
    for name in ("learning.jsonl", "summary.json"):
        assert (out / name).read_bytes() == (sorted_run / name).read_bytes()
    assert pl.read_parquet(out / "scores.parquet")["time"].is_sorted()


def test_any_way_to_run_gives_the_same_bytes(events: Path, tmp_path: Path) -> None:
    """One process, two, and a replay."""
    config = write_config(tmp_path, more=WATCHED + PARQUET)
    for way in (["run"], ["run", "--workers", "2"], ["replay"]):
        verb, *more = way
        rtm(verb, config, "--input", events, "--output", tmp_path / "".join(way), *more)

    wanted = digests(tmp_path / "run")
    assert digests(tmp_path / "run--workers2") == digests(tmp_path / "replay") == wanted


def test_kill_and_resume(many_events: Path, many_run: Path, tmp_path: Path) -> None:
    """A killed run goes on, but not in another format, and leaves what an undisturbed one does."""
    config = write_config(tmp_path, sort=False, stripes=1, block=1 << 12, more=PARQUET)
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    given = ("--input", many_events, "--output", out, "--recovery", recovery)
    process = start("run", config, *given, "--snapshot-every", "0.1")
    assert wait_for_snapshot(recovery, process), "the run was too quick to kill"
    time.sleep(0.2)
    kill(process)
    (tmp_path / "other").mkdir()
    other = write_config(tmp_path / "other", sort=False, stripes=1, block=1 << 12, more="")
    told = rtm("run", other, *given, status=1)
    rtm("run", config, *given)

    assert "the format of the outputs was 'parquet' and is now 'jsonl'" in told
    for name in NAMES:
        lines = (many_run / f"{name}.jsonl").read_bytes()
        assert b"".join(lines_of(out / f"{name}.parquet")) == lines, name
    assert (out / "summary.json").read_bytes() == (many_run / "summary.json").read_bytes()
