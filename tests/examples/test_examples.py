"""The examples: each can be loaded, and runs over the data that it is written for."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli import main
from rtm_flows.config import load
from rtm_flows.simulate import Fashion, Shop, simulate, simulate_fashion
from rtm_flows.simulate.fashion.answers import respond, value_of
from rtm_flows.simulate.fashion.decided import read_decisions
from tests.runs.running import lines

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = {
    "rete_ecom": "synthetic_rete_ecom/ecom.csv.gz",
    "yoochoose": "yoochoose_clicks_sample/yoochoose_valid.txt",
    "snowplow_web": "snowplow_web_sample/snowplow_web_events.csv",
    "diginetica": "diginetica_views_sample/sample_train-item-views.csv",
    "cdnow": "cdnow/CDNOW_sample.txt",
    "twitter_airline": "twitter_airline/tweets_hashed_handles.csv.gz",
}
FATES = ("accepted", "duplicate", "late", "ignored", "dead_letter")


def data(name: str) -> Path:
    """Return the file of an example, or skip the test where it is not at hand."""
    path = DATA / FILES[name]
    if not path.exists():
        pytest.skip(f"needs the data set {FILES[name]} in ../shared/data")
    return path


def ran(name: str, path: Path, out: Path) -> dict[str, Any]:
    """Run an example over a file and return its summary, once its accounts are checked."""
    job = ROOT / "examples" / f"{name}.toml"
    assert main(["run", str(job), "--input", str(path), "--output", str(out), "--quiet"]) == 0
    found: dict[str, Any] = json.loads((out / "summary.json").read_text())

    assert found["input"] == sum(found[fate] for fate in FATES)
    assert found["accepted"] * len(found["models"]) == len(lines(out / "scores.jsonl"))
    assert found["late"] == len(lines(out / "late.jsonl"))
    assert found["dead_letter"] == len(lines(out / "dead_letters.jsonl"))
    assert sum(found["sessions"].values()) == len(lines(out / "sessions.jsonl"))
    decisions = lines(out / "decisions.jsonl")
    assert found["triggers"] == len(decisions) == len({one["decision_id"] for one in decisions})
    assert found["decisions"] == Counter(one["name"] for one in decisions)
    return found


@pytest.fixture(scope="module")
def four_weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of a small shop."""
    events = tmp_path_factory.mktemp("weeks") / "events.jsonl"
    with events.open("wb") as file:
        simulate(Shop(people=200, days=28.0, seed=1), file.write)
    return events


@pytest.mark.no_cover
def test_every_moment_fires(four_weeks: Path, tmp_path: Path) -> None:
    """In four weeks of a shop each kind does; what fired and what waits is counted by name."""
    found = ran("moments", four_weeks, tmp_path / "out")

    job = load(ROOT / "examples" / "moments.toml")
    assert set(found["triggers_by"]) == set(job.triggers.names)
    assert min(found["triggers_by"].values()) > 0
    decisions = lines(tmp_path / "out" / "decisions.jsonl")
    assert found["triggers_by"] == Counter(one["trigger"]["type"] for one in decisions)
    assert set(found["decisions"]) == {*(action.name for action in job.actions), "no_action"}
    assert found["pending"]["unusually_quiet"] > 0
    known = {one["event_id"] for one in lines(tmp_path / "out" / "scores.jsonl")}
    assert known >= {id_ for one in decisions for id_ in one["trigger"]["event_ids"]}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_loaded(path: Path) -> None:
    """And is named as its file."""
    assert load(path).name == path.stem


@pytest.mark.no_cover
def test_the_shop_decides_everything_it_declares(four_weeks: Path, tmp_path: Path) -> None:
    """Over four weeks each action is taken now and then, and the models beat their baselines."""
    found = ran("shop", four_weeks, tmp_path / "out")

    declared = {action.name for action in load(ROOT / "examples" / "shop.toml").actions}
    assert set(found["decisions"]) == {*declared, "no_action"}
    assert found["decisions"]["no_action"] > found["triggers"] / 2
    for model in found["models"].values():
        simple = model["baselines"].values()
        assert model["log_loss_95"][1] < model["baselines"]["prior"]["log_loss"]
        assert model["log_loss"] < min(one["log_loss"] for one in simple)
        assert model["roc_auc"] > max(one["roc_auc"] for one in simple)


@pytest.mark.no_cover
def test_the_fashion_shop_is_run_and_answered(tmp_path: Path) -> None:
    """Nothing is refused, actions are taken, and what was decided is worth more than nothing.

    But for thanks: where they may be sent, something that is worth more may be too. What came of
    the decisions can be read beside the events: each answer is accepted.
    """
    shop, folder = Fashion(people=600, days=14, seed=1), tmp_path / "in"
    folder.mkdir()
    events = folder / "events.jsonl"
    with events.open("wb") as file:
        written = simulate_fashion(shop, file.write)
    found = ran("fashion", events, tmp_path / "out")
    with (tmp_path / "out" / "decisions.jsonl").open("rb") as file:
        decisions = read_decisions(file)

    declared = {action.name for action in load(ROOT / "examples" / "fashion.toml").actions}
    assert found["accepted"] == found["input"] == written.events
    assert {*declared} - {*found["decisions"]} <= {"thank_you"}
    assert found["funnel"]["thank_you"]["not_drawn"] > 0
    assert sum(value_of(decisions, shop)) > 0
    answers = respond(decisions, shop)
    assert len(answers) > len(decisions) / 10
    (folder / "outcomes.jsonl").write_bytes(b"".join(answers))
    both = ran("fashion", folder, tmp_path / "both")
    assert both["accepted"] == both["input"] == written.events + len(answers)
    intent = found["models"]["intent"]
    assert intent["log_loss"] < intent["baselines"]["prior"]["log_loss"]


