"""`rtm run` of a job that reads topics, as a user meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import complaint, rtm
from tests.kafka.live import life, produce, write_job
from tests.kafka.mock_cluster import MockKafka, mock_kafka

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def broker() -> Iterator[MockKafka]:
    """Run the mock cluster."""
    with mock_kafka() as running:
        yield running


def test_a_run_to_the_end_shows_what_came_out(
    capsys: Capture, broker: MockKafka, tmp_path: Path
) -> None:
    """Status 0 and the tables; once complete, nothing is left to do."""
    config = write_job(tmp_path, broker, "shown")
    count = produce(broker, "shown", life(1, 300))
    run = ("run", config, "--output", tmp_path / "out", "--recovery", tmp_path / "state")
    done = rtm(capsys, *run, "--to-end", "--profile")
    assert done.status == 0
    assert f"read           {count}" in done.out
    assert "know" in done.out
    assert "complete" in rtm(capsys, *run).out


def test_state_of_other_topics_is_refused(
    capsys: Capture, broker: MockKafka, tmp_path: Path
) -> None:
    """A recovery folder belongs to the topics it was made with, wherever the broker is."""
    config = write_job(tmp_path, broker, "mine")
    state = ("--recovery", tmp_path / "state", "--output", tmp_path / "out")
    assert rtm(capsys, "run", config, *state, "--to-end", "--quiet").status == 0
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace('"mine.web"', '"mine.mobile"'))
    assert "belongs to another run" in complaint(rtm(capsys, "run", other, *state), 1)


def test_what_does_not_fit_is_refused(capsys: Capture, broker: MockKafka, tmp_path: Path) -> None:
    """Files have no end to be told of, and topics no folder."""
    files = tmp_path / "files.toml"
    files.write_text('[input]\npaths = ["x.jsonl"]\n')
    assert "--to-end" in complaint(rtm(capsys, "run", files, "--to-end"), 2)
    config = write_job(tmp_path, broker, "topics")
    config.write_text(config.read_text().replace('[outputs]\nkind = "files"\n', ""))
    assert "--output" in complaint(rtm(capsys, "run", config, "--output", tmp_path / "out"), 2)


def test_an_output_folder_that_is_not_empty_is_refused(
    capsys: Capture, broker: MockKafka, tmp_path: Path
) -> None:
    """As with files; --overwrite replaces what is in it."""
    config = write_job(tmp_path, broker, "again")
    run = ("run", config, "--output", tmp_path / "out", "--to-end", "--quiet")
    assert rtm(capsys, *run).status == 0
    assert "--overwrite" in complaint(rtm(capsys, *run), 1)
    assert rtm(capsys, *run, "--overwrite").status == 0
