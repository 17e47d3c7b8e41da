"""All parties' scores are judged against the same outcomes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from benchmarks.quality import log_loss, outcomes

HOUR_MS = 3_600_000
STREAM = [
    ("a1", "ann", 0, "page_view"),
    ("b1", "bob", 1, "page_view"),
    ("a2", "ann", 2, "purchase"),
    ("a3", "ann", 3, "page_view"),
    ("b2", "bob", HOUR_MS, "page_view"),
    ("c1", "cy", HOUR_MS + 1, "page_view"),
]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Write the stream to a file."""
    path = tmp_path / "events.jsonl"
    names = ("event_id", "user_id", "ts", "type")
    rows = [json.dumps(dict(zip(names, row, strict=True))) for row in STREAM]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_only_settled_events_have_labels(events: Path) -> None:
    """A purchase settles what came before it, the gap what had none; the rest stays open."""
    assert outcomes(events) == {"a1": True, "b1": False}


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "pathway"])
def test_log_loss_is_the_mean_over_labelled_records(tmp_path: Path, *, wrapped: bool) -> None:
    """A folder of parts counts as one file, and records without a label do not count."""
    parts = tmp_path / "out"
    parts.mkdir()
    for name, p in [("a1", 0.8), ("b1", 0.3), ("c1", 0.999)]:
        record = {"event_id": name, "p": p}
        line = {"o": record, "diff": 1} if wrapped else record
        text = json.dumps(line, separators=(",", ":"))
        (parts / name).write_text(text + "\n", encoding="utf-8")

    loss = log_loss({"a1": True, "b1": False}, parts)

    assert loss == pytest.approx(-(math.log(0.8) + math.log(0.7)) / 2)


def test_no_labels_give_no_log_loss(tmp_path: Path) -> None:
    """Where no record has a label there is no figure, rather than a zero."""
    out = tmp_path / "out.jsonl"
    out.write_text('{"event_id":"x","p":0.5}\n', encoding="utf-8")

    assert log_loss({}, out) is None
