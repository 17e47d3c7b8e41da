"""`rtm explain`: a decision of a whole run as a page, and as JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli.explain import equation
from rtm_flows.measure.explanation import Product
from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import replayed
from tests.measure.recorded import as_lines, decision, nothing, score

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small shop with two actions."""
    return replayed(tmp_path_factory.mktemp("explained"), events)


def written(folder: Path, *records: dict[str, Any], name: str = "decisions.jsonl") -> Path:
    """Write a run by hand."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(as_lines(records))
    (folder / "scores.jsonl").write_bytes(as_lines([score()]))
    if not name.endswith("partial"):
        (folder / "summary.json").write_text("{}")
    return folder


def test_every_decision_of_a_run_can_be_explained(capsys: Capture, run: Path) -> None:
    """Of each action and reason one: its record, its scores, an equation that holds."""
    lines = (run / "decisions.jsonl").read_text().splitlines()
    chosen = {(r["name"], r["reason"]): r for r in map(json.loads, lines)}
    assert len(chosen) == 4

    for (name, _), record in chosen.items():
        done = rtm(capsys, "explain", record["decision_id"], "--run", run, "--json")
        told = json.loads(done.out)
        assert (done.status, done.err) == (0, "")
        assert told["decision"] == record
        assert [s["model"] for s in told["scores"]] == ["intent", "churn"]
        assert told["scores"][0]["score"] == record["score"]
        product = told["explanation"]["product"]
        assert product is None if name == "no_action" else product["holds"]
        page = rtm(capsys, "explain", record["decision_id"], "--run", run).out
        assert page.startswith(f"{name} for {record['subject_type']} {record['subject_id']} at ")
        rows = [line.split() for line in page.splitlines()]
        assert {c["name"] for c in record["candidates"]} <= {row[0] for row in rows if row}
        assert set(record["features"]) <= {word for row in rows for word in row}


def test_the_page_says_why(capsys: Capture, tmp_path: Path) -> None:
    """The equation, where each candidate fell and what the rule looked at, what was learned."""
    folder = written(tmp_path / "out", decision(), nothing(1))
    page = rtm(capsys, "explain", decision()["decision_id"][:8], "--run", folder).out
    lines = [" ".join(line.split()) for line in page.splitlines()]

    assert "priority 0.25 (propensity) x 1 (context_weight) x 6 (value) x 1 (levers) = 1.5" in lines
    assert "greet banner 1.5 1 chosen" in lines
    assert "reason of all that were left it had the highest priority" in lines
    assert "mail mail eligibility views above 3 (views was 2)" in lines
    assert "trigger event:view_item: event e-0" in lines
    assert (
        "score intent 0.25 by version 28401119, which had learned 380 examples, 19 positive"
    ) in lines
    at = lines.index("features that these rules look at, as served")
    assert lines[at + 1] == "views 2"
    assert lines.index("all other features") > at

    made = {
        "logit": -1.25,
        "base": -2.5,
        "features": [{"feature": "views", "contribution": 1.5}],
        "rest": -0.25,
    }
    texts = [{"locale": "en", "text": "Hello"}, {"locale": "az", "text": "Salam"}]
    told = [{"locale": "en", "text": "You looked"}, {"locale": "az", "text": "Baxmısınız"}]
    because = [{"code": "seen", "texts": told}]
    more = decision(2, contributions=made, texts=texts, reasons=because, action_prob=0.25, cost=0.5)
    folder = written(tmp_path / "more", more)
    page = rtm(capsys, "explain", more["decision_id"], "--run", folder).out
    lines = [" ".join(line.split()) for line in page.splitlines()]
    at = lines.index("what made the score, in units of its logit")
    assert lines[at + 1] == "base -2.5 views 1.5 all others -0.25 logit -1.25"
    assert {"reads in en Hello", "reads in az Salam"} <= set(lines)
    assert "told as seen You looked | Baxmısınız" in lines
    assert "reason it was drawn among those that were left, each by its chance" in lines
    assert any("costs 0.5; chosen with probability 0.25" in line for line in lines)

    times = {"not_before": "2024-01-01T00:00:00Z", "expires_at": "2024-01-02T00:00:00Z"}
    folder = written(tmp_path / "newer", decision(4, supersedes="c0ffee", **times))
    page = rtm(capsys, "explain", "--run", folder).out
    assert "expires at 2024-01-02T00:00:00Z; c0ffee is void if it has not gone out" in " ".join(
        page.split()
    )

    folder = tmp_path / "out"
    idle = rtm(capsys, "explain", nothing(1)["decision_id"], "--run", folder).out
    assert "below_floor: the best priority was below the floor" in idle
    assert "its priority was below the floor" in idle
    assert "propensity" not in idle


def test_without_an_id_the_foremost_is_explained(capsys: Capture, tmp_path: Path) -> None:
    """Of those by which something is done; where there is none, that is said."""
    some = [decision(), nothing(1, priority=9.0), decision(2, priority=7.5), decision(3)]
    folder = written(tmp_path / "out", *some)

    assert f"decision {some[2]['decision_id']}" in " ".join(
        rtm(capsys, "explain", "--run", folder).out.split()
    )
    idle = written(tmp_path / "idle", nothing())
    assert "nothing is done by any decision" in complaint(rtm(capsys, "explain", "--run", idle), 1)


def test_the_prior_is_named_and_other_models_are_told(capsys: Capture, tmp_path: Path) -> None:
    """A score of a model that knows too little yet, and that of churn beside it."""
    young = {"name": "intent", "version": -1, "evidence": 0, "positives": 0}
    folder = written(tmp_path / "out", decision(score=0.05, model=young))
    churn = [score(model="churn", version=-1), score(model="other", version=3)]
    (folder / "scores.jsonl").write_bytes(as_lines([score(), *churn]))
    page = rtm(capsys, "explain", decision()["decision_id"], "--run", folder).out
    lines = [" ".join(line.split()) for line in page.splitlines()]

    assert (
        "score intent 0.05 before the first version: nothing was learned yet; too few to be "
        "believed, so the prior was served"
    ) in lines
    assert "score churn 0.25 before its first version" in lines
    assert "score other 0.25 by version 3" in lines


def test_what_is_not_recorded_is_left_out(capsys: Capture, tmp_path: Path) -> None:
    """Fields that a run of another version lacks, stages and codes that are not known here."""
    strange = {"name": "mail", "stage_dropped": "policy", "reason": "quiet hours", "more": 1}
    record = decision(
        candidates=[strange], reasons=[{"code": "odd"}], more={"a": 1}, reason="in_control"
    )
    absent = ("placement", "cost", "contributions", "texts")
    for name in ("model", "propensity", "not_before", "expires_at", "action_prob", *absent):
        del record[name]
    folder = written(tmp_path / "out", record)
    (folder / "scores.jsonl").unlink()
    page = rtm(capsys, "explain", record["decision_id"], "--run", folder).out
    lines = [" ".join(line.split()) for line in page.splitlines()]

    assert "reason in_control" in lines
    assert "mail policy quiet hours" in lines
    assert "score 0.25" in lines


def test_a_decision_of_next_to_nothing_has_a_page(capsys: Capture, tmp_path: Path) -> None:
    """Without features, candidates, events or what the model had learned; a feature of no value."""
    bare = nothing(0, features={}, candidates=[], model={"name": "m", "version": 3}, trigger={})
    void = decision(1, features={"views": None})
    folder = written(tmp_path / "out", bare, void)
    page = rtm(capsys, "explain", bare["decision_id"], "--run", folder).out
    lines = [" ".join(line.split()) for line in page.splitlines()]

    assert "score m 0.25 by version 3" in lines
    assert not any(line.startswith("features") for line in lines)
    told = rtm(capsys, "explain", void["decision_id"], "--run", folder).out
    assert "views above 3 (views was nothing)" in told


def test_a_run_that_is_not_finished_is_read(capsys: Capture, tmp_path: Path) -> None:
    """As far as its lines are whole, and the page says so."""
    folder = written(tmp_path / "out", decision(), decision(1), name="decisions.jsonl.partial")
    partial = folder / "decisions.jsonl.partial"
    partial.write_bytes(partial.read_bytes()[:-9])
    done = rtm(capsys, "explain", decision()["decision_id"], "--run", folder)

    assert "not finished: what it has written so far" in done.out
    later = rtm(capsys, "explain", decision(1)["decision_id"], "--run", folder)
    assert "has this id" in complaint(later, 1)


def test_the_newest_run_is_taken_and_named(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, in a folder, or below out and runs; by when it was written."""
    for name in ("out", "runs", "old"):
        (tmp_path / name).mkdir()
    names = ("old", "out/shop", "runs/b", "runs/demo/out", ".")
    (tmp_path / "runs" / "demo").mkdir()
    folders = [tmp_path / name for name in names]
    for at, folder in enumerate(folders):
        written(folder, decision(at))
        for path in folder.glob("*.json*"):
            os.utime(path, (1000 + at, 1000 + at))
    monkeypatch.chdir(tmp_path)

    for at, name in enumerate(names):
        for path in folders[at].glob("*.json*"):
            os.utime(path, (2000 + at, 2000 + at))
        done = rtm(capsys, "explain", decision(at)["decision_id"])
        assert done.status == 0
        assert done.err == f"rtm: reading {name}, the newest of 5 runs here\n"


