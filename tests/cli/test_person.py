"""`rtm person`: a person of a whole run, as a page and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import replayed
from tests.measure.recorded import Record, as_lines, decision, nothing, score

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small shop."""
    return replayed(tmp_path_factory.mktemp("people"), events)


def records(run: Path, output: str, whose: tuple[str, str]) -> list[Record]:
    """Return by a plain loop the lines about somebody."""
    lines = (run / f"{output}.jsonl").read_text(encoding="utf-8").splitlines()
    found = map(json.loads, lines)
    return [one for one in found if (one["subject_id"], one["subject_type"]) == whose]


def session(**changed: Any) -> Record:
    """Return a line of a session."""
    record = {
        "subject_id": "7", "subject_type": "user", "session": 1, "start":
        "2024-01-01T00:00:00.000Z", "end": "2024-01-01T00:01:30.000Z", "reason": "gap", "events": 3,
        "views": 2, "cart_adds": 1, "purchases": 1, "value": 12.5,
    }  # fmt: skip
    return {**record, **changed}


def written(folder: Path, decisions: list[Record], sessions: list[Record]) -> Path:
    """Write a run by hand."""
    folder.mkdir(exist_ok=True)
    (folder / "decisions.jsonl").write_bytes(as_lines(decisions))
    (folder / "sessions.jsonl").write_bytes(as_lines(sessions))
    (folder / "summary.json").write_text("{}")
    return folder


def test_a_person_is_what_a_plain_loop_finds(capsys: Capture, run: Path) -> None:
    """Every fifteenth person of a run, users and browsers: all counts, the latest, the features."""
    lines = (run / "sessions.jsonl").read_text().splitlines()
    people = sorted({(r["subject_id"], r["subject_type"]) for r in map(json.loads, lines)})
    assert {kind for _, kind in people} == {"user", "anonymous"}

    for whose in people[::15]:
        done = rtm(capsys, "person", whose[0], "--type", whose[1], "--run", run, "--json")
        (told,) = json.loads(done.out)["people"]
        made, visits = records(run, "decisions", whose), records(run, "sessions", whose)
        assert told["decision_count"] == len(made)
        names = Counter(
            r["name"] if r["reason"] is None else f"{r['name']} ({r['reason']})" for r in made
        )
        assert told["decided"] == names
        assert told["session_count"] == len(visits)
        for one, line in zip(told["sessions"], visits[-10:], strict=True):
            assert {key: one[key] for key in one if key != "decided"}.items() <= line.items()
            assert sum(one["decided"].values()) == one["events"]
        assert [one["decision_id"] for one in told["latest"]] == [
            one["decision_id"] for one in made[-10:]
        ]
        assert told["features"] == made[-1]["features"]
        for model, course in told["scores"].items():
            mine = [s for s in records(run, "scores", whose) if s["model"] == model]
            assert (course["n"], course["last"]) == (len(mine), mine[-1]["score"])
        page = rtm(capsys, "person", whose[0], "--run", run, "--type", whose[1]).out
        assert page.startswith(f"{whose[1]} {whose[0]}")
        assert f"rtm explain {made[-1]['decision_id']} --run {run}" in page


def test_one_id_of_two_people_is_told_apart(capsys: Capture, tmp_path: Path) -> None:
    """Both are shown, the user first; --type shows one."""
    browser = decision(1, subject_type="anonymous", name="mail")
    folder = written(
        tmp_path / "out", [decision(), browser], [session(), session(subject_type="anonymous")]
    )
    both = json.loads(rtm(capsys, "person", "7", "--run", folder, "--json").out)["people"]

    assert [(p["subject_type"], p["decided"]) for p in both] == [
        ("user", {"greet": 1}), ("anonymous", {"mail": 1}),
    ]  # fmt: skip
    page = rtm(capsys, "person", "7", "--run", folder).out
    assert page.index("user 7") < page.index("anonymous 7")
    one = rtm(capsys, "person", "7", "--run", folder, "--type", "anonymous").out
    assert "user 7" not in one
    assert "anonymous 7" in one


def test_the_page_tells_sessions_and_what_was_decided(capsys: Capture, tmp_path: Path) -> None:
    """A closed session with its decisions, then an open one, and the scores by day."""
    made = [decision(), nothing(60), decision(600)]
    folder = written(tmp_path / "out", made, [session()])
    days = [score(0, score=0.25), score(86_400, score=0.75), score(0, model="churn", score=0.0)]
    (folder / "scores.jsonl").write_bytes(as_lines(days))
    page = rtm(capsys, "person", "7", "--run", folder, "--last", "2").out
    lines = [" ".join(line.split()) for line in page.splitlines()]

    assert "2024-01-01 00:00 1.5 3 1 1 12.5 greet 1, no_action (below_floor) 1" in lines
    assert "2024-01-01 00:10 1 (open) greet 1" in lines
    assert "decisions: the last 2 of 3" in lines
    assert "score intent 0.75 at last; 0.25 to 0.75, mean 0.5; by day ▃█" in lines
    assert "score churn 0 at last; 0 to 0, mean 0; by day ▁" in lines
    time = "2024-01-01 00:10:00 event:view_item greet 1.5 0.25"
    assert f"{time} {made[2]['decision_id'][:12]}" in lines


@pytest.mark.parametrize("odd", ['a"b\\', "é ü", "\u2028", "[red]7[/red]", "-7", "u:7", "x" * 400])
def test_odd_ids_are_found(capsys: Capture, tmp_path: Path, odd: str) -> None:
    """Whatever an id holds, its lines are found and nobody else's."""
    others = [decision(1, subject_id=odd + "1"), decision(2, subject_id="1" + odd)]
    folder = written(tmp_path / "out", [decision(subject_id=odd), *others], [])
    done = rtm(capsys, "person", "--run", folder, "--json", "--", odd)

    (one,) = json.loads(done.out)["people"]
    assert (one["subject_id"], one["decision_count"]) == (odd, 1)


def test_nobody_is_answered_with_the_nearest(capsys: Capture, tmp_path: Path) -> None:
    """Near ids, the form with a prefix, a kind that is not there, and a run that goes on."""
    folder = written(tmp_path / "out", [decision(subject_id="u288")], [session(subject_id="u288")])
    asked: tuple[str | Path, ...] = ("person", "--run", folder)

    assert complaint(rtm(capsys, *asked, "U228"), 1).endswith("near it are u288")
    assert "rtm person 7 --type anonymous" in complaint(rtm(capsys, *asked, "a:7"), 1)
    wrong = complaint(rtm(capsys, *asked, "u288", "--type", "anonymous"), 1)
    assert wrong.endswith("knows no anonymous of this id")
    (folder / "sessions.jsonl").rename(folder / "sessions.jsonl.partial")
    assert "it may still come" in complaint(rtm(capsys, *asked, "zzz"), 1)
    (folder / "sessions.jsonl.partial").unlink()
    assert "near it are u288" in complaint(rtm(capsys, *asked, "u28"), 1)


def test_what_cannot_be_read_is_refused(capsys: Capture, tmp_path: Path) -> None:
    """Flat records, and a line that was cut."""
    flat = written(tmp_path / "flat", [{"subject_id": "7", "subject_type": "user"}], [])
    cut = written(tmp_path / "cut", [decision()], [])
    (cut / "decisions.jsonl").write_bytes(as_lines([decision()])[:-40])

    assert "These are flat records" in complaint(rtm(capsys, "person", "7", "--run", flat), 1)
    assert "was changed or cut" in complaint(rtm(capsys, "person", "7", "--run", cut), 1)
