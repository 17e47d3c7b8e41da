"""`rtm simulate`: the events of a simulated shop, as a file."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import polars as pl
import pytest

from rtm_flows.simulate import Fashion, Shop, simulate, simulate_fashion
from rtm_flows.simulate.fashion.answers import respond
from rtm_flows.simulate.fashion.course import course_of
from rtm_flows.simulate.fashion.decided import Asked
from rtm_flows.times import format_time
from tests.cli.commands import complaint, rtm

Capture = pytest.CaptureFixture[str]


def test_the_file_is_that_of_the_shop(capsys: Capture, tmp_path: Path) -> None:
    """Folders are made; the arguments are those of the shop; what was written is told."""
    path = tmp_path / "a" / "events.jsonl"
    done = rtm(
        capsys,
        *("simulate", "--output", path, "--people", "40", "--days", "0.5", "--seed", "7"),
        *("--start", "2026-05-01T00:00:00Z", "--duplicates", "0.1", "--late", "0.1"),
        *("--broken", "0.1"),
    )
    written = io.BytesIO()
    shop = Shop(people=40, days=0.5, seed=7, start="2026-05-01T00:00:00Z", duplicates=0.1,
                late=0.1, broken=0.1)  # fmt: skip
    truth = simulate(shop, written.write)

    assert done.status == 0
    assert path.read_bytes() == written.getvalue()
    assert done.out.startswith(f"{path}: {truth.records:,} records of {truth.people:,} people in ")
    assert f"{sum(truth.broken.values()):,} broken" in done.out


@pytest.mark.parametrize(
    ("argument", "value"),
    [("--days", "-1"), ("--days", "nan"), ("--late", "2"), ("--start", "soon"), ("--seed", "-1")],
)
def test_a_shop_that_cannot_be_is_refused(
    capsys: Capture, tmp_path: Path, argument: str, value: str
) -> None:
    """In one sentence that names the argument, with status 2."""
    done = rtm(capsys, "simulate", "--output", tmp_path / "events.jsonl", argument, value)

    assert argument.removeprefix("--") in complaint(done, 2)


def test_a_file_that_cannot_be_written_is_named(capsys: Capture, tmp_path: Path) -> None:
    """A folder stands in its place, or a file where a folder should be."""
    (tmp_path / "file").write_text("")

    for path in (tmp_path, tmp_path / "file" / "events.jsonl"):
        done = rtm(capsys, "simulate", "--output", path)
        assert complaint(done, 1).startswith(f"{path}: cannot be written: ")


def test_the_fashion_shop_is_written_too(capsys: Capture, tmp_path: Path) -> None:
    """With `--shop fashion`; what was written is told."""
    path = tmp_path / "fashion.jsonl"
    done = rtm(
        capsys,
        *("simulate", "--shop", "fashion", "--output", path, "--people", "40", "--days", "2"),
    )
    written = io.BytesIO()
    told = simulate_fashion(Fashion(people=40, days=2), written.write)

    assert done.status == 0
    assert path.read_bytes() == written.getvalue()
    assert done.out.startswith(f"{path}: {told.records:,} records of {told.people:,} people in ")


def test_the_fashion_shop_breaks_what_it_is_asked_to(capsys: Capture, tmp_path: Path) -> None:
    """With the arguments of the small shop; then records are delayed too."""
    path = tmp_path / "fashion.jsonl"
    done = rtm(
        capsys,
        *("simulate", "--shop", "fashion", "--output", path, "--people", "40", "--days", "2"),
        *("--duplicates", "0.1", "--late", "0.1", "--broken", "0.1"),
    )
    written = io.BytesIO()
    shop = Fashion(people=40, days=2, duplicates=0.1, late=0.1, broken=0.1, disorder_ms=800)
    told = simulate_fashion(shop, written.write)

    assert path.read_bytes() == written.getvalue()
    assert f"{told.duplicates:,} told twice, {sum(told.broken.values()):,} broken" in done.out


def test_decisions_of_a_run_are_answered(capsys: Capture, tmp_path: Path) -> None:
    """With `--answer` and the settings of the events; what they are worth is told."""
    run, outcomes = tmp_path / "run", tmp_path / "outcomes.jsonl"
    run.mkdir()
    moments = course_of(Fashion(people=40, days=2))[:3]
    decisions = [
        Asked(f"d{place}", format_time(time), f"u{person}", "user", "thank_you", "email")
        for place, (time, person) in enumerate(moments[["time", "person"]].tolist())
    ]
    lines = [msgspec.json.encode(one) + b"\n" for one in decisions]
    (run / "decisions.jsonl").write_bytes(b"".join(lines))
    done = rtm(
        capsys,
        *("simulate", "--shop", "fashion", "--people", "40", "--days", "2"),
        *("--answer", run, "--output", outcomes),
    )

    assert done.status == 0, done
    assert outcomes.read_bytes() == b"".join(respond(decisions, Fashion(people=40, days=2)))
    assert " outcomes of 3 actions in 3 decisions; true expected profit " in done.out


@pytest.mark.parametrize(("argument", "value"), [("--truth", "t.parquet"), ("--answer", "run")])
def test_the_small_shop_has_no_truth_to_ask(
    capsys: Capture, tmp_path: Path, argument: str, value: str
) -> None:
    """The message says which shop has."""
    done = rtm(capsys, "simulate", "--output", tmp_path / "events.jsonl", argument, value)

    assert f"{argument} is of the fashion shop only" in complaint(done, 2)


def test_the_truth_is_written_beside_the_events(capsys: Capture, tmp_path: Path) -> None:
    """One row a visit; it does not go with answers."""
    truth = tmp_path / "truth.parquet"
    arguments = (
        "simulate",
        "--shop",
        "fashion",
        "--output",
        tmp_path / "f.jsonl",
        "--people",
        "40",
    )
    done = rtm(capsys, *arguments, "--truth", truth)

    assert f" in {len(pl.read_parquet(truth)):,} visits" in done.out
    (tmp_path / "there.parquet").mkdir()
    done = rtm(capsys, *arguments, "--truth", tmp_path / "there.parquet")
    assert complaint(done, 1).startswith(f"{tmp_path / 'there.parquet'}: cannot be written: ")
    done = rtm(capsys, *arguments, "--truth", truth, "--answer", tmp_path)
    assert "--truth goes with the events" in complaint(done, 2)
