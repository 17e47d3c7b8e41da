"""Replay: a history as a file, as files or as a frame; frames that always have their columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.inputs import open_input
from rtm_flows.decisions.record import Decision, Score
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import Result, replay, to_files
from tests.runs.running import lines

FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)
KINDS = ("view_item", "add_to_cart", "begin_checkout", "purchase")
JOB: dict[str, Any] = {"name": "tiny", "lanes": 4, "time": {"lateness": "PT10M"}}
FRAMES = ("decisions", "scores", "sessions", "late", "dead_letters")


def events(count: int = 40) -> list[dict[str, Any]]:
    """Return events of a few people over some hours, as canonical records."""
    return [
        {
            "id": f"e{n}",
            "time": (FIRST + timedelta(minutes=7 * n)).isoformat().replace("+00:00", "Z"),
            "user_id": f"u{n % 3}",
            "type": KINDS[n % 4],
            "price": 9.99,
            "device": "mobile" if n % 2 else None,
        }
        for n in range(count)
    ]


def write(path: Path, records: Sequence[dict[str, Any] | str]) -> Path:
    """Write records, or broken lines, as a file."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def same(one: Result, other: Result) -> bool:
    """Tell whether two replays found the same."""
    pairs = zip(one[:8], other[:8], strict=True)
    return all(a.equals(b) for a, b in pairs) and one.summary == other.summary


@pytest.fixture
def job() -> Job:
    """A small job."""
    return load(JOB)


@pytest.fixture
def result(job: Job, tmp_path: Path) -> Result:
    """The replay of one file."""
    return replay(job, write(tmp_path / "events.jsonl", events()))


def test_a_history_may_come_in_any_form(job: Job, result: Result, tmp_path: Path) -> None:
    """One file, its name, several files, the job's own files, and a frame give the same."""
    first = write(tmp_path / "a.jsonl", events()[:11])
    second = write(tmp_path / "b.jsonl", events()[11:])
    frame = pl.DataFrame(events())
    dated = frame.with_columns(pl.col("time").str.to_datetime(time_zone="UTC"))

    assert same(replay(job, str(tmp_path / "events.jsonl")), result)
    assert same(replay(job, [first, str(second)]), result)
    assert same(replay(with_input(job, (str(first), str(second)))), result)
    assert same(replay(job, frame), result)
    assert same(replay(job, dated), result)


def test_a_frame_is_read_by_the_mapping_of_the_job(result: Result) -> None:
    """Columns are named as the input format wants them."""
    mapping = {"time": "ts", "id": "no", "user_id": "who", "type": "what", "price": "paid",
               "device": "by"}  # fmt: skip
    foreign = load(
        {**JOB, "input": {"format": "mapping", "mapping": mapping, "file_format": "csv"}}
    )
    frame = pl.DataFrame(events()).rename(mapping)

    assert replay(foreign, frame).features.equals(result.features)


def test_frames_hold_what_the_files_hold(job: Job, result: Result, tmp_path: Path) -> None:
    """Line by line and field by field."""
    source = open_input(with_input(job, (str(tmp_path / "events.jsonl"),)), None)
    (tmp_path / "out").mkdir()
    to_files(source, Plan.of(job, source.partitions), tmp_path / "out")

    for name in FRAMES:
        assert getattr(result, name).to_dicts() == lines(tmp_path / "out" / f"{name}.jsonl")
    assert result.summary == json.loads((tmp_path / "out" / "summary.json").read_text())


def test_responses_are_frames_where_the_job_has_them(job: Job, tmp_path: Path) -> None:
    """A decision that was shown, and an outcome of nothing known; else both are empty."""
    asking = load({**JOB, "responses": {"horizon": "PT1H"}})
    path = write(tmp_path / "asked.jsonl", events())
    decision = replay(asking, path).decisions.row(0, named=True)
    outcome = {
        "id": "o", "time": "2026-03-02T10:00:10Z", "user_id": decision["subject_id"],
        "type": "clicked", "decision_id": decision["decision_id"], "action": "thank_you",
    }  # fmt: skip
    told = [*events(), outcome, {**outcome, "id": "p", "action": "gone"}]
    result = replay(asking, write(path, told))

    found = result.responses.select("decision_id", "treatment", "label", "features_hash").rows()
    wanted = (decision["decision_id"], "thank_you_mail", True, decision["features_hash"])
    assert found == [wanted]
    assert result.orphans.select("event_id", "treatment", "reason").rows() == [
        ("p", None, "unknown_action")
    ]
    without = replay(job, path)
    assert (len(without.responses), without.responses.columns) == (0, result.responses.columns)
    assert (len(without.orphans), without.orphans.columns) == (0, result.orphans.columns)


