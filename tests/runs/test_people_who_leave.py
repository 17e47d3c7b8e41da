"""People leave in whole runs too: any number of processes writes what a replay writes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.runs.running import digests, rtm, write_config

LEAVING = """
[dedup]
window = "PT10M"
[people]
inactive = "PT6H"
most_per_lane = 12
[[actions]]
name = "greet"
value = 1.0
channel = "email"
[[limits]]
name = "daily"
interval = "PT5H"
"""


def test_the_same_people_leave_any_number_of_processes(events: Path, tmp_path: Path) -> None:
    """And all that the summary counts adds up."""
    config = write_config(tmp_path, sort=False, stripes=3, block=1 << 14, more=LEAVING)
    rtm("replay", config, "--input", events, "--output", tmp_path / "replayed")
    rtm("run", config, "--input", events, "--output", tmp_path / "run", "--workers", "2")

    summary = json.loads((tmp_path / "run" / "summary.json").read_bytes())
    records = (tmp_path / "run" / "sessions.jsonl").read_text().splitlines()
    assert digests(tmp_path / "run") == digests(tmp_path / "replayed")
    assert summary["evicted"]["most_per_lane"] > 20
    assert summary["evicted"]["inactive"] > 20
    assert summary["sessions"]["evicted"] > 0
    assert sum(summary["sessions"].values()) == len(records)
