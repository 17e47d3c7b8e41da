"""`rtm worth`: whole runs valued, as a page, as JSON, and refused where the log cannot tell."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.worth.worth import EXPLORES, OTHER, WELCOME, outcomes, value
from rtm_flows.cli import main
from rtm_flows.simulate import Shop, simulate
from tests.cli.commands import complaint, rtm
from tests.measure.recorded import Record
from tests.runs.running import lines

Capture = pytest.CaptureFixture[str]
OFFERS = tuple(WELCOME)
HELD = timedelta(hours=1, minutes=10)
"""`within` and `horizon` together."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example: a log that explores, and another configuration beside it."""
    folder = tmp_path_factory.mktemp("valued")
    assert value(folder, people=120, days=3.0) == 0
    return folder


def told(capsys: Capture, *arguments: str | Path) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    done = rtm(capsys, "worth", *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def early(decisions: list[Record]) -> list[Record]:
    """Return the decisions that cannot be answered any more when the last one is made."""
    times = [datetime.fromisoformat(one["decision_time"]) for one in decisions]
    return [one for one, at in zip(decisions, times, strict=True) if at < times[-1] - HELD]


def chances(decision: Record) -> dict[str, float]:
    """Return the chances of what a decision could have been."""
    return {one["name"]: one["action_prob"] for one in decision["candidates"] if one["action_prob"]}


@pytest.mark.parametrize("reward", ["success", "value"])
def test_the_figures_are_those_of_a_plain_loop(capsys: Capture, runs: Path, reward: str) -> None:
    """Of IPS, SNIPS, the log's own mean and the weights, over the files themselves."""
    found = told(capsys, runs / "log", runs / "other", "--reward", reward)
    log = early(lines(runs / "log" / "decisions.jsonl"))
    other = {one["decision_id"]: one for one in lines(runs / "other" / "decisions.jsonl")}
    labels = {one["decision_id"]: one["label"] for one in lines(runs / "log" / "responses.jsonl")}
    rewards = [
        (one["value"] if reward == "value" else 1.0) if labels.get(one["decision_id"]) else 0.0
        for one in log
    ]
    slates = [chances(other[one["decision_id"]]) for one in log]
    weights = [
        slate.get(one["name"], 0.0) / one["action_prob"]
        for one, slate in zip(log, slates, strict=True)
    ]
    asked = sum(map(bool, slates))
    ips = sum(w * r for w, r in zip(weights, rewards, strict=True))
    values = {
        "logged": sum(rewards), "ips": ips, "snips": ips * asked / sum(weights),
    }  # fmt: skip
    people = len({(one["subject_type"], one["subject_id"]) for one in log})

    assert (found["counts"]["decisions"], found["people"]) == (len(log), people)
    assert found["counts"]["asked"] == asked
    assert found["counts"]["successes"] == sum(reward > 0 for reward in rewards)
    for name, total in values.items():
        one = found["estimates"][name]
        assert one["decision"]["value"] == pytest.approx(total / len(log), rel=1e-9)
        assert one["person"]["value"] == pytest.approx(total / people, rel=1e-9)
    effective = sum(weights) ** 2 / sum(w * w for w in weights)
    assert found["weight"]["effective_rows"] == pytest.approx(effective)
    chosen = Counter(one["name"] for one in log)
    assert {name: own["chosen"] for name, own in found["actions"].items()} == {
        name: chosen[name] for name in found["actions"]
    }


def test_the_page_tells_what_the_json_does(capsys: Capture, runs: Path) -> None:
    """Each estimate with its interval, a decision and a person; the weights, and the actions."""
    found = told(capsys, runs / "log", runs / "other")
    done = rtm(capsys, "worth", runs / "log", runs / "other")
    rows = [" ".join(line.split()) for line in done.out.splitlines()]

    assert done.status == 0
    assert "worth of a decision" in rows
    for name, words in (("ips", "IPS, weighted rewards"), ("dr", "DR, the model corrected")):
        for of in ("decision", "person"):
            one = found["estimates"][name][of]
            low, high = one["interval_95"]
            wanted = f"{words} {one['value']:.6f} {low:.6f} to {high:.6f}"
            assert any(row.startswith(wanted) for row in rows)
    for name in OFFERS:
        own = found["actions"][name]
        each = own["brought"] / own["chosen"]
        row = f"{name} {own['chosen']:,} {own['brought']:,.2f} {each:.4f} {own['wanted']:,.1f}"
        assert row in rows
    assert "support the log could have made every choice of the other run" in rows
    late = found["counts"]["left_open"]
    assert any(row.startswith(f"left out {late:,} from {found['until']} on") for row in rows)


def test_a_log_alone_tells_what_it_brought(capsys: Capture, runs: Path) -> None:
    """And nothing that needs another run."""
    found = told(capsys, runs / "log")
    page = rtm(capsys, "worth", runs / "log").out

    assert found["other"] is None
    assert found["estimates"]["ips"] == found["estimates"]["logged"]
    assert "the log, as it was" in page
    assert "IPS" not in page
    assert "other" not in page


def test_runs_of_parquet_are_valued_alike(capsys: Capture, runs: Path, tmp_path: Path) -> None:
    """To the last digit."""
    job = tmp_path / "packed.toml"
    job.write_text(EXPLORES.read_text() + '\n[outputs]\nformat = "parquet"\n')
    replay = ["replay", str(job), "--input", str(runs / "events.jsonl"), "--quiet"]
    assert main([*replay, "--output", str(tmp_path / "log")]) == 0
    lines_too = told(capsys, runs / "log", runs / "other")
    packed = told(capsys, tmp_path / "log", runs / "other")

    assert (tmp_path / "log" / "responses.parquet").exists()
    assert {**packed, "run": ""} == {**lines_too, "run": ""}


def copied(runs: Path, folder: Path, run: str = "log") -> Path:
    """Return a copy of a run, to be tampered with."""
    return Path(shutil.copytree(runs / run, folder / run))


def changed_summary(run: Path, **changed: Any) -> None:
    """Change what a run's summary says."""
    path = run / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changed}))


