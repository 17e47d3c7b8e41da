"""A run that is stopped and goes on under another configuration, or with other lanes."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import msgspec
import pytest

import rtm_flows
from rtm_flows.cli import main
from rtm_flows.config import Job
from rtm_flows.connectors.recovery_folder import UPGRADE, RecoveryFolder, owner_of
from rtm_flows.connectors.state_refit import Into, refit
from rtm_flows.connectors.state_upgrade import upgrade
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.store import StateStore
from rtm_flows.times import format_time
from tests.runs.running import lines, rtm, start, wait_for, write_config

ACTION = """
[[actions]]
name = "nudge"
value = 9.0
eligible = "cart_value > 0"
[[actions]]
name = "greet"
value = 1.0
"""
LESS = ACTION.split("[[actions]]")[2]


@pytest.fixture(scope="module")
def stopped(many_events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was told to stop in the middle."""
    folder = tmp_path_factory.mktemp("stopped")
    more = f"[[actions]]{LESS}"
    config = write_config(folder, sort=False, stripes=1, block=1 << 12, more=more)
    out, recovery = folder / "out", folder / "recovery"
    run = start("run", config, "--input", many_events, "--output", out, "--recovery", recovery)
    assert wait_for(out / "decisions.jsonl.partial", 100_000, run)
    run.send_signal(signal.SIGTERM)
    assert run.wait(20) == 0
    return folder


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it, that a test may go on with."""
    shutil.copytree(stopped, tmp_path / "again")
    (tmp_path / "again" / "recovery").chmod(0o700)
    job = tmp_path / "again" / "recovery" / "job.json"
    job.write_text(job.read_text().replace(str(stopped), str(tmp_path / "again")))
    return tmp_path / "again"


def went_on(folder: Path, events: Path, recovery: str = "recovery", status: int = 0) -> str:
    """Start the run again; return what it says."""
    out = folder / "out"
    where = ("--input", events, "--output", out, "--recovery", folder / recovery)
    return rtm("run", folder / "shop.toml", *where, status=status)


def told(folder: Path, name: str) -> list[str]:
    """Return the lines of an output, whatever the configuration they were made under."""
    found = lines(folder / "out" / f"{name}.jsonl")
    return [json.dumps({**one, "config": ""}, sort_keys=True) for one in found]


def test_a_new_action_keeps_all_other_state(
    folder: Path, many_events: Path, many_run: Path
) -> None:
    """Scores and sessions are those of a run that was never stopped; the record names both jobs."""
    before = owner_of(folder / "recovery")
    config, before_toml = folder / "shop.toml", folder / "before.toml"
    before_toml.write_text(config.read_text())
    config.write_text(config.read_text().replace(f"[[actions]]{LESS}", ACTION))
    said = went_on(folder, many_events)

    assert "upgraded: actions.nudge: begins empty" in said
    for output in ("scores", "sessions"):
        assert told(folder, output) == [
            json.dumps({**one, "config": ""}, sort_keys=True)
            for one in lines(many_run / f"{output}.jsonl")
        ]
    decided = lines(folder / "out" / "decisions.jsonl")
    after = owner_of(folder / "recovery")
    assert before is not None
    assert after is not None
    assert list(dict.fromkeys(one["config"] for one in decided)) == [before.digest, after.digest]
    assert {one["config"] for one in decided if '"nudge"' in json.dumps(one)} == {after.digest}
    assert [(one.was, one.now) for one in after.upgrades] == [(before.digest, after.digest)]
    assert after.upgrades[0].time is not None
    assert main(["state", "verify", str(folder / "recovery")]) == 0
    audit = ["audit", str(folder / "out")]
    assert main([*audit, "--recovery", str(folder / "recovery")]) == 0
    assert main([*audit, "--config", str(before_toml), "--config", str(config)]) == 0
    assert main([*audit, "--config", str(config)]) == 1


def test_where_only_rules_change_nothing_is_written_but_whose_the_state_is(
    folder: Path, many_events: Path, many_run: Path
) -> None:
    """Every other file lies as it did; the record tells when, and the run goes on from it."""
    config, recovery = folder / "shop.toml", folder / "recovery"
    config.write_text(config.read_text().replace(LESS, LESS.replace("1.0", "2.0")))
    owner = owner_of(recovery)
    assert owner is not None
    was, now = msgspec.convert(owner.config, Job), rtm_flows.load(config)
    now = msgspec.structs.replace(was, actions=now.actions)
    heir = msgspec.structs.replace(owner, digest=now.digest, config=msgspec.to_builtins(now))
    before = {path: path.read_bytes() for path in recovery.rglob("*") if path.is_file()}
    jobs = Jobs(*(Plan.of(one, owner.partitions) for one in (was, now)))
    copy = folder / "copy"
    copy.mkdir()
    time = refit(recovery, Into(copy / "bytewax", StateStore.from_environment(copy)), jobs)

    after = upgrade(recovery, owner, heir)
    changed = [path.name for path, data in before.items() if path.read_bytes() != data]
    read = owner_of(recovery)
    assert read is not None
    assert (changed, read.digest, read.upgrades) == (["job.json"], now.digest, after.upgrades)
    assert time is not None
    assert after.upgrades[-1].time == format_time(time)
    assert "upgraded" not in went_on(folder, many_events)
    for output in ("scores", "sessions"):
        assert told(folder, output) == [
            json.dumps({**one, "config": ""}, sort_keys=True)
            for one in lines(many_run / f"{output}.jsonl")
        ]


def test_what_cannot_be_carried_over_is_refused(folder: Path, many_events: Path) -> None:
    """With the key, both values, and the remedy; and nothing is changed."""
    config = folder / "shop.toml"
    as_it_was = config.read_text()
    config.write_text(as_it_was + '[sessions]\ngap = "PT5M"\n')
    before = (folder / "recovery" / "job.json").read_bytes()
    said = went_on(folder, many_events, status=1)

    assert 'sessions.gap was "PT30M" and is now "PT5M"' in said
    assert "use another --recovery folder, or the job as it was" in said
    assert (folder / "recovery" / "job.json").read_bytes() == before


def test_an_upgrade_that_was_whole_when_it_was_killed_takes_its_place(folder: Path) -> None:
    """One that was not whole is forgotten."""
    recovery = folder / "recovery"
    whole = owner_of(recovery)
    (recovery / f"{UPGRADE}.partial" / "bytewax").mkdir(parents=True)
    RecoveryFolder(recovery).release()
    assert (owner_of(recovery), (recovery / f"{UPGRADE}.partial").exists()) == (whole, False)

    made = recovery / UPGRADE
    made.mkdir()
    shutil.copytree(recovery / "bytewax", made / "bytewax")
    (made / "bytewax" / "new").touch()
    job = json.loads((recovery / "job.json").read_text())
    (made / "job.json").write_text(json.dumps(job | {"digest": "new"}))
    shutil.rmtree(recovery / "bytewax")  # killed after that
    RecoveryFolder(recovery).release()
    after = owner_of(recovery)
    assert after is not None
    assert (after.digest, (recovery / "bytewax" / "new").exists(), made.exists()) == (
        "new", True, False,
    )  # fmt: skip


@pytest.mark.slow
def test_other_lanes_change_nothing_but_the_digest(
    folder: Path, many_events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder as it was is refused, and told how; the new one goes on in two processes."""
    config = folder / "shop.toml"
    expected = write_config(tmp_path, sort=False, stripes=1, more=f"[[actions]]{LESS}")
    rtm("run", expected, "--input", many_events, "--output", tmp_path / "out")
    config.write_text(config.read_text().replace("lanes = 16", "lanes = 5"))
    assert "rtm state migrate" in went_on(folder, many_events, status=1)

    new = folder / "five"
    command = ["state", "migrate", str(folder / "recovery"), "--lanes", "5", "--output", str(new)]
    assert main(command) == 0
    assert "set `lanes = 5`" in capsys.readouterr().out
    assert main(["state", "verify", str(new)]) == 0
    assert main(command) == 1
    went_on(folder, many_events, "five")
    for output in ("decisions", "scores", "sessions"):
        assert told(folder, output) == told(tmp_path, output)
