"""Where a run listens: what the job and the command line say, and what is refused."""

from __future__ import annotations

import json
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli import run as run_command
from rtm_flows.cli.operated import asked
from rtm_flows.config import load
from rtm_flows.config.operating import Operating
from rtm_flows.errors import ConfigError
from rtm_flows.operating.meters import Meters
from rtm_flows.simulate import Shop, simulate
from tests.cli.commands import complaint, rtm
from tests.kafka.operated import samples_of, total

WRONG = [
    ({"port": 65536}, "operating.port: must be from 0 to 65535; got 65536"),
    ({"port": -1}, "operating.port: must be from 0 to 65535; got -1"),
    ({"host": ""}, "operating.host: is empty; 127.0.0.1 is this machine alone"),
    ({"stuck": "PT0S"}, "operating.stuck: must be longer than nothing; got 'PT0S'"),
    ({"stuck": "2m"}, "operating.stuck: a duration must look like PT30M"),
    ({"prot": 1}, "unknown key `operating.prot`; did you mean `port`?"),
]


@pytest.mark.parametrize(("told", "wanted"), WRONG)
def test_what_is_no_address_is_refused(told: dict[str, Any], wanted: str) -> None:
    """With its key."""
    with pytest.raises(ConfigError) as error:
        load({"name": "shop", "operating": told})
    assert wanted in str(error.value)


def test_where_it_listens_is_no_part_of_an_answer() -> None:
    """So a recovery folder is resumed with another port."""
    assert load({"name": "shop", "operating": {"port": 1}}).digest == load({"name": "shop"}).digest


def test_the_command_line_counts_before_the_job() -> None:
    """A port alone keeps the job's host; without either nothing is served."""
    job = Operating(host="10.0.0.1", port=9464, stuck="PT5M")
    assert asked(None, job) == job
    assert asked(None, Operating()).port is None
    assert asked("9000", job) == Operating(host="10.0.0.1", port=9000, stuck="PT5M")
    assert asked("[::1]:0", job) == Operating(host="::1", port=0, stuck="PT5M")
    for wrong in ("here", "127.0.0.1", "127.0.0.1:", "host:70000", ":-1", "1:²"):
        with pytest.raises(ConfigError, match=r"--metrics: wants HOST:PORT or PORT"):
            asked(wrong, job)


CROWDED = """
[people]
most_per_lane = 2
"""
HORIZONS = """
[models.intent]
horizon = "PT1H"
labels = "corrected"
kind = "sgd"
[models.churn]
horizon = "PT6H"
"""
"""Rows that come in parts, of which each is one example."""


def shop(folder: Path, more: str = "") -> Path:
    """Write a small shop and its job, and return the job."""
    with (folder / "events.jsonl").open("wb") as file:
        simulate(Shop(people=40, days=2.0, seed=1, duplicates=0.05, broken=0.02), file.write)
    config = folder / "shop.toml"
    config.write_text(
        f'name = "shop"\nlanes = 8\n[input]\npaths = ["{folder}/events.jsonl"]\n{more}'
    )
    return config


def test_an_address_that_is_taken_stops_the_run_before_it_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One sentence, and no output."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        run = ("run", shop(tmp_path), "--output", tmp_path / "out", "--metrics", address)
        assert f"{address}: Address already in use" in complaint(rtm(capsys, *run), 1)
    assert not list(tmp_path.glob("out/*.jsonl*"))


@pytest.mark.parametrize(("workers", "more"), [("1", ""), ("1", HORIZONS), ("2", CROWDED)])
def test_a_run_over_files_is_counted_as_its_summary_has_it(
    workers: str,
    more: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """By fate, action and model, in one process and in two."""
    texts: list[str] = []
    run = run_command._run

    def run_and_scrape(*given: Any, **more: Any) -> Any:
        ran = run(*given, **more)
        # All is counted, and the server answers still.
        (line,) = [one for one in capsys.readouterr().err.splitlines() if "listening" in one]
        address = f"http://127.0.0.1:{json.loads(line)['port']}"
        for path in ("/readyz", "/metrics"):
            with urllib.request.urlopen(f"{address}{path}", timeout=10) as answer:
                texts.append(answer.read().decode())
        return ran

    monkeypatch.setattr(run_command, "_run", run_and_scrape)
    options = ("--output", tmp_path / "out", "--metrics", "127.0.0.1:0", "--workers", workers)
    assert rtm(capsys, "run", shop(tmp_path, more), *options, "--quiet").status == 0

    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    found = samples_of(texts[1])
    assert json.loads(texts[0]) == {"status": "ok"}
    for fate in ("accepted", "duplicate", "late", "ignored", "dead_letter"):
        assert total(found, "rtm_records_total", fate=fate) == summary[fate], fate
    for action, count in summary["decisions"].items():
        assert total(found, "rtm_decisions_total", action=action) == count, action
    for model, figures in summary["models"].items():
        told = total(found, "rtm_model_examples_total", model=model)
        assert told == figures["n"] + figures["rejected"] > 0, model
    assert total(found, "rtm_triggers_total", trigger="event") == summary["triggers"]
    scored = map(json.loads, (tmp_path / "out" / "scores.jsonl").read_text().splitlines())
    people = {(one["subject_type"], one["subject_id"]) for one in scored}
    left = summary.get("evicted", {"inactive": 0, "most_per_lane": 0})
    for cause in ("inactive", "most_per_lane"):
        assert total(found, "rtm_evicted_people_total", cause=cause) == left[cause], cause
    assert (left["most_per_lane"] > 0) == (more == CROWDED)
    # Who left and came again was somebody new.
    known = total(found, "rtm_people")
    assert len(people) - left["most_per_lane"] <= known <= len(people)
    assert known == len(people) or more == CROWDED
    assert summary["duplicate"] > 0
    assert summary["dead_letter"] > 0
    assert total(found, "rtm_stage_seconds_count", stage="write") > 0


def test_a_clock_that_is_behind_gives_no_negative_delay() -> None:
    """Events of the future are no time machine."""
    meters = Meters(wall=lambda: 10.0)
    meters.mark(11_000)
    assert meters.seen().values["rtm_watermark_delay_seconds"] == {(): 0.0}
