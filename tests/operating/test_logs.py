"""Logs: one line an event, for programs and for people."""

from __future__ import annotations

import json
import sys

import pytest

from rtm_flows.operating.logs import log


def test_elsewhere_than_on_a_terminal_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With name, level, time and fields, on standard error."""
    log().warning("broker_trouble", reason="zu spät\nund krumm", partitions=["web/0"])
    log().debug("nobody_wants_this")

    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    fields = json.loads(line)
    assert fields.pop("timestamp").endswith("Z")
    assert fields == {
        "event": "broker_trouble",
        "level": "warning",
        "reason": "zu spät\nund krumm",
        "partitions": ["web/0"],
    }


def test_on_a_terminal_a_line_is_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, without JSON."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    log().info("listening", port=9464)
    (line,) = capsys.readouterr().err.splitlines()
    assert "listening" in line
    assert line.endswith("port=9464")
    assert "{" not in line