def test_folders_without_a_run_are_refused(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, empty, a file, a run without decisions, and none anywhere."""
    empty, file, half = tmp_path / "empty", tmp_path / "file", tmp_path / "half"
    empty.mkdir()
    file.write_text("")
    half.mkdir()
    (half / "summary.json").write_text("{}")
    odd = tmp_path / "odd"
    (odd / "decisions.jsonl").mkdir(parents=True)
    for folder, said in [
        (tmp_path / "no", "does not exist"), (file, "is a file"), (empty, "holds no run"),
        (half, "decisions.jsonl: is not there"), (odd, "cannot be read: Is a directory"),
    ]:  # fmt: skip
        assert said in complaint(rtm(capsys, "explain", "abcd", "--run", folder), 1)
    monkeypatch.chdir(empty)
    assert "no run is in this folder" in complaint(rtm(capsys, "explain", "abcd"), 1)


def test_ids_cannot_move_the_cursor(capsys: Capture, tmp_path: Path) -> None:
    """Control characters of an id are written out."""
    folder = written(tmp_path / "out", decision(subject_id="\x1b[2J7"))
    page = rtm(capsys, "explain", decision()["decision_id"], "--run", folder).out

    assert "\x1b" not in page
    assert "user \\x1b[2J7 at" in page


def test_an_equation_says_what_was_rounded_or_changed() -> None:
    """All decimals of the product stand beside the priority."""
    factors = {"propensity": 0.333333, "value": 0.5}

    assert equation(Product(factors, "0.1666665", 0.166666, True)).endswith(
        "= 0.1666665, rounded 0.166666"
    )
    assert equation(Product(factors, "0.1666665", 9.0, False)).endswith(
        "= 0.1666665, but the record says 9: it was changed"
    )
