"""Whole runs over what is piped in, packed, or named by a pattern: the same bytes as of a file."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.packed import PACKED
from tests.runs.running import command, digests, environment, lines, rtm, write_config

PLACED = ("dead_letters.jsonl", "late.jsonl")
"""Outputs that name the file that a record is from."""


def piped(content: bytes, *arguments: str | Path, status: int = 0) -> str:
    """Run `rtm` with something on its standard input; return what it said."""
    done = subprocess.run(
        command(*arguments), env=environment(), input=content, capture_output=True, check=False
    )
    assert done.returncode == status, done.stderr.decode()
    return done.stderr.decode()


def unplaced(folder: Path) -> list[list[dict[str, Any]]]:
    """Return the records of the outputs that name files, with the line only."""
    return [
        [{**one, "place": one["place"]["line"]} for one in lines(folder / name)] for name in PLACED
    ]


def assert_same(ours: Path, theirs: Path) -> None:
    """All outputs are the same, but for the name of the file."""
    assert digests(ours, PLACED) == digests(theirs, PLACED)
    assert unplaced(ours) == unplaced(theirs)
    assert all(lines(theirs / "dead_letters.jsonl"))


@pytest.mark.parametrize("suffix", ["", *PACKED])
def test_what_is_piped_in_gives_what_its_file_gives(
    events: Path, sorted_run: Path, tmp_path: Path, suffix: str
) -> None:
    """Plain or packed, which no name tells; sorted by way of the disk, where nothing is left."""
    content = PACKED.get(suffix, bytes)(events.read_bytes())
    out = tmp_path / "out"

    piped(content, "run", write_config(tmp_path), "--input", "-", "--output", out)

    assert_same(out, sorted_run)
    assert not (out / ".work").exists()


@pytest.mark.parametrize(("sort", "workers"), [(True, "2"), (False, "1"), (False, "2")])
def test_several_processes_share_what_is_piped_in(
    events: Path, tmp_path: Path, sort: bool, workers: str
) -> None:
    """One of them reads it; without sorting it is one partition, as a packed file is."""
    config = write_config(tmp_path, sort=sort)
    packed = tmp_path / "events.jsonl.zst"
    packed.write_bytes(PACKED[".zst"](events.read_bytes()))
    rtm("run", config, "--input", packed, "--output", tmp_path / "file")

    piped(events.read_bytes(), "run", config, "--input", "-", "--output", tmp_path / "out",
          "--workers", workers)  # fmt: skip

    assert_same(tmp_path / "out", tmp_path / "file")


def test_a_replay_reads_standard_input_too(events: Path, sorted_run: Path, tmp_path: Path) -> None:
    """The configuration may name it as well: no path is put in front of it."""
    config = write_config(tmp_path)
    config.write_text(config.read_text().replace("[input]", '[input]\npaths = ["-"]'))

    piped(events.read_bytes(), "replay", config, "--output", tmp_path / "out")

    assert_same(tmp_path / "out", sorted_run)


@pytest.mark.parametrize("how", ["pattern", "folder", "configuration"])
def test_a_pattern_gives_what_one_file_gives(
    events: Path, sorted_run: Path, tmp_path: Path, how: str
) -> None:
    """Sorted input does not depend on how the records are spread over files."""
    whole = events.read_bytes().splitlines(keepends=True)
    folder = tmp_path / "events"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jsonl").write_bytes(b"".join(whole[number::3]))
    config = write_config(tmp_path)
    given: list[str | Path] = ["--input", folder if how == "folder" else folder / "*.jsonl"]
    if how == "configuration":
        given = []
        config.write_text(config.read_text().replace("[input]", '[input]\npaths = ["events/*"]'))

    rtm("run", config, *given, "--output", tmp_path / "out")

    assert digests(tmp_path / "out", PLACED) == digests(sorted_run, PLACED)


def test_what_cannot_be_read_twice_is_refused(tmp_path: Path) -> None:
    """A crash could not be recovered from, and a sample is read several times."""
    config = write_config(tmp_path)
    recovery = tmp_path / "recovery"

    said = piped(b"", "run", config, "--input", "-", "--recovery", recovery, status=2)
    assert "--recovery: what came from standard input cannot be read again after a crash" in said
    assert not recovery.exists()
    said = piped(b"", "check", config, "--input", "-", "--sample", "5", status=2)
    assert "give it a file, not standard input" in said
