"""Runs of a small shop with two actions, for the commands that read runs."""

from __future__ import annotations

from pathlib import Path

from rtm_flows.cli import main

JOB = """
name = "shop"
lanes = 16
floor = 0.2
[input]
sort = true
[models.intent]
mature = 50
mature_positives = 5
[models.churn]
horizon = "PT2H"
[[actions]]
name = "greet"
propensity = 0.3
value = 1.5
applicable = 'type == "view_item"'
[[actions]]
name = "nudge"
channel = "email"
value = 2.0
eligible = "cart_value >= 1"
"""


def replayed(folder: Path, events: Path, job: str = JOB) -> Path:
    """Play the events through a job, and return the output folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.toml").write_text(job)
    output = folder / "out"
    where = ["--input", str(events), "--output", str(output), "--quiet"]
    status = main(["replay", str(folder / "shop.toml"), *where])
    assert status == 0
    return output
