"""The way in, the fold and the way out as operators, driven as the engine drives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rtm_flows.config import Job, load
from rtm_flows.connectors.arriving import arrival
from rtm_flows.connectors.batches import Input
from rtm_flows.connectors.histories import entered
from rtm_flows.errors import RecoveryError
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entered
from rtm_flows.lanes.identity import Identity
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.messages import Contribution, Counts, Lines, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.store import StateStore
from rtm_flows.lanes.wiring import Metrics, Written, contribution_of, output_of
from rtm_flows.measure.replay import to_files
from rtm_flows.operators.enter import Enter, Partition
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.learn import FoldLogic
from rtm_flows.operators.write import Write
from tests.runs.running import digests

LINE = '{"id": "%d", "time": "2026-03-02T10:%02d:00Z", "user_id": "u%d", "type": "%s"}\n'
STORE = StateStore(key=b"key")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job over a small file that is read in many blocks."""
    path = tmp_path / "events.jsonl"
    kinds = ("search", "view_item", "purchase")
    path.write_text("".join(LINE % (n, n, n % 5, kinds[n % 3]) for n in range(60)) + "{broken\n")
    return load(
        {
            "name": "tiny",
            "lanes": 2,
            "input": {"paths": [str(path)], "sort": False, "stripes": 2, "block_bytes": 300},
        }
    )


@pytest.fixture
def source(job: Job) -> Input:
    """The job's file."""
    return arrival(job)


@pytest.fixture
def plan(job: Job, source: Input) -> Plan:
    """The job's constants."""
    return Plan.of(job, source.partitions)


def drain(partition: Partition) -> list[Entered]:
    """Read a partition to its end."""
    found: list[Entered] = []
    while True:
        try:
            found += partition.next_batch()
        except StopIteration:
            return found


def counted(batches: list[Entered]) -> dict[str, int]:
    """Add up what was told for the accounting."""
    totals: dict[str, int] = {}
    for batch in batches:
        for written in batch.written:
            if isinstance(written, Counts):
                for name, count in written.counts.items():
                    totals[name] = totals.get(name, 0) + count
    return totals


def rows(batches: list[Entered]) -> list[str]:
    """Return the ids of all rows, lane by lane."""
    return [
        id_
        for batch in batches
        for _, message in batch.rows
        if message.rows is not None
        for id_ in message.rows.table["id"].tolist()
    ]


def test_partitions_are_read_whole_and_end_once(source: Input, plan: Plan) -> None:
    """Each has a name of its own; together they hold every record; the bytes are told."""
    seen: list[int] = []
    enter = Enter(source, plan, Housekeeping(seen=seen.append))
    assert enter.list_parts() == ["0000", "0001"]
    found_all = list[Entered]()
    for name in enter.list_parts():
        partition = enter.build_part("enter", name, None)
        found_all += drain(partition)
        assert drain(partition) == []
        partition.close()

    found = counted(found_all)
    assert (found["input"], found["dead_letter"], found["late"]) == (61, 1, 0)
    assert sorted(rows(found_all), key=int) == [str(n) for n in range(60)]
    assert sum(seen) == source.total_bytes
    ends = [c for b in found_all for c in b.written if isinstance(c, Counts) and c.ended]
    assert sorted(c.feeds.tolist() for c in ends) == [[0], [1]]


@pytest.mark.parametrize("cut", [0, 1, 3, 100])
def test_a_partition_goes_on_where_it_was(source: Input, plan: Plan, cut: int) -> None:
    """Saved after any batch, also after its end, it tells the rest and nothing twice."""
    enter = Enter(source, plan, Housekeeping(STORE))
    whole = drain(enter.build_part("enter", "0001", None))
    first = enter.build_part("enter", "0001", None)
    before: list[Entered] = []
    while len(before) < min(cut, len(whole)):
        before += first.next_batch()
    first.close()

    after = drain(enter.build_part("enter", "0001", first.snapshot()))
    assert rows(before + after) == rows(whole)
    assert counted(before + after) == counted(whole)
    assert len(before) + len(after) == len(whole)


def test_a_partition_stops_when_asked_to(source: Input, plan: Plan) -> None:
    """It keeps its place and does not say that it has ended."""
    house = Housekeeping(STORE)
    enter = Enter(source, plan, house)
    partition = enter.build_part("enter", "0000", None)
    before = list(partition.next_batch())
    house.stopping.set()
    assert drain(partition) == []
    state = partition.snapshot()
    house.stopping.clear()

    after = drain(enter.build_part("enter", "0000", state))
    whole = drain(enter.build_part("enter", "0000", None))
    assert rows(before + after) == rows(whole)


