"""The example of a backtest: two runs of one history, and what the change of rules changes."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from examples.backtest.backtest import AFTER, BEFORE, backtest
from tests.runs.running import lines


def test_the_two_configurations_differ_in_two_lines() -> None:
    """So that the example stays what its first line says when the shop changes."""
    texts = [path.read_text(encoding="utf-8").splitlines() for path in (BEFORE, AFTER)]
    first, second = (text[text.index('name = "shop"') :] for text in texts)
    found = difflib.unified_diff(first, second, n=0)
    changed = [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]
    at = texts[0].index("[input]")
    dropped = [f"-{line}" for line in texts[0][at : texts[0].index("[time]")]]

    assert [line for line in changed if line not in dropped] == [
        "-floor = 1.0",
        "+floor = 0.9",
        '-eligible = "20 <= cart_value < 50"',
        '+eligible = "20 <= cart_value < 60"',
    ]


def test_the_backtest_tells_what_would_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page has the volumes of both; free shipping is offered more often, to larger carts."""
    status = backtest(tmp_path, days=3.0)
    page = capsys.readouterr().out
    before, after = (
        {one["decision_id"]: one for one in lines(tmp_path / run / "decisions.jsonl")}
        for run in ("before", "after")
    )
    offered = [
        {key for key, one in run.items() if one["name"] == "free_shipping_over"}
        for run in (before, after)
    ]

    assert status == 1
    assert set(before) == set(after)
    assert "by action, over all and for each day" in page
    counts = [len(offered[0]), len(offered[1]), len(offered[1]) - len(offered[0])]
    row = ["free_shipping_over", f"{counts[0]:,}", f"{counts[1]:,}", f"{counts[2]:+,}"]
    assert row in [line.split()[:4] for line in page.splitlines()]
    assert offered[0] < offered[1]
    values = [after[key]["features"]["cart_value"] for key in offered[1] - offered[0]]
    assert any(50 <= value < 60 for value in values)
