"""`rtm diff`: two whole runs compared, as a page, as JSON and by the exit status."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import JOB, replayed
from tests.measure.recorded import Record, as_lines, decision

Capture = pytest.CaptureFixture[str]
Runs = tuple[Path, Path]


@pytest.fixture(scope="module")
def runs(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """A run of the small shop, and one with another rule and another floor."""
    folder = tmp_path_factory.mktemp("compared")
    other = JOB.replace("cart_value >= 1", "cart_value >= 60").replace("floor = 0.2", "floor = 0.3")
    return replayed(folder / "a", events), replayed(folder / "b", events, other)


def decisions(run: Path) -> dict[str, Record]:
    """Return the decisions of a run by id."""
    found = map(json.loads, (run / "decisions.jsonl").read_text().splitlines())
    return {one["decision_id"]: one for one in found}


def written(folder: Path, *records: Record) -> Path:
    """Write a run by hand, with a summary that accounts for it."""
    folder.mkdir()
    (folder / "decisions.jsonl").write_bytes(as_lines(records))
    counts = Counter(record["name"] for record in records)
    (folder / "summary.json").write_text(json.dumps({"input": 9, "decisions": counts}))
    return folder


def test_a_run_is_equal_to_itself(capsys: Capture, runs: Runs) -> None:
    """Status 0, no warning, nothing changed."""
    done = rtm(capsys, "diff", runs[0], runs[0])

    assert (done.status, done.err) == (0, "")
    assert "every decision is the same" in done.out
    assert "warning" not in done.out
    told = json.loads(rtm(capsys, "diff", runs[0], runs[0], "--json").out)
    assert told["equal"]
    assert told["warnings"] == []


def test_two_rules_are_compared_as_a_plain_loop_does(capsys: Capture, runs: Runs) -> None:
    """Counts of every kind; status 1; each example is a pair of lines of the runs."""
    done = rtm(capsys, "diff", *runs, "--json", "--limit", "3")
    told = json.loads(done.out)
    one, two = decisions(runs[0]), decisions(runs[1])

    assert (done.status, done.err, told["warnings"]) == (1, "", [])
    assert set(one) == set(two)
    strip = [{k: {**r, "config": 0} for k, r in run.items()} for run in (one, two)]
    changed = {name for name in one if strip[0][name] != strip[1][name]}
    moves = Counter(
        f"{one[name]['name']} -> {two[name]['name']}"
        for name in one
        if one[name]["name"] != two[name]["name"]
    )
    assert (told["changed"], told["same"]) == (len(changed), len(one) - len(changed))
    assert told["moves"] == moves
    assert moves
    assert sum(kind["n"] for kind in told["kinds"]) == len(changed)
    assert {kind["stage"] for kind in told["kinds"]} <= {"eligibility", "floor", "rule"}
    assert told["by_rule"] == sum(k["n"] for k in told["kinds"] if k["stage"] == "rule")
    assert not any(k["other_action"] for k in told["kinds"] if k["stage"] == "rule")
    assert len(told["examples"]) == 3
    for example in told["examples"]:
        name = example["first"]["decision_id"]
        assert (example["first"], example["second"]) == (one[name], two[name])
    for side, run in enumerate(runs):
        accounted = json.loads((run / "summary.json").read_bytes())
        counted = {name: both[side] for name, both in told["actions"].items() if both[side]}
        assert counted == {name: n for name, n in accounted["decisions"].items() if n}
        assert sum(both[side] for both in told["channels"].values()) == accounted["triggers"]
        by_day = Counter((r["decision_time"][:10], r["name"]) for r in decisions(run).values())
        assert by_day == {
            (day, name): both[side]
            for day, of_day in told["days_by_action"].items()
            for name, both in of_day.items()
            if both[side]
        }


def test_the_page_tells_what_changed(capsys: Capture, runs: Runs) -> None:
    """Both configurations, the kinds, the moves, counts with their difference, examples."""
    done = rtm(capsys, "diff", *runs)
    told = json.loads(rtm(capsys, "diff", *runs, "--json").out)
    rows = [" ".join(line.split()) for line in done.out.splitlines()]

    for side, name in enumerate(("first", "second")):
        total, digest = told["decisions"][side], told["configs"][side][0]
        assert f"{name} {runs[side]}: {total:,} decisions by configuration {digest}" in rows
    for kind in told["kinds"]:
        row = f"{kind['stage']} {kind['n']:,} {kind['other_action']:,} {kind['what']}"
        assert row in rows
    for name, (first, second) in told["actions"].items():
        days = [day.get(name, [0, 0]) for day in told["days_by_action"].values()]
        means = (sum(column) / len(days) for column in zip(*days, strict=True))
        peaks = (max(column) for column in zip(*days, strict=True))
        volumes = " ".join([*(f"{m:,.1f}" for m in means), *(f"{peak:,}" for peak in peaks)])
        assert f"{name} {first:,} {second:,} {second - first:+,} {volumes}" in rows
    for example in told["examples"]:
        assert any(row.startswith(f"{example['first']['decision_id']}: ") for row in rows)


def test_what_only_one_has_is_told(capsys: Capture, tmp_path: Path) -> None:
    """Counts, examples, and volumes by day with the highest."""
    first = written(tmp_path / "a", decision(0), decision(86_400), decision(86_401))
    second = written(tmp_path / "b", decision(0), decision(2, channel="email"))
    done = rtm(capsys, "diff", first, second)
    rows = [" ".join(line.split()) for line in done.out.splitlines()]

    assert done.status == 1
    assert "only in the first 2 50.0%" in rows
    assert "only in the second 1 25.0%" in rows
    assert "onsite 3 1 -2 1.5 0.5 2 1" in rows
    assert "email 0 1 +1 0.0 0.5 0 1" in rows
    assert "greet 3 2 -1 1.5 1.0 2 2" in rows
    assert "first greet on onsite, priority 1.5, score 0.25" in rows
    assert "second has no such decision" in rows


def test_runs_that_should_not_be_compared_are_warned_of(capsys: Capture, tmp_path: Path) -> None:
    """Other records, no id in common, and outputs that were changed."""
    first = written(tmp_path / "a", decision(0))
    second = written(tmp_path / "b", decision(1))
    counts = '"input": 8, "late": 1, "decisions": {"greet": 7}'
    (first / "summary.json").write_text('{"job": "shop", "input": 9, "decisions": {"greet": 1}}')
    (second / "summary.json").write_text(f'{{"job": "store", {counts}}}')
    done = rtm(capsys, "diff", first, second)

    assert done.status == 1
    assert "(input 9 and 8, late unknown and 1)" in done.out
    assert "the runs are of two jobs, shop and store" in done.out
    assert "no decision is in both" in done.out
    assert "do not agree (greet: 1 found, 7 in the summary)" in done.out


def test_many_kinds_are_cut_on_the_page(capsys: Capture, tmp_path: Path) -> None:
    """With how many more there are; --json has them all."""
    first = written(tmp_path / "a", *(decision(n) for n in range(20)))
    second = written(tmp_path / "b", *(decision(n, **{f"more_{n}": 1}) for n in range(20)))

    assert "and 5 more" in rtm(capsys, "diff", first, second).out
    assert len(json.loads(rtm(capsys, "diff", first, second, "--json").out)["kinds"]) == 20


def test_what_cannot_be_compared_has_a_status_of_its_own(capsys: Capture, tmp_path: Path) -> None:
    """Missing, unfinished, flat, broken: 2, which no difference gives."""
    sound = written(tmp_path / "sound", decision())
    unfinished = written(tmp_path / "unfinished")
    (unfinished / "decisions.jsonl").rename(unfinished / "decisions.jsonl.partial")
    flat = written(tmp_path / "flat", {"name": "greet", "event_id": "e"})
    broken = written(tmp_path / "broken", decision())
    (broken / "decisions.jsonl").write_bytes(as_lines([decision()])[:300])

    assert "does not exist" in complaint(rtm(capsys, "diff", sound, tmp_path / "no"), 2)
    assert "not finished" in complaint(rtm(capsys, "diff", sound, unfinished), 2)
    assert "These are flat records" in complaint(rtm(capsys, "diff", flat, sound), 2)
    assert "was changed or cut" in complaint(rtm(capsys, "diff", sound, broken), 2)
    assert rtm(capsys, "diff", sound).status == 2
