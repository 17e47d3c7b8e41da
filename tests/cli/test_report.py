"""`rtm report`: the page of a whole run, and its numbers, which are those of the files."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import JOB, replayed
from tests.report.tables import cells

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small shop with two actions."""
    return replayed(tmp_path_factory.mktemp("reported"), events)


def records(run: Path, output: str) -> list[dict[str, Any]]:
    """Return the records of an output."""
    return [json.loads(line) for line in (run / f"{output}.jsonl").read_text().splitlines()]


def test_the_page_tells_what_the_files_hold(capsys: Capture, run: Path, tmp_path: Path) -> None:
    """Counted anew from the lines: decisions, rules, channels, sessions, scores, records."""
    page = tmp_path / "pages" / "shop.html"
    done = rtm(capsys, "report", run, "--output", page)
    assert (done.status, done.err, done.out) == (
        0,
        "",
        f"report: {page} (no warnings, 2 cautions)\n",
    )
    text = page.read_text()
    decisions, summary = records(run, "decisions"), json.loads((run / "summary.json").read_text())

    chosen = Counter((r["name"], r["reason"]) for r in decisions)
    rows = cells(text, "How often each was decided")[1:]
    assert {(row[0], row[1].split(":")[0] or None): number(row[2]) for row in rows} == chosen
    rules = Counter(
        (c["name"], c["stage_dropped"], c["reason"])
        for r in decisions
        for c in r["candidates"]
        if c["stage_dropped"] not in {None, "arbitration"}
    )
    rows = cells(text, "Rules by how many candidates they kept out")[1:]
    assert {tuple(row[:3]): number(row[3]) for row in rows} == rules
    channels = Counter(r["channel"] for r in decisions if r["channel"])
    rows = cells(text, "Volumes by channel: what each must be able to carry")[1:]
    assert {row[0]: number(row[1]) for row in rows} == channels
    triggers = Counter(r["trigger"]["type"] for r in decisions)
    rows = cells(text, "Triggers, and what came of them")[1:]
    assert {row[0]: number(row[1]) for row in rows} == triggers
    lengths = cells(text, "Sessions by number of events")[1:]
    assert sum(number(row[1]) for row in lengths) == len(records(run, "sessions"))
    scores = Counter(r["model"] for r in records(run, "scores"))
    for model, n in scores.items():
        assert sum(number(row[1]) for row in cells(text, f"Scores of {model}, as served")[1:]) == n
    funnel = cells(text, "Candidates by where they ended")[1:]
    assert {row[0]: number(row[-2]) for row in funnel} == {
        name: own["won"] for name, own in summary["funnel"].items()
    }
    checked = cells(text, "Counts that must be the same")[1:]
    assert len(checked) >= 15
    assert {row[-1] for row in checked} == {"holds"}


def number(text: str) -> int:
    """Return a count as it is written."""
    return int(text.replace(",", ""))


def test_the_numbers_for_programs(capsys: Capture, run: Path) -> None:
    """As JSON, with what stands out and every check; no page is written."""
    done = rtm(capsys, "report", run, "--json")
    found = json.loads(done.out)

    assert (done.status, done.err) == (0, "")
    assert found["decided"]["n"] == len(records(run, "decisions"))
    assert all(check["holds"] for check in found["checks"])
    assert {one["level"] for one in found["notable"]} <= {"warning", "caution", "good"}
    assert not list(Path().glob("out-report.html"))


def test_examples_can_be_explained(capsys: Capture, run: Path) -> None:
    """Each id on the page is one that `rtm explain` finds, of the decision it stands for."""
    found = json.loads(rtm(capsys, "report", run, "--json").out)

    for choice in found["decided"]["choices"]:
        told = rtm(capsys, "explain", choice["examples"][0][:12], "--run", run, "--json")
        decision = json.loads(told.out)["decision"]
        assert (decision["name"], decision["reason"]) == (choice["name"], choice["reason"])


