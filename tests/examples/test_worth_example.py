"""The example of a valuation: the estimates of another configuration hold its truth."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from examples.worth.worth import EXPLORES, OTHER, replayed, true_worth, value
from rtm_flows.cli import main
from tests.runs.running import lines


def test_the_configurations_differ_as_their_first_lines_say() -> None:
    """In what is believed of two offers, and in exploration; of the input only one is asked."""
    texts = [path.read_text(encoding="utf-8").splitlines() for path in (EXPLORES, OTHER)]
    first, second = (text[text.index('name = "offers"') :] for text in texts)
    found = difflib.unified_diff(first, second, n=0, lineterm="")
    changed = [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]
    dropped = {f"-{line}" for line in first[: first.index("[responses]")]}
    dropped |= {f"-{line}" for line in first[first.index("[exploration]") :][:4]}

    assert [line for line in changed if line not in dropped] == [
        "-propensity = 0.2", "+propensity = 0.1", "-propensity = 0.1", "+propensity = 0.3",
    ]  # fmt: skip


def test_what_the_log_tells_holds_the_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every estimator, and surely more than the log's own; outcomes change no decision."""
    assert value(tmp_path) == 0
    page = capsys.readouterr().out
    log, other = tmp_path / "log", tmp_path / "other"
    assert main(["worth", str(log), str(other), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    truth = true_worth(lines(other / "decisions.jsonl"))

    assert f"the truth: {truth:.6f} a decision" in page
    for name in ("ips", "snips", "dm", "dr"):
        one = found["estimates"][name]["decision"]
        low, high = one["interval_95"]
        assert low < truth < high
        assert one["difference_95"][0] > 0.0
    names = [one["name"] for one in lines(log / "decisions.jsonl")]
    plain = tmp_path / "plain.jsonl"
    answers = (b'"type":"impression"', b'"type":"clicked"')
    kept = [
        line
        for line in (tmp_path / "events.jsonl").read_bytes().splitlines(keepends=True)
        if not any(answer in line for answer in answers)
    ]
    plain.write_bytes(b"".join(kept))
    assert [one["name"] for one in replayed(plain, tmp_path / "plain")] == names
