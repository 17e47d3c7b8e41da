"""The example of a model written in Python: it runs as its docstring says, the same any way."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.simulate import Shop, simulate
from rtm_flows.testing import check_model
from tests.runs.running import ROOT, command, digests, environment, kill, wait_for_snapshot

FOLDER = ROOT / "examples" / "own_model"
JOB = FOLDER / "own_model.toml"
OWN = {**environment(), "PYTHONPATH": os.pathsep.join([str(ROOT), str(FOLDER)])}


def rtm(*arguments: str | Path) -> str:
    """Run `rtm` where it finds the example's module; return what it says."""
    done = subprocess.run(command(*arguments), env=OWN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of a shop, large enough to be killed in the middle."""
    path = tmp_path_factory.mktemp("own") / "events.jsonl"
    with path.open("wb") as file:
        simulate(Shop(people=2000, days=1.0, seed=3), file.write)
    return path


@pytest.fixture(scope="module")
def undisturbed(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one process."""
    out = tmp_path_factory.mktemp("own-run") / "out"
    rtm("run", JOB, "--input", events, "--output", out)
    return out


def test_it_keeps_to_its_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its docstring shows."""
    monkeypatch.syspath_prepend(FOLDER)

    check_model("shop_models:CellRates", {"by": ["session_events", "cart_value"]}, examples=60)


def test_it_is_measured_beside_the_model(undisturbed: Path) -> None:
    """On the same examples, better than the running rate, and never promoted."""
    summary = json.loads((undisturbed / "summary.json").read_bytes())
    found: dict[str, Any] = summary["models"]["intent"]
    cells = found["challengers"]["cells"]

    assert cells["n"] == found["n"] > 500
    assert cells["log_loss"] < found["baselines"]["prior"]["log_loss"]
    assert cells["roc_auc"] > 0.55
    assert (found["champion"], found["promotions"]) == ("newton", [])


def test_any_way_to_run_gives_the_same_bytes(
    events: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Two processes, and one that was killed and resumed."""
    rtm("run", JOB, "--input", events, "--output", tmp_path / "two", "--workers", "2")
    out, recovery = tmp_path / "out", tmp_path / "recovery"
    given: list[str | Path] = [
        "run",
        JOB,
        "--input",
        events,
        "--output",
        out,
        "--recovery",
        recovery,
    ]
    process = subprocess.Popen(
        command(*given, "--snapshot-every", "0.1"), env=OWN, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if wait_for_snapshot(recovery, process):
        time.sleep(0.1)
        kill(process)
    rtm(*given)

    assert digests(tmp_path / "two") == digests(out) == digests(undisturbed)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_model_that_fails_stops_the_run_with_its_name(
    events: Path, tmp_path: Path, workers: str
) -> None:
    """In the process that learns; its message is not lost among those of the engine."""
    job = tmp_path / "failing.toml"
    code = 'kind = "python"\ncode = "tests.models.own_models:Failing"\n'
    job.write_text(f'name = "failing"\n[[models.intent.challengers]]\n{code}')
    given: list[str | Path] = ["--input", events, "--output", tmp_path / "out"]
    given += ["--workers", workers]

    done = subprocess.run(
        command("run", job, *given), env=OWN, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "rtm: tests.models.own_models:Failing: `learn_one` fails: KeyError" in done.stderr


def test_what_the_check_shows() -> None:
    """The class with its version; and where it is not found, what to do."""
    assert "models written in Python: shop_models:CellRates version 1" in rtm("check", JOB)

    done = subprocess.run(
        command("check", JOB), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "models.intent.challengers[0].code: there is no module shop_models" in done.stderr
