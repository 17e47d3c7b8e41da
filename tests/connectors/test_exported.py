"""Exported topics are read in the rounds in which they were, or refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from msgspec import structs

from rtm_flows.config import Job, load, with_input
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.exported import ROUNDS, ExportedTopics, exported_topics, partition_path
from rtm_flows.connectors.inputs import open_input
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import InputError
from tests.connectors.exports import write_export
from tests.connectors.sequenced import Log, cut, job_of, records_of, topics
from tests.connectors.test_sequence import told

SEEDS = range(12)


def reading(folder: Path) -> Job:
    """Return the job, reading a folder."""
    return with_input(job_of(), (str(folder),))


def whole(source: ExportedTopics) -> list[Batch]:
    """Return all batches."""
    reader = source.open(0)
    batches = list(iter(reader.next, None))
    reader.close()
    return batches


def expected(log: Log, rounds: list[Round]) -> list[Batch]:
    """Return the batches of rounds that a sequence makes of the log itself."""
    sequencer = Sequencer(job_of())
    return [
        sequencer.take(one, records_of(one, sequencer.ends | one.joined, log)) for one in rounds
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_folder_gives_the_rounds_that_were(tmp_path: Path, seed: int) -> None:
    """Whatever the log: keys, empty values, gaps in the offsets; also when it goes on anywhere."""
    log = topics(seed)
    rounds = cut(seed, log)
    source = open_input(reading(write_export(tmp_path, log, rounds)), None)
    assert isinstance(source, ExportedTopics)
    wanted = [told(one) for one in expected(log, rounds)]
    assert [told(one) for one in whole(source)] == wanted

    rng, reader, found = random.Random(seed), source.open(0), []
    while (batch := reader.next()) is not None:
        found.append(told(batch))
        if rng.random() < 0.3:
            reader = source.open(0, reader.position())
    assert found == wanted
    assert source.unread == 0
    assert source.total_bytes == sum(len(one.value or b"") for own in log.values() for one in own)


def test_rounds_that_are_recorded_twice_count_once(tmp_path: Path) -> None:
    """A run that was killed records some again when it goes on."""
    log = topics(1)
    rounds = cut(1, log)
    folder = write_export(tmp_path, log, [*rounds[:7], *rounds[3:]])

    assert [told(one) for one in whole(ExportedTopics(reading(folder), folder))] == [
        told(one) for one in expected(log, rounds)
    ]


def test_the_log_of_a_stopped_job_ends_as_any_input_does(tmp_path: Path) -> None:
    """What still waited for its time has not come to pass, and is counted."""
    for seed in SEEDS:
        log = topics(seed)
        rounds = cut(seed, log)
        assert rounds[-1].last
        folder = write_export(tmp_path / str(seed), log, rounds[:-1])

        assert [told(one) for one in whole(ExportedTopics(reading(folder), folder))] == [
            told(one) for one in expected(log, rounds)
        ]


def test_a_gap_and_a_contradiction_are_refused_with_their_place(tmp_path: Path) -> None:
    """The file, and the line."""
    log = topics(1)
    rounds = cut(1, log)
    folder = write_export(tmp_path, log, [*rounds[:3], *rounds[4:]])
    with pytest.raises(InputError, match=rf"{ROUNDS}, line 4: holds round 4 where round 3 must"):
        whole(ExportedTopics(reading(folder), folder))

    other = structs.replace(rounds[2], idle=("web/0", "web/9"))
    write_export(tmp_path, log, [*rounds[:5], other, *rounds[5:]])
    with pytest.raises(InputError, match=rf"{ROUNDS}, line 6: round 2 contradicts .*, line 3 "):
        whole(ExportedTopics(reading(folder), folder))


def test_records_that_rounds_have_read_must_be_there(tmp_path: Path) -> None:
    """One missing within, or a whole partition, is told with the round and the partition."""
    log: Log = {"web/0": [Record(number, b"{}") for number in range(9)]}
    rounds = [Round(number=0, joined={"web/0": 0}, ends={"web/0": 9})]
    folder = write_export(tmp_path, {"web/0": log["web/0"][:8]}, rounds)
    with pytest.raises(InputError, match="round 0: web/0 must give the records 0 to 8; got 0 to 7"):
        whole(ExportedTopics(reading(folder), folder))

    partition_path(folder, "web/0").unlink()
    with pytest.raises(InputError, match="round 0 has read web/0, but there is no "):
        whole(ExportedTopics(reading(folder), folder))


def test_records_behind_the_last_round_are_counted_and_not_read(tmp_path: Path) -> None:
    """No round tells when they were read."""
    log: Log = {"web/0": [Record(number, b"{}") for number in range(9)], "web/1": []}
    log["web/2"] = [Record(5, b"{}")]
    rounds = [Round(number=0, joined={"web/0": 2, "web/1": 0}, ends={"web/0": 6})]
    folder = write_export(tmp_path, log, rounds)
    source = ExportedTopics(reading(folder), folder)

    assert sum(one.records for one in whole(source)) == 4
    assert source.unread == 3 + 1


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """Cut off, or of another kind."""
    log = topics(2)
    folder = write_export(tmp_path, log, cut(2, log))
    path = partition_path(folder, "web/0")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(InputError, match=r"web/0.parquet: cannot be read: .*; export"):
        ExportedTopics(reading(folder), folder)


def test_only_a_job_with_a_broker_reads_rounds(tmp_path: Path) -> None:
    """To another a folder is a folder, and a file in it a file."""
    log = topics(2)
    folder = write_export(tmp_path, log, cut(2, log))

    assert exported_topics(with_input(load({"name": "tiny"}), (str(folder),))) is None
    assert exported_topics(with_input(job_of(), (str(folder / ROUNDS),))) is None
    assert exported_topics(reading(folder)) is not None


def test_a_fingerprint_changes_with_what_is_read(tmp_path: Path) -> None:
    """So that a resume over other files is refused."""
    log = topics(2)
    rounds = cut(2, log)
    folder = write_export(tmp_path, log, rounds)
    before = ExportedTopics(reading(folder), folder).fingerprint

    assert ExportedTopics(reading(folder), folder).fingerprint == before
    write_export(tmp_path, log, rounds[:-1])
    assert ExportedTopics(reading(folder), folder).fingerprint != before
