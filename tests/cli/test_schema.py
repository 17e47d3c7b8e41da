"""`rtm schema`: the tracking plan, told and as JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtm_flows.connectors.record_schemas import record_schema
from rtm_flows.events.plan import PLAN
from rtm_flows.events.schemas import json_schema, whole_schema
from tests.cli.commands import complaint, rtm

Capture = pytest.CaptureFixture[str]


def test_the_types_are_listed_with_their_meaning(capsys: Capture) -> None:
    """One a line, custom ones last."""
    lines = rtm(capsys, "schema").out.splitlines()

    assert [line.split()[0] for line in lines[1:]] == list(PLAN)
    assert "view_item " in lines[5]
    assert lines[5].rstrip().endswith("An item was looked at.")


def test_a_schema_is_printed_as_json(capsys: Capture) -> None:
    """That of a type, of a custom one, or of the whole plan."""
    assert json.loads(rtm(capsys, "schema", "purchase").out) == json_schema("purchase")
    assert json.loads(rtm(capsys, "schema", "custom.quiz").out)["title"] == "custom.quiz"
    assert json.loads(rtm(capsys, "schema", "--all").out) == whole_schema()


def test_schemas_are_written_into_a_folder(capsys: Capture, tmp_path: Path) -> None:
    """A file for each type, or for the one that is named; what else is there stays."""
    (tmp_path / "note").write_text("mine")
    done = rtm(capsys, "schema", "--output", tmp_path)

    assert (done.status, done.out) == (0, f"{tmp_path}: {len(PLAN)} schemas\n")
    assert json.loads((tmp_path / "custom.json").read_text())["title"] == "custom.*"
    assert len(list(tmp_path.glob("*.json"))) == len(PLAN)
    rtm(capsys, "schema", "custom.../up", "--output", tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["custom...up.json"]
    assert (tmp_path / "note").read_text() == "mine"


def test_what_cannot_be_is_refused(capsys: Capture, tmp_path: Path) -> None:
    """With the nearest type, and where nothing can be written."""
    assert "did you mean purchase?" in complaint(rtm(capsys, "schema", "purchas"), 2)
    assert "`rtm schema` lists them" in complaint(rtm(capsys, "schema", "qqq"), 2)
    assert "only one of them" in complaint(rtm(capsys, "schema", "search", "--all"), 2)
    (tmp_path / "file").write_text("")
    said = complaint(rtm(capsys, "schema", "--output", tmp_path / "file"), 2)
    assert said.startswith(f"{tmp_path / 'file'}: cannot be written")


def test_the_record_of_a_decision_is_published(capsys: Capture, tmp_path: Path) -> None:
    """Printed, or written as a file; a type beside it is refused."""
    printed = rtm(capsys, "schema", "--record", "decision").out

    assert json.loads(printed) == record_schema("decision")
    assert rtm(capsys, "schema", "--record", "score", "--output", tmp_path).status == 0
    assert json.loads((tmp_path / "score.json").read_text()) == record_schema("score")
    assert "only one of them" in complaint(
        rtm(capsys, "schema", "purchase", "--record", "score"), 2
    )
