"""The output folder: what may be replaced, and what is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtm_flows.connectors.output_folder import WORK, is_complete, prepare
from rtm_flows.errors import OutputError


def earlier_run(folder: Path) -> None:
    """Leave what a run leaves, finished and not."""
    folder.mkdir()
    for name in ("decisions.jsonl", "scores.jsonl.partial", "late.parquet", "summary.json"):
        (folder / name).write_text("{}\n")
    (folder / WORK).mkdir()
    (folder / WORK / "sorted.bin").write_bytes(b"rows")


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_new_folder_is_made(tmp_path: Path, overwrite: bool) -> None:
    """With those above it; an empty one is as good."""
    prepare(tmp_path / "a" / "b", overwrite=overwrite)
    prepare(tmp_path / "a" / "b", overwrite=overwrite)

    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_an_earlier_run_is_replaced_only_if_asked_for(tmp_path: Path) -> None:
    """The message names the flag."""
    earlier_run(tmp_path / "out")
    with pytest.raises(OutputError, match="is not empty; give --overwrite"):
        prepare(tmp_path / "out", overwrite=False)
    assert (tmp_path / "out" / "summary.json").exists()

    prepare(tmp_path / "out", overwrite=True)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("stranger", ["thesis.docx", "events.json", "features.parquet", "sub"])
def test_what_no_run_has_written_is_never_removed(tmp_path: Path, stranger: str) -> None:
    """A folder that holds anything else is refused as it is."""
    earlier_run(tmp_path / "out")
    path = tmp_path / "out" / stranger
    if stranger == "sub":
        path.mkdir()
    else:
        path.write_text("mine")
    before = sorted(p.name for p in (tmp_path / "out").rglob("*"))

    with pytest.raises(OutputError, match=f"no run has written .{stranger}.; use another folder"):
        prepare(tmp_path / "out", overwrite=True)
    assert sorted(p.name for p in (tmp_path / "out").rglob("*")) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Nor can one be made below a file."""
    (tmp_path / "out").write_text("")

    with pytest.raises(OutputError, match="is a file; --output wants a folder"):
        prepare(tmp_path / "out", overwrite=True)
    with pytest.raises(OutputError, match="cannot be made: Not a directory"):
        prepare(tmp_path / "out" / "below", overwrite=True)


def test_a_run_is_complete_when_all_its_files_have_their_names(tmp_path: Path) -> None:
    """A summary alone is not enough, nor are outputs without one."""
    earlier_run(tmp_path / "out")
    assert not is_complete(tmp_path / "out")

    (tmp_path / "out" / "scores.jsonl.partial").rename(tmp_path / "out" / "scores.jsonl")
    assert is_complete(tmp_path / "out")
    (tmp_path / "out" / "summary.json").unlink()
    assert not is_complete(tmp_path / "out")
