"""A recovery folder of several processes: who may join, who stops whom, and what is swept."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from rtm_flows.connectors.shared_folder import AskingFirst, Member, Stop, tell
from rtm_flows.connectors.sweeping import ASKED, sweep_asked
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.state_rows import unpacked, unsealed
from rtm_flows.lanes.store import StateStore
from rtm_flows.lanes.sweep import Request
from tests.connectors.recovery_folders import OURS, kept

HERE = ["a:2101", "b:2101"]
IDLE = "0123456789abcdef-000001.state"


def test_a_process_joins_once_the_first_has_told(tmp_path: Path) -> None:
    """The same addresses and configuration: the first may yet have to be started anew with them."""
    folder = tmp_path / "r"
    member = Member(folder, 1)
    assert member.joined(OURS, HERE, StateStore()) is None
    kept(folder)
    assert member.joined(OURS, HERE, StateStore()) is None
    tell(folder, HERE[:1], StateStore())
    assert member.joined(OURS, HERE, StateStore()) is None
    tell(folder, HERE, StateStore())
    assert member.joined(OURS, HERE, StateStore()) == OURS
    changed = msgspec.structs.replace(OURS, digest="d2")
    assert member.joined(changed, HERE, StateStore()) is None
    member.release()


def test_who_brings_another_job_or_key_is_refused(tmp_path: Path) -> None:
    """Before it has written anything."""
    folder = tmp_path / "r"
    kept(folder)
    tell(folder, HERE, StateStore(key=b"secret"))
    member = Member(folder, 1)
    other = msgspec.structs.replace(OURS, name="another")
    with pytest.raises(RecoveryError, match="another RTM_STATE_KEY"):
        member.joined(OURS, HERE, StateStore())
    with pytest.raises(RecoveryError, match="belongs to another run: the job's name"):
        member.joined(other, HERE, StateStore(key=b"secret"))
    member.release()


def test_a_number_is_one_process_only(tmp_path: Path) -> None:
    """A second one is refused until the first is gone; another number is free."""
    one, two = Member(tmp_path / "r", 1), Member(tmp_path / "r", 2)
    with pytest.raises(RecoveryError, match="another run"):
        Member(tmp_path / "r", 1)
    one.release()
    Member(tmp_path / "r", 1).release()
    two.release()


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    """As of a run on one host."""
    tmp_path.chmod(0o755)
    with pytest.raises(RecoveryError, match="for its owner alone"):
        Member(tmp_path, 1)


def test_who_asks_stops_all_that_run_and_none_that_comes_later(tmp_path: Path) -> None:
    """Also a second time."""
    one, two = Stop(tmp_path), Stop(tmp_path)
    assert not one.asked()
    two.ask()
    assert one.asked()
    later = Stop(tmp_path)
    assert not later.asked()
    one.ask()
    assert later.asked()


def test_the_sweeper_of_the_first_does_what_others_ask(tmp_path: Path) -> None:
    """Once; files that rows name stay, and the first forgets requests of an earlier run."""
    folder = tmp_path / "r"
    rows = kept(folder)
    chain = unpacked(unsealed(rows[3]))
    (folder / "state" / IDLE).touch()
    before = {path.name for path in (folder / "state").iterdir()}
    asking = AskingFirst(folder, 1)

    asking.ask(Request(chain.writer, [("know", 3, 16)], sorted(before)))
    sweep_asked(folder, os.getppid())
    assert {path.name for path in (folder / "state").iterdir()} == before - {IDLE}
    assert list((folder / ASKED).iterdir()) == []

    asking.ask(Request(chain.writer, [("know", 3, 16)], [IDLE]))
    tell(folder, HERE, StateStore())
    assert list((folder / ASKED).iterdir()) == []
    asking.end()