def test_the_same_run_gives_the_same_bytes(
    capsys: Capture, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From wherever it is asked; without a name the newest run, and the page beside it."""
    monkeypatch.chdir(run.parent)
    assert rtm(capsys, "report", run, "--output", tmp_path / "a.html").status == 0
    done = rtm(capsys, "report")

    assert done.out.startswith("report: out-report.html (")
    assert "rtm: reading out, the newest of 1 runs here" in done.err
    assert Path("out-report.html").read_bytes() == (tmp_path / "a.html").read_bytes()
    again = rtm(capsys, "report", run)
    assert "out-report.html: is there already; give --overwrite" in complaint(again, 1)
    assert rtm(capsys, "report", run, "--overwrite").status == 0
    Path("out-report.html").unlink()


def test_a_run_that_writes_less_has_a_page(capsys: Capture, events: Path, tmp_path: Path) -> None:
    """Flat decisions, no scores, no sessions: what cannot be told says why."""
    job = JOB + (
        "[outputs]\nscores = false\nsessions = false\nlearning = false\n"
        '[outputs.decisions]\nfields = ["user_id", "action", "time", "reason"]\n'
    )
    run = replayed(tmp_path, events, job)
    assert rtm(capsys, "report", run, "--output", tmp_path / "flat.html").status == 0
    text = (tmp_path / "flat.html").read_text()

    for part in ("candidates", "trigger", "channel"):
        assert f"were written without `{part}`" in text
    for output in ("scores", "sessions", "learning"):
        assert f"{output}.jsonl is not there" in text
    rows = cells(text, "How often each was decided")[1:]
    assert sum(number(row[2]) for row in rows) == len(records(run, "decisions"))
    assert {row[-1] for row in cells(text, "Counts that must be the same")[1:]} == {"holds"}


def test_a_changed_file_is_noticed(capsys: Capture, events: Path, tmp_path: Path) -> None:
    """A line less than the summary counts is the first thing that is said."""
    run = replayed(tmp_path, events)
    lines = (run / "decisions.jsonl").read_bytes().splitlines(keepends=True)
    (run / "decisions.jsonl").write_bytes(b"".join(lines[:-1]))

    found = json.loads(rtm(capsys, "report", run, "--json").out)
    assert found["notable"][0]["level"] == "warning"
    assert found["notable"][0]["text"].startswith("The counts do not add up: triggers ")


def test_what_is_no_finished_run_is_refused(
    capsys: Capture, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with what to do; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    assert "no run is in this folder" in complaint(rtm(capsys, "report"), 1)
    assert "give its output folder as the first argument" in complaint(rtm(capsys, "report"), 1)
    assert "does not exist" in complaint(rtm(capsys, "report", "nowhere"), 1)
    os.mkdir("empty")
    assert "holds no run" in complaint(rtm(capsys, "report", "empty"), 1)
    os.mkdir("going")
    Path("going", "decisions.jsonl.partial").write_bytes(b"")
    assert "this run is not finished" in complaint(rtm(capsys, "report", "going"), 1)
    os.mkdir("odd")
    Path("odd", "decisions.jsonl").write_bytes(b"")
    for summary, fault in (("[]", "is no summary of a run"), ("{", "is no summary of a run"),
                           ('{"input": "x"}', "is not the summary of a run")):  # fmt: skip
        Path("odd", "summary.json").write_text(summary)
        assert fault in complaint(rtm(capsys, "report", "odd"), 1)
    Path("odd", "summary.json").write_text("{}")
    Path("odd", "decisions.jsonl").write_bytes(b'{"decision_id":\n')
    told = complaint(rtm(capsys, "report", "odd"), 1)
    assert "decisions.jsonl, the line at byte 0: is no record" in told
    assert "is a folder; --output wants a file" in complaint(
        rtm(capsys, "report", run, "--output", _folder(tmp_path / "x.html")), 1
    )
    done = rtm(capsys, "report", run, "--output", "page.txt")
    assert done.status == 2
    assert "wants a file name that ends in .html" in done.err
    assert not list(tmp_path.glob("*-report.html*"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
