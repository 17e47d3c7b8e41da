"""The example of features written in Python: it runs as its docstring says, the same any way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from rtm_flows.config import load
from rtm_flows.measure.replay import replay
from rtm_flows.simulate import Shop, simulate
from rtm_flows.testing import check_feature
from tests.runs.running import ROOT, command, digests, environment, kill, wait_for_snapshot

FOLDER = ROOT / "examples" / "own_features"
JOB = FOLDER / "own_features.toml"
CLASSES: list[tuple[str, dict[str, str]]] = [
    ("AbandonedCarts", {}), ("SinceChannel", {"channel": "app"}), ("PricesSeen", {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of a shop, large enough to be killed in the middle."""
    path = tmp_path_factory.mktemp("own") / "events.jsonl"
    with path.open("wb") as file:
        simulate(Shop(people=1500, days=1.0, seed=3), file.write)
    return path


@pytest.fixture(scope="module")
def undisturbed(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of one process."""
    out = tmp_path_factory.mktemp("own-run") / "out"
    rtm("run", JOB, "--input", events, "--output", out)
    return out


def on_path() -> dict[str, str]:
    """Return the environment in which the example's module is found."""
    return {**environment(), "PYTHONPATH": os.pathsep.join([str(ROOT), str(FOLDER)])}


def rtm(*arguments: str | Path, env: dict[str, str] | None = None, status: int = 0) -> str:
    """Run `rtm` where the module is found, and return what it printed."""
    done = subprocess.run(
        command(*arguments), env=env or on_path(), capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(("name", "options"), CLASSES)
def test_each_keeps_to_the_contract(
    name: str, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the docstring of the module proves it."""
    monkeypatch.syspath_prepend(FOLDER)

    check_feature(f"shop_features:{name}", options)


def test_check_lists_them() -> None:
    """With versions and the size of their state; the module is found on the path alone."""
    said = rtm("check", JOB)

    assert "valid. 6 features, 2 actions" in said
    assert said.splitlines()[1:] == [
        f"features written in Python: shop_features:{name} version 1 (state: {size} bytes a person)"
        for name, size in (("AbandonedCarts", 17), ("SinceChannel", 8), ("PricesSeen", 8))
    ]
    refused = rtm("check", JOB, env=environment(), status=2)
    assert f"{JOB}: features[0].code: there is no module shop_features" in refused
    assert "PYTHONPATH=FOLDER rtm" in refused


def test_two_processes_write_what_one_writes(
    events: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Each imports the module by itself."""
    rtm("run", JOB, "--input", events, "--output", tmp_path / "out", "--workers", "2")

    assert digests(tmp_path / "out") == digests(undisturbed)


def test_worker_processes_look_where_the_first_one_looks(
    events: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """On its path as it is then, and not in the folder at hand, whatever lies there."""
    (tmp_path / "shop_features.py").write_text("raise SystemExit('executed')\n")
    run = ["run", str(JOB), "--input", str(events), "--output", "out", "--workers", "2"]
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(FOLDER)!r}]\n"
        f"from rtm_flows.cli import main; sys.exit(main({run!r}))"
    )
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True)

    assert digests(tmp_path / "out") == digests(undisturbed)


def test_a_killed_run_is_resumed(events: Path, undisturbed: Path, tmp_path: Path) -> None:
    """State of own features is saved and restored as all other is."""
    place = ("--output", tmp_path / "out", "--recovery", tmp_path / "recovery")
    run = ("run", JOB, "--input", events, *place)
    process = _started((*run, "--snapshot-every", "0.1"))
    assert wait_for_snapshot(tmp_path / "recovery", process), "the run was too quick to kill"
    kill(process)
    rtm(*run)

    assert digests(tmp_path / "out") == digests(undisturbed)


def test_another_version_does_not_resume(events: Path, tmp_path: Path) -> None:
    """The message says which code has changed, and how."""
    changed = tmp_path / "changed"
    changed.mkdir()
    text = (FOLDER / "shop_features.py").read_text(encoding="utf-8")
    (changed / "shop_features.py").write_text(text.replace("version = 1", "version = 2", 1))
    place = ("--output", tmp_path / "out", "--recovery", tmp_path / "recovery")
    run = ("run", JOB, "--input", events, *place, "--snapshot-every", "0.1")
    process = _started(run)
    assert wait_for_snapshot(tmp_path / "recovery", process), "the run was too quick to kill"
    kill(process)
    path = os.pathsep.join([str(ROOT), str(changed)])
    said = rtm(*run, env={**environment(), "PYTHONPATH": path}, status=1)

    assert "belongs to another run: what features and models written in Python declare was" in said
    assert "was 'shop_features:AbandonedCarts version 1: values" in said
    assert "is now 'shop_features:AbandonedCarts version 2: values" in said
    assert "PricesSeen" not in said


def test_they_mean_what_they_say(events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running maximum of prices viewed, and one that falls when nothing is viewed."""
    monkeypatch.syspath_prepend(FOLDER)
    frame = replay(load(JOB), events).features
    views = frame.filter(pl.col("type") == "view_item")
    others = frame.filter(pl.col("type") != "view_item")

    assert views["relative_price"].is_between(0, 1).all()
    assert views["relative_price"].n_unique() > 100
    assert others["relative_price"].max() == 0.0
    grows = frame.select(pl.col("dearest_seen").diff().over("person").fill_null(0.0).alias("by"))
    assert (grows["by"] >= 0.0).all()
    assert (frame["abandoned_carts"] > 0).any()
    assert (frame["since_app"] < 31_536_000.0).any()


def _started(arguments: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments),
        env=on_path(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
