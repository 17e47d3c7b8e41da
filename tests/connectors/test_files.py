"""The files of an input: what is refused, and how it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rtm_flows.connectors.arrival import ArrivalInput
from rtm_flows.connectors.files import InputFiles, open_file
from rtm_flows.errors import InputError
from tests.connectors.plain_parser import PlainParser


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.jsonl", "check the path"),
        ("folder", "is a folder; name the files in it"),
        ("events.jsonl.xz", "unpack it, or use gzip or zstandard"),
        ("events.jsonl/part", "cannot be read"),
    ],
)
def test_what_is_no_readable_file_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """The error names the path and what to do."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "events.jsonl.xz").write_bytes(b"")
    (tmp_path / "events.jsonl").write_bytes(b"")
    path = str(tmp_path / name)

    with pytest.raises(InputError, match=said) as raised:
        ArrivalInput(InputFiles(paths=(path,), file_format="jsonl"), PlainParser())

    assert path in str(raised.value)


def test_a_device_is_refused() -> None:
    """Only regular files have blocks and positions."""
    with pytest.raises(InputError, match="not a regular file"):
        ArrivalInput(InputFiles(paths=("/dev/null",), file_format="jsonl"), PlainParser())


def test_no_files_are_refused() -> None:
    """An input without files is a mistake."""
    with pytest.raises(InputError, match=r"input\.paths"):
        ArrivalInput(InputFiles(paths=(), file_format="jsonl"), PlainParser())


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """A file that vanishes after listing is an error like a missing one."""
    with pytest.raises(InputError, match="check the path"):
        open_file(str(tmp_path / "gone"))


@pytest.mark.parametrize(
    "options",
    [
        {"stripes": 0},
        {"block_bytes": 0},
        {"max_record_bytes": 0},
        {"delimiter": "ab"},
        {"quote": "ab"},
        {"quote": "\n"},
        {"quote": ";", "delimiter": ";"},
    ],
)
def test_impossible_settings_are_mistakes(options: dict[str, Any]) -> None:
    """Numbers below one and delimiters of several characters are refused at once."""
    with pytest.raises(ValueError, match="must be"):
        InputFiles(paths=("a",), file_format="csv", **options)
