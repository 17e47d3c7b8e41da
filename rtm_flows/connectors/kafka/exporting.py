"""Topics and their rounds written as files, from which a job can be run again.

In: a broker that a job has read from. Out: a folder as `rtm_flows.connectors.exported` reads it,
with the schemas of records that have some. It refuses to know what a record means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rtm_flows.config import Job
from rtm_flows.connectors.exported import ROUNDS, partition_path
from rtm_flows.connectors.kafka.names import ROUNDS as ROUNDS_OUTPUT
from rtm_flows.connectors.kafka.names import broker_of, topic_of
from rtm_flows.connectors.kafka.reading import Extent, Onlooker, onlooker
from rtm_flows.connectors.kafka.registry import registry_of
from rtm_flows.connectors.partition_files import StoredRecord, partition_writer
from rtm_flows.connectors.rounds import Round, decode_message, encode, in_order, partition_name
from rtm_flows.connectors.schemas.framing import schema_of
from rtm_flows.connectors.schemas.schema_file import write_schemas
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import BrokerError


class Exported(NamedTuple):
    """What was written.

    Attributes
    ----------
    rounds
        How many rounds.
    runs
        How many runs the control log tells of; the last is the one that was written.
    records
        How many records of each partition.
    unread
        How many of them no round has read.
    lost
        Partitions whose first records, which rounds have read, the broker no longer has.
    """

    rounds: int
    runs: int
    records: dict[str, int]
    unread: int
    lost: tuple[str, ...]


def export_topics(
    job: Job, folder: Path, progress: Callable[[int, int], object] = lambda _done, _total: None
) -> Exported:
    """Write what a job has read, and in which rounds.

    Parameters
    ----------
    job
        The job; its `[kafka]` names the broker and the topics.
    folder
        Where to; it must be there, and empty.
    progress
        Told how many records are written, and how many there are.

    Raises
    ------
    BrokerError
        If the broker cannot be reached, or tells of no rounds; if a schema registry that a topic
        wants does not answer.
    InputError
        If rounds are missing or contradict each other.
    """
    with onlooker(broker_of(job)) as reader:
        # Rounds first: whatever they have read is in the topics by then.
        rounds, runs = _rounds(reader, topic_of(job, ROUNDS_OUTPUT))
        extents = {topic.name: reader.extents(topic.name) for topic in broker_of(job).topics}
        total = sum(one.high - one.low for own in extents.values() for one in own.values())
        records: dict[str, int] = {}
        ids: dict[str, set[int]] = {
            topic.name: set() for topic in broker_of(job).topics if topic.encoding != "json"
        }
        for topic, own in extents.items():
            done = sum(records.values())
            told = partial(_tell, progress, done, total)
            records |= _export(reader, folder, topic, own, told, ids.get(topic))
    registry = registry_of(job)
    if registry is not None:
        known = (registry.find(number) for number in sorted(set().union(*ids.values())))
        write_schemas(folder, (schema for schema in known if schema is not None))
    with written_whole(folder / ROUNDS) as file:  # last: without it the folder is no export
        file.writelines(encode(one) + b"\n" for one in rounds)
    places = {
        partition_name(topic, number): extent
        for topic, own in extents.items()
        for number, extent in own.items()
    }
    return Exported(len(rounds), runs, records, *_compared(rounds, places))


def _tell(progress: Callable[[int, int], object], done: int, total: int, more: int) -> None:
    progress(done + more, total)


def _rounds(reader: Onlooker, topic: str) -> tuple[list[Round], int]:
    """Return the rounds of the last run, and of how many runs there are some."""
    by_run: dict[str, list[tuple[str, Round]]] = {}
    last = ""
    for number, extent in reader.extents(topic).items():
        for one in chain.from_iterable(reader.read(topic, {number: extent})):
            place = f"topic {topic}, partition {number}, offset {one.offset}"
            message = decode_message(one.value or b"", place)
            last = message.run
            by_run.setdefault(last, []).extend((place, round_) for round_ in message.rounds)
    if not last:
        msg = (
            f"topic {topic}: holds no rounds, so nobody can tell in which order the records were "
            "read; has `rtm run` read from this broker, with this name and kafka.written.prefix?"
        )
        raise BrokerError(msg)
    return list(in_order(by_run[last])), len(by_run)


def _export(
    reader: Onlooker,
    folder: Path,
    topic: str,
    extents: Mapping[int, Extent],
    told: Callable[[int], object],
    ids: set[int] | None,
) -> dict[str, int]:
    """Write a file a partition of a topic; return how many records each has.

    The ids of the schemas that they are written by are added to `ids`, unless it is None.
    """
    (folder / topic).mkdir()
    with ExitStack() as files:
        writers = {
            number: files.enter_context(
                partition_writer(partition_path(folder, partition_name(topic, number)), extent.low)
            )
            for number, extent in extents.items()
        }
        done = 0
        for found in reader.read(topic, extents):
            for one in found:
                record = StoredRecord(one.offset, one.timestamp, one.key, one.value)
                writers[one.partition].add(record)
            if ids is not None:
                framed = (schema_of(one.value or b"") for one in found)
                ids.update(number for number in framed if number is not None)
            done += len(found)
            told(done)
    return {partition_name(topic, number): one.written for number, one in writers.items()}


def _compared(rounds: list[Round], extents: Mapping[str, Extent]) -> tuple[int, tuple[str, ...]]:
    """Return how many records no round has read, and the partitions that have lost some."""
    lows = {name: extent.low for name, extent in extents.items()}
    begun, ends = dict[str, int](), dict(lows)
    for one in rounds:
        begun.update(one.joined)
        ends.update(one.joined)
        ends.update(one.ends)
    unread = sum(max(0, one.high - max(ends[name], one.low)) for name, one in extents.items())
    read = {name: start for name, start in begun.items() if ends[name] > start}
    return unread, tuple(sorted(name for name, at in read.items() if lows.get(name, at) > at))
