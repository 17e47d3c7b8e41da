"""Paths: patterns, folders, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from rtm_flows.connectors.paths import expanded
from rtm_flows.errors import InputError


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files at several depths, some of them not meant to be read."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "b.jsonl", "a.jsonl", "B.jsonl", "a.csv", "_SUCCESS", ".a.jsonl.crc",
        "day=2/x.jsonl", "day=1/y.jsonl", "day=1/_temporary/z.jsonl", "[x]/a[1].jsonl",
    ):  # fmt: skip
        path = tmp_path / "lake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "lake" / "empty").mkdir()
    return tmp_path / "lake"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["lake/*.jsonl"], ["B.jsonl", "a.jsonl", "b.jsonl"]),
        (["lake/b.jsonl", "lake/?.jsonl"], ["b.jsonl", "B.jsonl", "a.jsonl"]),
        (["lake/b.jsonl", "lake/**"], ["b.jsonl", "B.jsonl", "[x]/a[1].jsonl",
                     "a.csv", "a.jsonl", "day=1/y.jsonl", "day=2/x.jsonl"]),
        (["lake/day=*/*"], ["day=1/y.jsonl", "day=2/x.jsonl"]),
        (["lake/_*"], ["_SUCCESS"]),
        (["lake/day=*"], ["day=1/y.jsonl", "day=2/x.jsonl"]),
        (["lake/**/[xy].jsonl"], ["day=1/y.jsonl", "day=2/x.jsonl"]),
        (["lake/day=1"], ["day=1/y.jsonl"]),
        (["lake/[x]/a[1].jsonl"], ["[x]/a[1].jsonl"]),
        (["lake/[x]/*"], ["[x]/a[1].jsonl"]),
        (["lake/"], ["B.jsonl", "[x]/a[1].jsonl", "a.csv", "a.jsonl", "b.jsonl",
                     "day=1/y.jsonl", "day=2/x.jsonl"]),
    ],
)  # fmt: skip
def test_patterns_and_folders_become_sorted_files(
    lake: Path, paths: Sequence[str], found: Sequence[str]
) -> None:
    """Each file once, in its first place; hidden ones are left alone; names may hold brackets."""
    assert expanded(paths) == tuple(f"lake/{name}" for name in found)
    absolute = expanded([os.path.join(lake.parent, path) for path in paths])
    assert absolute == tuple(f"{lake}/{name}" for name in found)


def test_what_is_named_outright_is_left_as_it_is(lake: Path) -> None:
    """Standard input, and a file that is missing: that is for others to tell."""
    assert expanded(["-", "gone.jsonl", "-"]) == ("-", "gone.jsonl")
    assert lake.exists()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("lake/*.parquet", r"lake/\*\.parquet matches no file; check the pattern"),
        ("nowhere/*", "matches no file"),
        ("lake/empt*", "matches no file"),
        ("lake/empty", "is a folder without files"),
    ],
)
def test_what_stands_for_no_file_is_refused(lake: Path, path: str, said: str) -> None:
    """The error names the pattern or the folder as it was written."""
    assert lake.exists()
    with pytest.raises(InputError, match=said):
        expanded([path])
