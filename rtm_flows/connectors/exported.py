"""Exported topics as an input: the rounds that a job has read, repeated from files.

In: a folder of a file a partition, and the rounds. Out: one partition, in which each round is the
batch that it was when it was read from the broker. It refuses to know how the files came to be.

The folder holds `rounds.jsonl`, a round a line, and of partition 3 of the topic `clicks` the file
`clicks/3.parquet`; of topics behind a schema registry also `schemas.jsonl`, a schema a line. Where
rounds begin with files of events, `history.json` names these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.files import InputFiles, list_files, open_file
from rtm_flows.connectors.partition_files import PartitionFile
from rtm_flows.connectors.past import NOTE, Course, PastRounds, noted
from rtm_flows.connectors.rounds import Round, decode, in_order, partition_name
from rtm_flows.connectors.schemas.schema_file import SCHEMAS, SchemaFile
from rtm_flows.connectors.sequence import Records, Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import InputError

ROUNDS = "rounds.jsonl"
"""The file of rounds: what tells a folder of exported topics from others."""
_SUFFIX = ".parquet"


def partition_path(folder: Path, partition: str) -> Path:
    """Return the file of a partition, as rounds name it.

    Examples
    --------
    >>> partition_path(Path("export"), "clicks/3").as_posix()
    'export/clicks/3.parquet'
    """
    return folder / f"{partition}{_SUFFIX}"


def exported_topics(job: Job, work: Path | None = None) -> ExportedTopics | None:
    """Return a job's input if it is a folder of exported topics, else None.

    Parameters
    ----------
    work
        Folder for the sorted files that its rounds may begin with; None sorts in memory.

    Raises
    ------
    InputError
        If one of its files cannot be read.
    """
    paths = job.input.paths
    if job.kafka is None or len(paths) != 1 or not (Path(paths[0]) / ROUNDS).is_file():
        return None
    return ExportedTopics(job, Path(paths[0]), work)


class ExportedTopics:
    """The records of topics that a job has read, in the rounds in which it did.

    Parameters
    ----------
    job
        The job; its `[kafka]` names the topics.
    folder
        Where `rtm export` has written.
    work
        Folder for the sorted files that its rounds may begin with; None sorts in memory.

    Raises
    ------
    InputError
        If a file cannot be read.
    """

    partitions = 1
    sorted = False

    def __init__(self, job: Job, folder: Path, work: Path | None = None) -> None:
        self.job = job
        self.past = noted(job, folder, work)
        self.folder = folder
        self.paths = (str(folder),)
        self.files = self._found()
        rounds = folder / ROUNDS
        topics = () if job.kafka is None else job.kafka.topics
        encoded = any(topic.encoding != "json" for topic in topics)
        self.schemas = SchemaFile(folder) if encoded else None
        paths = [str(rounds), *(str(file.path) for file in self.files.values())]
        paths += [str(folder / SCHEMAS)] * encoded
        self.listed = list_files(InputFiles(paths=tuple(paths), file_format="parquet"))
        self.total_bytes = sum(file.bytes for file in self.files.values())
        if self.past is not None:
            self.listed += self.past.listed
            self.total_bytes += self.past.total_bytes

    def _found(self) -> dict[str, PartitionFile]:
        """Return the files of all partitions of the job's topics."""
        found: dict[str, PartitionFile] = {}
        for topic in () if self.job.kafka is None else self.job.kafka.topics:
            for path in sorted((self.folder / topic.name).glob(f"*{_SUFFIX}")):
                if path.stem.isdigit():
                    found[partition_name(topic.name, int(path.stem))] = PartitionFile(path)
        return found

    @property
    def fingerprint(self) -> str:
        """A hash of all that the records depend on, apart from the parser."""
        content = msgspec.json.encode(self.listed)
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    def rounds(self, first: int = 0) -> Iterator[Round]:
        """Yield the rounds from this number on, each once.

        Raises
        ------
        InputError
            If one is missing or contradicts another, with its place.
        """
        return in_order(self._recorded(), first)

    def _recorded(self) -> Iterator[tuple[str, Round]]:
        path = str(self.folder / ROUNDS)
        with open_file(path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    place = f"{path}, line {number}"
                    yield place, decode(line, place)

    @cached_property
    def course(self) -> Course:
        """How far its rounds go; all are looked at once."""
        ends: dict[str, int] = {}
        count = 0
        for one in self.rounds():
            ends.update(one.joined)
            ends.update(one.ends)
            count += 1
        return Course(count, ends)

    @property
    def unread(self) -> int:
        """How many records lie behind the last round: no round tells when they were read."""
        ends = self.course.ends
        return sum(file.count_from(ends.get(name, 0)) for name, file in self.files.items())

    @property
    def newest(self) -> int | None:
        """The broker's largest time of a record, in ms; None where it has told none.

        Where it begins with files, the largest time of their events counts too.
        """
        told = [file.newest for file in self.files.values()]
        told += [] if self.past is None else [self.past.newest]
        return max((time for time in told if time is not None), default=None)

    def rounds_from(self, first: int, ends: Mapping[str, int]) -> ExportedRounds:
        """Return its rounds from this number on; `ends` is where those before left partitions."""
        return ExportedRounds(self, first, ends)

    def open(self, partition: int, position: bytes | None = None) -> ExportedReader:
        """Read the rounds from the first, or from a position taken earlier."""
        return ExportedReader(self, position)


class ExportedRounds:
    """The rounds of a folder one after the other, each with its records.

    Parameters
    ----------
    source
        The folder.
    first
        Number of the first round that is wanted.
    ends
        Where the partitions are that were read before it.
    """

    def __init__(self, source: ExportedTopics, first: int, ends: Mapping[str, int]) -> None:
        self._source = source
        self._rounds = source.rounds(first)
        self._first = first
        self._ends = dict(ends)
        self._open: dict[str, _Ahead] = {}
        self._past: PastRounds | None = None

    def next(self) -> tuple[Round, Records | Batch] | None:
        """Return the next round, and what it has read; None behind the last that is recorded.

        Raises
        ------
        InputError
            If a file cannot be read, or does not hold what the round has read.
        """
        round_ = next(self._rounds, None)
        if round_ is None:
            return None
        if round_.history is not None:
            return round_, self._of_files(round_)
        self._ends |= round_.joined
        records = {
            name: self._partition(name, self._ends.get(name, 0), round_).up_to(end)
            for name, end in round_.ends.items()
        }
        self._ends |= round_.ends
        return round_, records

    def _of_files(self, round_: Round) -> Batch:
        """Return what a round has read of the files before the topics."""
        past, folder = self._source.past, self._source.folder
        if past is None:
            msg = f"{folder}: its rounds begin with files, and there is no {NOTE} to name them"
            raise InputError(msg)
        if self._past is None:
            self._past = past.rounds_from(self._first, {})
        found = self._past.next()
        if found is None or found[0] != round_:
            msg = (
                f"{', '.join(past.files)}: not what the rounds in {folder} begin with, by its "
                f"digest: wanted {round_.history}, got {past.digest}. Put back what was there"
            )
            raise InputError(msg)
        return found[1]

    def _partition(self, name: str, offset: int, round_: Round) -> _Ahead:
        if name not in self._open:
            file = self._source.files.get(name)
            if file is None:
                path = partition_path(self._source.folder, name)
                msg = f"round {round_.number} has read {name}, but there is no {path}"
                raise InputError(msg)
            if offset < file.began:
                msg = (
                    f"round {round_.number} has read {name} from offset {offset} on, but when it "
                    f"was exported the broker had nothing before {file.began} any more: the round "
                    "cannot be repeated; let the broker keep more, and export in time"
                )
                raise InputError(msg)
            self._open[name] = _Ahead(file.records(offset))
        return self._open[name]

    def close(self) -> None:
        """Close the files; what was handed out stays good."""
        self._open.clear()
        if self._past is not None:
            self._past.close()


class ExportedReader:
    """Repeats rounds, from a position on."""

    def __init__(self, source: ExportedTopics, position: bytes | None) -> None:
        self._sequencer = Sequencer(source.job, source.schemas)
        if position is not None:
            self._sequencer.load(position)
        self._rounds = ExportedRounds(source, self._sequencer.number, self._sequencer.ends)

    def next(self) -> Batch | None:
        """Return the next round as a batch, None behind the last, which ends the input.

        Raises
        ------
        InputError
            If a file cannot be read, or no longer holds what the round has read.
        """
        if self._sequencer.ended:
            return None
        found = self._rounds.next()
        # A job that was stopped has recorded no last round; here its log ends all the same.
        return taken(
            self._sequencer, *(found or (Round(number=self._sequencer.number, last=True), {}))
        )

    def position(self) -> bytes:
        """Return where reading goes on after what `next` has returned so far."""
        return self._sequencer.save()

    def close(self) -> None:
        """Close the files; the batches handed out stay good."""
        self._rounds.close()


def taken(sequencer: Sequencer, round_: Round, found: Records | Batch) -> Batch:
    """Return the batch of the next round, whether it is one of topics or of files before them."""
    if isinstance(found, Batch):
        return sequencer.take_past(round_, found)
    return sequencer.take(round_, found)


class _Ahead:
    """Records of one partition, of which one is looked at ahead."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = records
        self._next = next(records, None)

    def up_to(self, end: int) -> list[Record]:
        """Return the records before this offset that were not yet returned."""
        found: list[Record] = []
        while self._next is not None and self._next.offset < end:
            found.append(self._next)
            self._next = next(self._records, None)
        return found
