"""The pulse of a live job: what is shown of it, and where."""

from __future__ import annotations

import json
import time

import pytest

from rtm_flows.cli import pulse
from rtm_flows.cli.pulse import Pulse, Standing


def test_a_line_tells_records_rate_and_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate is that since the last line; a lag that is not known is not shown."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    known, unknown = (
        Pulse(lambda: Standing(1234, None), quiet=True),
        Pulse(lambda: Standing(None, 0.45), quiet=True),
    )
    for one in (known, unknown):
        one.seen(1000)
        one.seen(500)
    now[0] += 10
    assert known.told() == "1,500 records, 150 a second, 1,234 waiting"
    assert unknown.told() == "history ████▌····· 45 %, 1,500 records, 150 a second"
    known.reached(1520)
    now[0] += 10
    assert known.told() == "1,520 records, 2 a second, 1,234 waiting"


def test_elsewhere_than_on_a_terminal_lines_come_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines of the log on standard error; none where all is to be quiet."""
    monkeypatch.setattr(pulse, "_SLOW", 0.01)
    for quiet in (False, True):
        capsys.readouterr()
        with Pulse(lambda: Standing(0, None), quiet=quiet) as one:
            one.seen(7)
            time.sleep(0.2)
        told = capsys.readouterr().err
        found = [json.loads(line) for line in told.splitlines()]
        assert bool(found) is not quiet
        assert all((one["event"], one["records"]) == ("running", 7) for one in found)


def test_on_a_terminal_one_line_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same words, without an end of line for each."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(pulse, "_QUICK", 0.01)
    with Pulse(lambda: Standing(0, None), quiet=False) as one:
        one.seen(7)
        time.sleep(0.3)
    told = capsys.readouterr().err
    assert "7 records" in told
    assert '"running"' not in told