def test_a_log_that_cannot_tell_is_refused(capsys: Capture, runs: Path, tmp_path: Path) -> None:
    """In one sentence, with a remedy: no exploration, no responses, unfinished, an older one."""
    certain = complaint(rtm(capsys, "worth", runs / "other", runs / "log"), 1)
    log = copied(runs, tmp_path)
    changed_summary(log, responses={"settled": 3})
    older = complaint(rtm(capsys, "worth", log), 1)
    summary = json.loads((log / "summary.json").read_bytes())
    del summary["responses"]
    (log / "summary.json").write_text(json.dumps(summary))
    silent = complaint(rtm(capsys, "worth", log), 1)
    (log / "decisions.jsonl").rename(log / "decisions.jsonl.partial")

    assert "every choice of the log was certain" in certain
    assert "'matching_item' in" in certain
    assert "an older version made it" in older
    assert "joined no responses" in silent
    assert "not finished" in complaint(rtm(capsys, "worth", log), 1)
    assert "as chooser:random" in complaint(rtm(capsys, "worth", log, "--arm", "chooser"), 2)


def test_runs_of_other_records_and_lost_outcomes_are_warned_of(
    capsys: Capture, runs: Path, tmp_path: Path
) -> None:
    """As by `rtm diff`; and outcomes that were joined to nothing."""
    log = copied(runs, tmp_path)
    own = json.loads((log / "summary.json").read_bytes())
    lost = {**own["responses"], "orphans": {"settled": 9, "unknown_decision": 900}}
    changed_summary(log, input=1, responses=lost)
    warnings = told(capsys, log, runs / "other")["warnings"]

    assert warnings[0].startswith("the runs did not take in the same records (input 1 and ")
    assert "(unknown_decision 900)" in warnings[1]


ARM = """
[[experiments]]
name = "chooser"
arms = [{ name = "random", share = 0.4, policy = "random" }]
"""


def test_people_of_a_random_arm_are_valued_alone(capsys: Capture, tmp_path: Path) -> None:
    """A log that leaves nothing else to chance is refused as a whole, and can tell of the arm."""
    whole = EXPLORES.read_text()
    explored = whole[whole.index("[exploration]") : whole.index("# What is believed")]
    job, events = tmp_path / "arm.toml", tmp_path / "events.jsonl"
    job.write_text(whole.replace(explored, ARM))
    with events.open("wb") as file:
        simulate(Shop(people=120, days=3.0, seed=1, broken=0.0), file.write)
    replay = ["replay", str(job), "--input", str(events), "--quiet", "--overwrite", "--output"]
    for _ in range(2):
        assert main([*replay, str(tmp_path / "log")]) == 0
        with events.open("ab") as file:
            for decision in lines(tmp_path / "log" / "decisions.jsonl"):
                file.writelines(outcomes(decision))
    assert main([*replay, str(tmp_path / "other"), "--config", str(OTHER)]) == 0
    runs = tmp_path / "log", tmp_path / "other"
    said = complaint(rtm(capsys, "worth", *runs), 1)
    found = told(capsys, *runs, "--arm", "chooser:random")
    log = early(lines(runs[0] / "decisions.jsonl"))
    inside = [one for one in log if one["arms"] == [{"experiment": "chooser", "arm": "random"}]]

    assert "let the log explore where these are open too" in said
    assert found["counts"]["decisions"] == len(inside)
    assert found["counts"]["other_arm"] == len(log) - len(inside)
    assert found["counts"]["by_chance"] == found["counts"]["acted"] > 100
    one = found["estimates"]["dr"]["decision"]
    assert one["difference_95"][0] > 0.0