def test_sessions_of_the_rete_shop_are_those_of_the_file(tmp_path: Path) -> None:
    """All 31,106 events are accepted, and every session agrees with the file's own column."""
    path = data("rete_ecom")
    found = ran("rete_ecom", path, tmp_path / "out")
    wanted: dict[tuple[str, str], list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["user_id"], row["session_id"]
            wanted.setdefault(key, []).append(row["timestamp"].replace(" ", "T") + ".000Z")
    theirs = Counter(
        (who, min(times), max(times), len(times)) for (who, _), times in wanted.items()
    )
    ours = Counter(
        (one["subject_id"], one["start"], one["end"], one["events"])
        for one in lines(tmp_path / "out" / "sessions.jsonl")
    )
    agreeing = (ours & theirs).total() / theirs.total()

    assert found["accepted"] == found["input"] == 31_106
    assert ours.total() == theirs.total() == 3_605
    assert agreeing == 1.0, f"{agreeing:.2%} of the file's sessions are ours"
    assert sum(one["purchases"] for one in lines(tmp_path / "out" / "sessions.jsonl")) == 470
    intent = found["models"]["intent"]
    assert intent["log_loss"] < intent["baselines"]["prior"]["log_loss"]


def test_yoochoose_clicks_are_all_views(tmp_path: Path) -> None:
    """7,954 clicks without ids of their own; nobody buys, so no model can be judged."""
    found = ran("yoochoose", data("yoochoose"), tmp_path / "out")
    sessions = lines(tmp_path / "out" / "sessions.jsonl")

    assert found["accepted"] == found["input"] == 7_954
    assert sum(one["views"] for one in sessions) == 7_954
    assert {one["subject_type"] for one in sessions} == {"anonymous"}
    assert (found["models"]["intent"]["positives"], found["models"]["intent"]["roc_auc"]) == (
        0,
        None,
    )


def test_snowplow_copies_are_told_apart(tmp_path: Path) -> None:
    """Page pings are ignored, and ids that came twice are counted once."""
    found = ran("snowplow_web", data("snowplow_web"), tmp_path / "out")

    assert found["input"] == 160
    assert (found["ignored"], found["duplicate"], found["accepted"]) == (8, 3, 149)
    ids = Counter(one["event_id"] for one in lines(tmp_path / "out" / "scores.jsonl"))
    assert max(ids.values()) == 1


def test_diginetica_views_have_a_time_by_their_session(tmp_path: Path) -> None:
    """A day and the milliseconds since; whoever has no user id is known by the session."""
    path = data("diginetica")
    found = ran("diginetica", path, tmp_path / "out")
    scores = lines(tmp_path / "out" / "scores.jsonl")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    wanted = Counter(
        ("anonymous" if row["user_id"] == "NA" else "user", _later(row["eventdate"], row))
        for row in rows
    )

    assert found["accepted"] == found["input"] == len(rows) == 12_391
    assert Counter((one["subject_type"], one["time"]) for one in scores) == wanted
    assert "NA" not in {one["subject_id"] for one in scores}


def _later(day: str, row: dict[str, str]) -> str:
    minutes, ms = divmod(int(row["timeframe"]), 60_000)
    return f"{day}T{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}.{ms % 1000:03d}Z"


def test_cdnow_purchases_add_up(tmp_path: Path) -> None:
    """6,919 purchases of 2,357 customers, and the money of the file, to the cent."""
    path = data("cdnow")
    found = ran("cdnow", path, tmp_path / "out")
    sessions = lines(tmp_path / "out" / "sessions.jsonl")
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    cents = sum(round(float(row[4]) * 100) for row in rows)

    assert found["accepted"] == found["input"] == len(rows) == 6_919
    assert len({one["subject_id"] for one in sessions}) == len({row[0] for row in rows}) == 2_357
    assert sum(one["purchases"] for one in sessions) == 6_919
    assert sum(round(one["value"] * 100) for one in sessions) == cents


def test_broken_records_of_the_airlines_are_dead_letters(tmp_path: Path) -> None:
    """The 563 whose columns have moved, each with its reason and line and without its words."""
    found = ran("twitter_airline", data("twitter_airline"), tmp_path / "out")
    dead = lines(tmp_path / "out" / "dead_letters.jsonl")

    assert (found["input"], found["dead_letter"], found["late"]) == (14_640, 563, 0)
    assert found["dead_letters"] == {"bad_time": 101, "missing_field": 462}
    assert {one["field"] for one in dead} == {"tweet_created"}
    assert len({one["place"]["line"] for one in dead}) == 563
    assert {one["detail"] for one in dead} <= {
        "expected a time",
        "expected RFC 3339, a number since 1970, or the declared time_format",
    }


def test_the_format_of_snowplow_does_as_its_mapping_does(tmp_path: Path) -> None:
    """The same fates, without a word of configuration."""
    job = tmp_path / "plain.toml"
    job.write_text('name = "snowplow_web"\n[input]\nformat = "snowplow"\n')
    path, out = data("snowplow_web"), tmp_path / "out"
    assert main(["run", str(job), "--input", str(path), "--output", str(out), "--quiet"]) == 0
    wanted = ran("snowplow_web", path, tmp_path / "wanted")
    found = json.loads((out / "summary.json").read_text())

    assert [found[fate] for fate in FATES] == [wanted[fate] for fate in FATES]
