"""`rtm simulate`: the events of a simulated shop, as a file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rtm_flows.simulate import Fashion, Shop, simulate, simulate_fashion
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
    assert done.out.startswith(f"{path}: {told.events:,} events of {told.people:,} people in ")


def test_the_fashion_shop_breaks_nothing(capsys: Capture, tmp_path: Path) -> None:
    """Damage is of the small shop, and the message says so."""
    path = tmp_path / "fashion.jsonl"
    done = rtm(capsys, "simulate", "--shop", "fashion", "--output", path, "--late", "0.1")

    assert "--late is of the small shop only" in complaint(done, 2)
