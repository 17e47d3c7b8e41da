"""`make demo-kafka`: the whole loop between topics, with a kill in the middle."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.running import ROOT, environment


@pytest.mark.slow
def test_the_loop_loses_nothing_and_tells_nothing_twice_or_otherwise(tmp_path: Path) -> None:
    """Killed, resumed, exported and played again: the two answers are the same in all outputs."""
    script = ROOT / "scripts" / "demo_kafka.py"
    done = subprocess.run(
        [sys.executable, script, "--people", "100", "--folder", tmp_path / "demo"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed with kill -9" in done.stdout
    told = re.findall(r"^(\w+): +([\d,]+) records, (.*)$", done.stdout, re.MULTILINE)
    counts = {output: int(count.replace(",", "")) for output, count, _ in told}
    assert {result for _, _, result in told} == {"0 lost, 0 twice, 0 different"}
    assert counts["decisions"] > 1000
    assert counts["scores"] > 1000
