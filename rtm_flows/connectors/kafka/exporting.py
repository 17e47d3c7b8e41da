"""Topics and their rounds written as files, from which a job can be run again.

In: a broker that a job has read from. Out: a folder as `rtm_flows.connectors.exported` reads it,
with the schemas of records that have some. It refuses to know what a record means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rtm_flows.config import Job
from rtm_flows.connectors.exported import ROUNDS, ExportedTopics, partition_path
from rtm_flows.connectors.kafka.history import history_of, past_of
from rtm_flows.connectors.kafka.names import ROUNDS as ROUNDS_OUTPUT
from rtm_flows.connectors.kafka.names import broker_of, topic_of
from rtm_flows.connectors.kafka.reading import Extent, Onlooker, onlooker
from rtm_flows.connectors.kafka.registry import registry_of
from rtm_flows.connectors.partition_files import (
    PartitionFile,
    PartitionWriter,
    StoredRecord,
    partition_writer,
)
from rtm_flows.connectors.past import write_note
from rtm_flows.connectors.round_lines import RoundLines
from rtm_flows.connectors.rounds import Round, Rounds, decode_message, in_order, partition_name
from rtm_flows.connectors.schemas.framing import schema_of
from rtm_flows.connectors.schemas.schema_file import write_schemas
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import BrokerError, InputError

_LATEST = 16
"""Messages at the end of the control log of which one at least is no mark of the broker's own."""


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
        The job; its `[kafka]` names the broker and the topics. Of its history, if it has one, are
        the records that the broker no longer has.
    folder
        Where to; it must be there, and empty.
    progress
        Told how much is done, and how much there is to do.

    Raises
    ------
    BrokerError
        If the broker cannot be reached, or tells of no rounds; if a schema registry that a topic
        wants does not answer.
    InputError
        If rounds are missing or contradict each other.
    """
    # Rounds first: whatever they have read is in the topics by then. Their file has its name last:
    # without it the folder is no export.
    with onlooker(broker_of(job)) as reader, written_whole(folder / ROUNDS) as file:
        told = _RoundsRead(reader, topic_of(job, ROUNDS_OUTPUT))
        extents = {topic.name: reader.extents(topic.name) for topic in broker_of(job).topics}
        messages, records = told.messages, _count(extents.values())
        total = messages + records
        course = _Course()
        for one in told.rounds(RoundLines(file), lambda done: progress(done, total)):
            course.add(one)
        written: dict[str, int] = {}
        ids: dict[str, set[int]] = {
            topic.name: set() for topic in broker_of(job).topics if topic.encoding != "json"
        }
        kept = _kept(job, extents)
        for topic, own in extents.items():
            done = messages + sum(written.values())
            more = partial(_tell, progress, done, total)
            written |= _export(reader, folder, topic, own, more, ids.get(topic), kept)
        _write_schemas(job, folder, ids.values())
        _note_files(job, folder, course.files)
    places = {
        name: extent._replace(low=kept[name].began) if name in kept else extent
        for name, extent in _named(extents)
    }
    return Exported(course.rounds, told.runs, written, *course.compared(places))


def _write_schemas(job: Job, folder: Path, ids: Iterable[set[int]]) -> None:
    """Write the schemas that records of topics are written by, beside these."""
    registry = registry_of(job)
    if registry is not None:
        known = (registry.find(number) for number in sorted(set().union(*ids)))
        write_schemas(folder, (schema for schema in known if schema is not None))


def _note_files(job: Job, folder: Path, digests: Iterable[str]) -> None:
    """Note the files that the rounds begin with, beside these.

    Raises
    ------
    InputError
        If the job's history is not that.
    """
    for digest in digests:
        past = past_of(job)
        if past is None or past.digest != digest:
            msg = (
                f"the rounds begin with files of the digest {digest}; name them as they were for "
                "the run: --bootstrap"
            )
            raise InputError(msg)
        write_note(folder, past)


def _named(extents: Mapping[str, Mapping[int, Extent]]) -> Iterator[tuple[str, Extent]]:
    for topic, own in extents.items():
        for number, extent in own.items():
            yield partition_name(topic, number), extent


def _kept(job: Job, extents: Mapping[str, Mapping[int, Extent]]) -> dict[str, PartitionFile]:
    """Return the files of the job's history that hold what the broker no longer has."""
    history = history_of(job)
    files = history.files if isinstance(history, ExportedTopics) else {}
    return {
        name: files[name]
        for name, extent in _named(extents)
        if name in files and files[name].began < extent.low <= files[name].end
    }


