"""Files of events before all topics: their rounds are a function of what they hold."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rtm_flows.config import Job, load
from rtm_flows.connectors import past as pasts
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.exported import ROUNDS, ExportedTopics
from rtm_flows.connectors.past import NOTE, Past, write_note
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.measure.replay import replay
from rtm_flows.simulate import Shop, simulate
from tests.connectors.exports import write_export

ROWS = 24
TOPICS: dict[str, Any] = {
    "name": "shop",
    "lanes": 4,
    "input": {"kind": "kafka"},
    "outputs": {"kind": "files"},
    "models": {"intent": {"mature": 20, "mature_positives": 2}},
    "kafka": {"topics": [{"name": "web"}]},
}


@pytest.fixture(autouse=True)
def _small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pasts, "ROWS", ROWS)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A day of a shop, in no order, with lines that are no events."""
    told: list[bytes] = []
    simulate(Shop(people=14, days=1.0, seed=5, broken=0.02), told.append)
    events = b"".join(told).splitlines()
    random.Random(1).shuffle(events)
    assert len(events) > 4 * ROWS
    return events


@pytest.fixture
def events(tmp_path: Path, lines: list[bytes]) -> Path:
    """The day as a file."""
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def history(folder: Path, past: Past, more: list[Round] | None = None, log: Any = None) -> Path:
    """Write what `rtm export` does of a run that began with files."""
    rounds = [one for one, _ in rounds_of(past)]
    folder.mkdir()
    found = write_export(folder, log or {}, [*rounds, *(more or [])])
    write_note(found, past)
    return found


def rounds_of(past: Past) -> Iterator[tuple[Round, Batch]]:
    """Yield the rounds of files."""
    rounds = past.rounds_from(0, {})
    yield from iter(rounds.next, None)


def as_of_files(**more: Any) -> Job:
    """Return the job that reads the same events from files, in the same order."""
    told = {name: value for name, value in TOPICS.items() if name != "outputs"}
    return load({**told, "input": {"stripes": 1}, "time": {"order": "log"}, **more})


def bare(frame: pl.DataFrame) -> pl.DataFrame:
    """Return decisions without what names the configuration, which differs."""
    return frame.drop("config", strict=False)


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_a_history_alone_gives_what_a_run_over_its_files_gives(
    tmp_path: Path, events: Path, suffix: str
) -> None:
    """Whatever files are read: all are put in order, and the rounds change nothing."""
    path = events
    if suffix != "jsonl":
        path = tmp_path / f"day.{suffix}"
        read = [json.loads(line) for line in events.read_bytes().splitlines() if _is_event(line)]
        frame = pl.DataFrame(read, infer_schema_length=None)
        write = {"csv": frame.write_csv, "parquet": frame.write_parquet}[suffix]
        write(path)  # type: ignore[operator]
    job = load(TOPICS)
    folder = history(tmp_path / "history", Past(job, [str(path)]))

    found, wanted = replay(job, folder), replay(as_of_files(), path)

    assert len(found.decisions) > 10
    assert found.decisions.select("decision_id").equals(wanted.decisions.select("decision_id"))
    for name in ("scores", "sessions", "features", "dead_letters"):
        assert getattr(found, name).equals(getattr(wanted, name)), name
    assert bare(found.decisions).equals(bare(wanted.decisions))


