"""Topics and their rounds written as files, from which a job can be run again.

In: a broker that a job has read from. Out: a folder as `rtm_flows.connectors.exported` reads it. It
refuses to know what a record means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rtm_flows.config import Job
from rtm_flows.connectors.exported import ROUNDS, partition_path
from rtm_flows.connectors.kafka.names import ROUNDS as ROUNDS_OUTPUT
from rtm_flows.connectors.kafka.names import broker_of, topic_of
from rtm_flows.connectors.kafka.reading import Extent, Onlooker, onlooker
from rtm_flows.connectors.partition_files import StoredRecord, write_partition
from rtm_flows.connectors.rounds import Round, decode_message, encode, in_order, partition_name
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
        If the broker cannot be reached, or tells of no rounds.
    InputError
        If rounds are missing or contradict each other.
    """
    with onlooker(broker_of(job)) as reader:
        # Rounds first: whatever they have read is in the topics by then.
        rounds, runs = _rounds(reader, topic_of(job, ROUNDS_OUTPUT))
        extents = {
            (topic.name, number): extent
            for topic in broker_of(job).topics
            for number, extent in reader.extents(topic.name).items()
        }
        total = sum(extent.high - extent.low for extent in extents.values())
        records: dict[str, int] = {}
        for (topic_name, number), extent in extents.items():
            name = partition_name(topic_name, number)
            path = partition_path(folder, name)
            path.parent.mkdir(exist_ok=True)
            done = sum(records.values())
            found = _counted(_stored(reader, topic_name, number, extent), done, total, progress)
            records[name] = write_partition(path, found, extent.low)
    with written_whole(folder / ROUNDS) as file:  # last: without it the folder is no export
        file.writelines(encode(one) + b"\n" for one in rounds)
    lows = {partition_name(*place): extent.low for place, extent in extents.items()}
    highs = {partition_name(*place): extent.high for place, extent in extents.items()}
    return Exported(len(rounds), runs, records, *_compared(rounds, lows, highs))


def _rounds(reader: Onlooker, topic: str) -> tuple[list[Round], int]:
    """Return the rounds of the last run, and of how many runs there are some."""
    by_run: dict[str, list[tuple[str, Round]]] = {}
    for number, extent in reader.extents(topic).items():
        for one in chain.from_iterable(reader.read(topic, {number: extent})):
            place = f"topic {topic}, partition {number}, offset {one.offset}"
            message = decode_message(one.value or b"", place)
            told = by_run.pop(message.run, [])
            # Behind all others: the run that has recorded last is the one that counts.
            by_run[message.run] = told + [(place, round_) for round_ in message.rounds]
    if not by_run:
        msg = (
            f"topic {topic}: holds no rounds, so nobody can tell in which order the records were "
            "read; has `rtm run` read from this broker, with this name and kafka.written.prefix?"
        )
        raise BrokerError(msg)
    return list(in_order(by_run[next(reversed(by_run))])), len(by_run)


def _stored(reader: Onlooker, topic: str, number: int, extent: Extent) -> Iterator[StoredRecord]:
    for found in reader.read(topic, {number: extent}):
        for one in found:
            yield StoredRecord(one.offset, one.timestamp, one.key, one.value)


def _counted(
    records: Iterable[StoredRecord], done: int, total: int, progress: Callable[[int, int], object]
) -> Iterator[StoredRecord]:
    for count, one in enumerate(records, start=done + 1):
        if not count % 1000:
            progress(count, total)
        yield one


def _compared(
    rounds: list[Round], lows: dict[str, int], highs: dict[str, int]
) -> tuple[int, tuple[str, ...]]:
    """Return how many records no round has read, and the partitions that have lost some."""
    ends = dict(lows)
    begun: dict[str, int] = {}
    for one in rounds:
        begun.update(one.joined)
        ends.update(one.joined)
        ends.update(one.ends)
    unread = sum(max(0, high - max(ends[name], lows[name])) for name, high in highs.items())
    read = {name: start for name, start in begun.items() if ends[name] > start}
    return unread, tuple(sorted(name for name, at in read.items() if lows.get(name, at) > at))
