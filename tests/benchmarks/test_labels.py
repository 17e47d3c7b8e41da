"""The tables of label policies: what changes in a stream, and which rows are judged when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from benchmarks.learning import labels


def line(at: int, kind: str) -> bytes:
    """Return a record of a day in March."""
    return f'{{"id":"{kind}-{at}","time":"2026-03-{at:02}T00:00:00Z","type":"{kind}"}}\n'.encode()


LINES = [*(line(at, "purchase") for at in range(1, 31)), line(9, "view_item"), b'{"purchase"']


@pytest.mark.parametrize("fall", [True, False])
def test_purchases_are_missing_on_one_side_of_a_change_only(fall: bool) -> None:
    """About three of four, always the same ones; all else stays, broken lines too."""
    left = list(labels.changed(LINES, "2026-03-16", fall=fall))

    whole, thinned = (LINES[:15], LINES[15:30]) if fall else (LINES[15:30], LINES[:15])
    assert set(whole) | set(LINES[30:]) <= set(left)
    assert 1 <= len(set(left) & set(thinned)) <= 8


def test_losses_are_means_over_rows() -> None:
    """Of periods that begin in the hours asked for, each by its rows."""
    origin = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    periods = [
        {"start": f"2026-03-02T{hour:02}:00:00.000Z", "n": n, "log_loss": loss}
        for hour, n, loss in ((0, 1, 0.1), (5, 3, 0.5), (6, 9, 9.0))
    ]

    assert labels._loss(periods, origin, 0, 6) == pytest.approx(0.4)


def test_a_small_run_fills_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row a policy and stream; what is not there is told."""
    monkeypatch.setattr(labels, "HORIZONS", ("PT30M",))
    monkeypatch.setattr(labels, "POLICIES", ("corrected",))
    assert labels.main(["--data", str(tmp_path), "--people", "150", "--days", "2"]) == 0

    done = capsys.readouterr()
    tables = done.out.strip().split("\n\n")
    found = [[cell.strip() for cell in row.split("|")[1:4]] for row in tables[0].splitlines()[2:]]
    assert ["shop, 2 d", "session", "wait"] in found
    assert ["shop, 2 d", "PT30M", "corrected"] in found
    assert len(tables[1].splitlines()) == 4
    assert "skipped" in done.err