def test_frames_hold_all_failing_rules_where_they_are_asked_for(
    result: Result, tmp_path: Path
) -> None:
    """A candidate that failed some lists them; without the request there is no such column."""
    asked = load({**JOB, "outputs": {"decisions": {"all_reasons": True}}})
    decisions = replay(asked, tmp_path / "events.jsonl").decisions
    found = [one for slate in decisions["candidates"].to_list() for one in slate]
    plain = [one for slate in result.decisions["candidates"].to_list() for one in slate]

    for candidate in found:
        fell = candidate["stage_dropped"] in ("eligibility", "applicability", "suitability")
        assert (candidate["failing"] is not None) == fell
        if fell:
            assert candidate["failing"][0]["rule"] == candidate["reason"]
    assert max(len(one["failing"] or ()) for one in found) > 1
    assert [{**one, "failing": None} for one in plain] == [
        {**one, "failing": None} for one in found
    ]


def test_features_are_those_that_were_served(result: Result) -> None:
    """One row an accepted event, in the order of the scores, with the score it was given."""
    features = result.features

    assert features["event_id"].to_list() == result.scores["event_id"].to_list()
    assert features["score"].to_list() == result.scores["score"].to_list()
    assert features["time"].dtype == pl.Datetime("ms", "UTC")
    assert features["time"][0] == FIRST
    assert set(features["person"]) == {"u:u0", "u:u1", "u:u2"}
    assert features["price"].to_list() == [9.99] * 40
    for served, row in zip(
        result.decisions["features"].to_list(), features.to_dicts(), strict=True
    ):
        assert served == pytest.approx({name: row[name] for name in served}, abs=5e-7)


def test_an_empty_history_has_frames_with_all_columns(
    job: Job, result: Result, tmp_path: Path
) -> None:
    """Whoever selects a column need not ask first whether there is a row."""
    empty = replay(job, write(tmp_path / "none.jsonl", []))

    for found, full in zip(empty[:6], result[:6], strict=True):
        assert found.height == 0
        assert found.schema == full.schema
    assert empty.decisions.columns == list(Decision.__struct_fields__)
    assert empty.scores.columns == list(Score.__struct_fields__)
    assert empty.summary["input"] == 0


def test_columns_do_not_depend_on_what_is_in_them(job: Job, tmp_path: Path) -> None:
    """A column of nothing but nulls has the type it always has."""
    late = {**events()[0], "id": "late", "time": "2026-03-01T00:00:00Z"}
    unsorted = load({**JOB, "input": {"sort": False}})
    wrong = {**events()[0], "type": ["search"]}
    path = write(tmp_path / "odd.jsonl", [*events(), late, "{", wrong])
    odd = replay(unsorted, path)

    assert odd.late["id"].to_list() == ["late"]
    assert odd.late["place"].struct.field("line").to_list() == [41]
    assert odd.dead_letters["reason"].to_list() == ["broken_json", "wrong_type"]
    assert odd.dead_letters["field"].to_list() == [None, "type"]
    only_broken = replay(unsorted, write(tmp_path / "broken.jsonl", ["{"]))
    for found, full in zip(only_broken[:6], odd[:6], strict=True):
        assert found.schema == full.schema


@pytest.mark.parametrize("count", [0, 5])
def test_flat_decisions_are_a_flat_frame(count: int, tmp_path: Path) -> None:
    """With `fields` a frame has just these columns, in this order."""
    fields = ["event_id", "time", "user_id", "action", "score", "channel", "rank"]
    flat = load({**JOB, "outputs": {"decisions": {"fields": fields}, "scores": False}})
    found = replay(flat, write(tmp_path / "events.jsonl", events(count)))

    assert found.decisions.columns == fields
    assert found.decisions.dtypes == [pl.String, pl.Int64, pl.String, pl.String, pl.Float64,
                                      pl.String, pl.Int64]  # fmt: skip
    assert found.decisions.height == count
    assert (found.scores.height, found.scores.columns) == (0, list(Score.__struct_fields__))


def test_frames_have_the_features_of_the_job(tmp_path: Path) -> None:
    """Not those of the default set; and a job without actions decides to do nothing."""
    record = events(1)[0]
    job = load({**JOB, "features": [{"name": "n", "kind": "session_seconds"}], "actions": []})
    found = replay(job, write(tmp_path / "events.jsonl", [record]))

    assert found.decisions.schema["features"] == pl.Struct({"n": pl.Float64})
    assert found.decisions["name"].to_list() == ["no_action"]


def test_a_job_without_a_history_is_refused(job: Job) -> None:
    """The message names the key."""
    with pytest.raises(ConfigError, match=r"input\.paths: names no file"):
        replay(job)


def test_a_missing_file_or_column_is_named(job: Job, tmp_path: Path) -> None:
    """Before anything is played."""
    with pytest.raises(InputError, match=r"nowhere\.jsonl"):
        replay(job, tmp_path / "nowhere.jsonl")
    mapped = load({**JOB, "input": {"format": "mapping", "mapping": {
        "time": "when", "user_id": "who", "constants": {"type": "search"}}}})  # fmt: skip
    (tmp_path / "events.csv").write_text("when,whom\n2026-03-02T10:00:00Z,ann\n")
    with pytest.raises(ConfigError, match="who"):
        replay(mapped, tmp_path / "events.csv")


def test_a_replay_leaves_the_job_as_it_was(job: Job, result: Result) -> None:
    """The job is a value."""
    assert msgspec.json.encode(job) == msgspec.json.encode(load(JOB))
    assert result.summary["accepted"] == 40
