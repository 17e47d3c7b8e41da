"""A feature that breaks its contract ends the run, with one sentence and without a summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.running import rtm

JOB = """
name = "shop"
actions = []
[[features]]
name = "odd"
kind = "python"
code = "tests.features.own.shop:Returns"
options = { what = "nan" }
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_feature_that_is_not_finite_ends_the_run(
    workers: str, events: Path, tmp_path: Path
) -> None:
    """Which class it was, which value, at which event; no score is made of it."""
    job, out = tmp_path / "shop.toml", tmp_path / "out"
    job.write_text(JOB)
    said = rtm(
        "run", job, "--input", events, "--output", out, "--workers", workers, "--quiet", status=1
    )

    wanted = "rtm: tests.features.own.shop:Returns breaks its contract: 'x' must be finite"
    # Each process tells of its own events; the engine may break one off before it has come to any.
    assert 1 <= sum(line.startswith(wanted) for line in said.splitlines()) <= int(workers)
    assert not (out / "summary.json").exists()
    assert not (out / "decisions.jsonl").exists()