def _count(extents: Iterable[Mapping[int, Extent]]) -> int:
    return sum(one.high - one.low for own in extents for one in own.values())


def _tell(progress: Callable[[int, int], object], done: int, total: int, more: int) -> None:
    progress(done + more, total)


class _RoundsRead:
    """The control log: the rounds of its last run, in a memory that does not grow with them."""

    def __init__(self, reader: Onlooker, topic: str) -> None:
        self._reader = reader
        self._topic = topic
        self._extents = reader.extents(topic)
        self._runs: set[str] = set()
        self._last = self._last_run()

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return _count([self._extents])

    @property
    def runs(self) -> int:
        """Of how many runs there were rounds, once these are read."""
        return len(self._runs)

    def rounds(self, lines: RoundLines, told: Callable[[int], object]) -> Iterator[Round]:
        """Write the rounds into lines, each once, and yield them."""
        for one in in_order(self._recorded(told), earlier=lines.find):
            lines.add(one)
            yield one

    def _recorded(self, told: Callable[[int], object]) -> Iterator[tuple[str, Round]]:
        for done, (place, message) in enumerate(self._messages(self._extents), start=1):
            self._runs.add(message.run)
            if message.run == self._last:
                for one in message.rounds:
                    yield place, one
            told(done)

    def _messages(self, extents: Mapping[int, Extent]) -> Iterator[tuple[str, Rounds]]:
        for number, extent in extents.items():
            for one in chain.from_iterable(self._reader.read(self._topic, {number: extent})):
                place = f"topic {self._topic}, partition {number}, offset {one.offset}"
                yield place, decode_message(one.value or b"", place)

    def _last_run(self) -> str:
        """Return the run that has recorded last."""
        ends = {
            number: one._replace(low=max(one.low, one.high - _LATEST))
            for number, one in self._extents.items()
        }
        last = ""
        for _, message in self._messages(ends):
            last = message.run
        if not last:
            msg = (
                f"topic {self._topic}: holds no rounds, so nobody can tell in which order the "
                "records were read; has `rtm run` read from this broker, with this name and "
                "kafka.written.prefix?"
            )
            raise BrokerError(msg)
        return last


class _Course:
    """How far rounds have come."""

    def __init__(self) -> None:
        self.rounds = 0
        self._begun: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self.files: set[str] = set()
        """Digests of the files that the rounds begin with."""

    def add(self, one: Round) -> None:
        """Take a round in."""
        self.rounds += 1
        if one.history is not None:
            self.files.add(one.history)
        self._begun.update(one.joined)
        self._ends.update(one.joined)
        self._ends.update(one.ends)

    def compared(self, extents: Mapping[str, Extent]) -> tuple[int, tuple[str, ...]]:
        """Return how many records no round has read, and the partitions that have lost some."""
        lows = {name: extent.low for name, extent in extents.items()}
        ends = {**lows, **self._ends}
        unread = sum(max(0, one.high - max(ends[name], one.low)) for name, one in extents.items())
        read = {name: start for name, start in self._begun.items() if ends[name] > start}
        return unread, tuple(sorted(name for name, at in read.items() if lows.get(name, at) > at))


def _export(
    reader: Onlooker,
    folder: Path,
    topic: str,
    extents: Mapping[int, Extent],
    told: Callable[[int], object],
    ids: set[int] | None,
    kept: Mapping[str, PartitionFile],
) -> dict[str, int]:
    """Write a file a partition of a topic; return how many records each has.

    The ids of the schemas that they are written by are added to `ids`, unless it is None.
    """
    (folder / topic).mkdir()
    with ExitStack() as files:
        writers: dict[int, PartitionWriter] = {}

        def add(number: int, records: Iterable[StoredRecord]) -> None:
            for one in records:
                writers[number].add(one)
                if ids is not None and (schema := schema_of(one.value or b"")) is not None:
                    ids.add(schema)

        for number, extent in extents.items():
            name = partition_name(topic, number)
            file = kept.get(name)
            began = extent.low if file is None else file.began
            writer = partition_writer(partition_path(folder, name), began)
            writers[number] = files.enter_context(writer)
            add(number, () if file is None else file.stored(extent.low))
        done = 0
        for found in reader.read(topic, extents):
            for one in found:
                add(one.partition, [StoredRecord(one.offset, one.timestamp, one.key, one.value)])
            done += len(found)
            told(done)
    return {partition_name(topic, number): one.written for number, one in writers.items()}