def test_the_state_of_another_partition_is_refused(source: Input, plan: Plan) -> None:
    """A position belongs to its partition."""
    enter = Enter(source, plan, Housekeeping(STORE))
    state = enter.build_part("enter", "0000", None).snapshot()

    with pytest.raises(RecoveryError, match="enter lane 1 holds enter lane 0"):
        enter.build_part("enter", "0001", state)


def test_without_recovery_nothing_is_saved(source: Input, plan: Plan, tmp_path: Path) -> None:
    """Snapshots of all steps are empty, and ignored if there are any."""
    partition = Enter(source, plan, Housekeeping()).build_part("enter", "0000", b"ignored")
    write = Write(tmp_path, plan, Housekeeping()).build_part("write", "late", b"ignored")
    write.close()

    assert partition.snapshot() == b""
    assert write.snapshot() == b""
    assert FoldLogic(plan, Housekeeping(), b"ignored").snapshot() == b""


def contributions(source: Input, plan: Plan) -> list[Contribution]:
    """Return what know tells the fold, batch by batch."""
    identity, know, told = Identity(plan.lanes, plan.partitions), Know(plan), []
    for batch in entered(source, plan):
        for lane, message in batch.rows:
            identity.take(lane, message)
        for lane, message in identity.run():
            know.take(lane, message)
        known = know.run()
        assert known is not None
        told.append(contribution_of(known))
    return told


def fold(logic: FoldLogic, told: list[Contribution]) -> list[Versions | list[Written]]:
    """Let the fold hear contributions one by one; return what it tells."""
    found: list[Versions | list[Written]] = []
    for contribution in told:
        some, discard = logic.on_batch([contribution])
        assert not discard
        found += some
    assert logic.on_eof() == ([], False)
    return found


def plain(told: list[Versions | list[Written]]) -> list[Any]:
    """Return what the fold tells as plain values."""
    return [
        (one.closed, [(t.ticks.tolist(), t.parameters.tolist()) for t in one.taught])
        if isinstance(one, Versions)
        else [_plain(w) for w in one]
        for one in told
    ]


def _plain(written: Written) -> Any:
    if isinstance(written, Lines):
        return written.marks.tolist(), [piece.data for piece in written.lines.pieces]
    return written if isinstance(written, Metrics) else written[0]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_fold_goes_on_where_it_was(source: Input, plan: Plan, share: float) -> None:
    """Versions while it learns, metrics at the end, the same after a resume anywhere."""
    told = contributions(source, plan)
    whole = plain(fold(FoldLogic(plan, Housekeeping(STORE), None), told))
    cut = int(share * len(told))
    first = FoldLogic(plan, Housekeeping(STORE), None)
    before = fold(first, told[:cut])
    after = fold(FoldLogic(plan, Housekeeping(STORE), first.snapshot()), told[cut:])

    assert plain([*before, *after]) == whole
    assert whole[-2][0] == END
    assert all(len(one) == 1 for one in whole[1:-1:2])
    lines, metrics, done = whole[-1]
    assert lines[0] == [END]
    assert isinstance(metrics, Metrics)
    assert done == "fold"


def test_outputs_are_written_by_one_partition_each(
    source: Input, plan: Plan, tmp_path: Path
) -> None:
    """What the sink writes, resumed after every message, is what a replay writes."""
    for name in ("sink", "replay"):
        (tmp_path / name).mkdir()
    to_files(source, plan, tmp_path / "replay")
    sink = Write(tmp_path / "sink", plan, Housekeeping(STORE))
    assert [sink.part_fn(name) for name in sink.list_parts()] == list(range(7))
    parts = {name: sink.build_part("write", name, None) for name in sink.list_parts()}
    engine = Engine(plan)
    for number, batch in enumerate(entered(source, plan)):
        for written in engine.push(batch):
            parts[output_of(written)].write_batch([written])
        if number % 3 == 0:
            states = {name: part.snapshot() for name, part in parts.items()}
            for part in parts.values():
                part.close()
            parts = {name: sink.build_part("write", name, state) for name, state in states.items()}
    for part in parts.values():
        part.close()

    assert digests(tmp_path / "sink") == digests(tmp_path / "replay")