def _is_event(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def test_rounds_are_the_same_in_memory_on_disk_and_from_anywhere(
    tmp_path: Path, events: Path
) -> None:
    """Also if the files have another name, and a folder that was sorted is used again."""
    job = load(TOPICS)
    digest = Past(job, [str(events)]).digest
    other = events.rename(tmp_path / "other.jsonl")
    sorted_once = Past(job, [str(other)], tmp_path / "work")
    wanted = list(rounds_of(Past(job, [str(other)])))
    for again in (sorted_once, Past(job, [str(other)], tmp_path / "work")):
        found = list(rounds_of(again))
        assert [one for one, _ in found] == [one for one, _ in wanted]
        assert [one.table["id"].tolist() for _, one in found] == [
            one.table["id"].tolist() for _, one in wanted
        ]
        assert sum(one.records for _, one in found) == len(other.read_bytes().splitlines())
        for first in range(again.course.rounds + 1):
            assert len(list(iter(again.rounds_from(first, {}).next, None))) == len(found) - first
    assert digest == sorted_once.digest


def test_a_replay_goes_on_from_anywhere(tmp_path: Path, events: Path) -> None:
    """Within the files, and in the topics behind them."""
    job = load(TOPICS)
    past = Past(job, [str(events)])
    at = past.course.rounds
    log = {"web/0": [Record(number, b"{}") for number in range(6)]}
    more = [Round(number=at, joined={"web/0": 0}, ends={"web/0": 2})]
    more += [Round(number=at + 1, ends={"web/0": 6})]
    folder = history(tmp_path / "history", past, more, log)
    source = ExportedTopics(job, folder)
    reader, ids, rng = source.open(0), [], random.Random(2)
    while (batch := reader.next()) is not None:
        ids.append((batch.table["id"].tolist(), batch.records, batch.judged))
        if rng.random() < 0.5:
            reader.close()
            reader = source.open(0, reader.position())
    reader = source.open(0)
    wanted = [
        (one.table["id"].tolist(), one.records, one.judged) for one in iter(reader.next, None)
    ]
    assert len(ids) == at + 3
    assert [one[:2] for one in ids] == [one[:2] for one in wanted]
    marks = [one.judged.mark for one in iter(source.open(0).next, None) if one.judged]
    assert marks == sorted(marks)
    assert source.course == (at + 2, {"web/0": 6})


def test_other_files_than_those_are_refused(tmp_path: Path, events: Path) -> None:
    """Changed, missing, or not named at all."""
    job = load(TOPICS)
    folder = history(tmp_path / "history", Past(job, [str(events)]))
    was = events.read_bytes()

    events.write_bytes(was[:-2] + b" }")
    with pytest.raises(InputError, match=r"day\.jsonl: not what the rounds in .* wanted .*, got"):
        replay(job, folder)
    events.unlink()
    with pytest.raises(InputError, match=rf"day\.jsonl cannot be read.*mend .*{NOTE}"):
        replay(job, folder)
    events.write_bytes(was)
    assert len(replay(job, folder).decisions)
    (folder / NOTE).write_bytes(b"{")
    with pytest.raises(InputError, match=f"{NOTE}: is no note of files"):
        replay(job, folder)
    (folder / NOTE).unlink()
    with pytest.raises(InputError, match=f"begin with files, and there is no {NOTE}"):
        replay(job, folder)
    assert (folder / ROUNDS).is_file()


def test_what_cannot_be_read_again_is_no_history() -> None:
    """A resume begins with it again."""
    with pytest.raises(ConfigError, match=r"kafka\.history: cannot be standard input"):
        Past(load(TOPICS), ["-"])


def event(id_: str, time: int) -> bytes:
    """Return an event of one person."""
    told = {"id": id_, "time": 1_772_409_600_000 + time, "type": "search", "user_id": "ann"}
    return json.dumps(told).encode()


def test_what_is_in_files_and_topics_counts_once(tmp_path: Path) -> None:
    """Within the lateness it is found as a copy by its id; before, it is late; new ones count."""
    job = load({**TOPICS, "time": {"lateness": "PT1M"}})
    path = tmp_path / "before.jsonl"
    path.write_bytes(b"\n".join(event(f"h{at}", at * 20_000) for at in range(10)) + b"\n")
    told = [event(f"h{at}", at * 20_000) for at in range(5, 10)]
    told += [event("new", 150_000), event("later", 190_000)]
    log = {"web/0": [Record(offset, value) for offset, value in enumerate(told)]}
    past = Past(job, [str(path)])
    more = [Round(number=past.course.rounds, joined={"web/0": 0}, ends={"web/0": len(told)})]

    result = replay(job, history(tmp_path / "history", past, more, log))

    names = ("input", "accepted", "duplicate", "late")
    assert [result.summary[name] for name in names] == [17, 12, 4, 1]
    assert result.late["id"].to_list() == ["h5"]


def test_files_come_before_all_topics() -> None:
    """A round of files behind one of topics is refused."""
    sequencer = Sequencer(load(TOPICS))
    batch = sequencer.take(
        Round(number=0, joined={"web/0": 0}, ends={"web/0": 1}), {"web/0": [Record(0, b"{}")]}
    )
    with pytest.raises(InputError, match="round 1 is one of files, and topics were read before"):
        sequencer.take_past(Round(number=1, history="x"), batch)
