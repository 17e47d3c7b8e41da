"""The topics of a job as a live input: one reader of all partitions, the sequencer.

In: a job, and the file that holds its latest rounds. Out: the reader, gone on to where it was. What
cannot be gone on with is refused here, before anything is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from rtm_flows.config import Job
from rtm_flows.config.kafka_checks import start_of
from rtm_flows.connectors.kafka.consumer import Bounds, TopicConsumer, overtaken
from rtm_flows.connectors.kafka.growth import Growth
from rtm_flows.connectors.kafka.history import History, history_of, told_until
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.reader import HistoryRounds, KafkaReader, Opened, Position
from rtm_flows.connectors.kafka.registry import registry_of
from rtm_flows.connectors.kafka.rounds_topic import RoundsTopic
from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.rounds_file import RoundsFile
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.errors import BrokerError, RecoveryError
from rtm_flows.operating.logs import log
from rtm_flows.operating.meters import Meters


class _Before(NamedTuple):
    """A history that is not over yet, how many rounds are behind it, and where they leave off."""

    history: HistoryRounds | None
    rounds: int
    ends: dict[str, int]


class KafkaInput:
    """The topics of a job.

    Parameters
    ----------
    job
        The job; its `[kafka]` names broker and topics.
    rounds
        The file of the latest rounds; None where nothing is to be recovered.
    work
        Folder for what is sorted of a history; None sorts in memory.
    to_end
        Whether to stop where the topics end when reading begins.
    clock
        Seconds that only ever grow: by them a partition is silent.
    meters
        Told how far reading has come; None where nobody looks at metrics.
    """

    def __init__(
        self,
        job: Job,
        rounds: Path | None = None,
        *,
        work: Path | None = None,
        to_end: bool = False,
        clock: Callable[[], float] = time.monotonic,
        meters: Meters | None = None,
    ) -> None:
        self._job, self._rounds, self._to_end, self._clock = job, rounds, to_end, clock
        self._work, self._meters = work, meters or Meters()
        self._reader: KafkaReader | None = None
        self._before_topics = 0

    @property
    def lag(self) -> int | None:
        """Records that waited in the topics when the last epoch ended; None if not known here."""
        return None if self._reader is None else self._reader.lag

    @property
    def ends(self) -> bool:
        """Whether it comes to an end by itself."""
        return self._to_end

    @cached_property
    def history(self) -> History | None:
        """What comes before the topics."""
        return history_of(self._job, self._work)

    def told_until(self) -> int | None:
        """Until when nothing is delivered, in ms; None where there is no history."""
        return told_until(self.history)

    @property
    def history_read(self) -> float | None:
        """Which share of the history was read; None where it is over, or not known here."""
        if self._reader is None or not self._reader.in_history:
            return None
        return self._reader.rounds / max(1, self._before_topics)

    def follow(self, position: bytes | None = None) -> KafkaReader:
        """Read from where the job says, or from a position taken earlier.

        Raises
        ------
        BrokerError
            If the broker cannot be reached, lacks a topic, or no longer holds what comes next; or
            if the schema registry that a topic wants does not answer.
        RecoveryError
            If the file of rounds does not fit the position.
        """
        with ExitStack() as opened:
            self._reader = self._opened(position, opened)
            opened.pop_all()
        return self._reader

    def _opened(self, position: bytes | None, opened: ExitStack) -> KafkaReader:
        """Return the reader; what was opened is closed again unless that succeeds."""
        rounds = RoundsFile(self._rounds)
        opened.callback(rounds.close)
        registry = registry_of(self._job)
        if registry is not None:
            registry.check()
        sequencer = Sequencer(self._job, registry)
        if position is not None:
            self._go_on(sequencer, rounds, msgspec.msgpack.decode(position, type=Position))
        before = self._before(sequencer)
        recorded = [one for one in rounds.since(sequencer.number) if one.number >= before.rounds]
        consumer, topic = TopicConsumer(self._job), RoundsTopic(self._job, rounds.run)
        opened.callback(consumer.close)
        topic.check()
        bounds = consumer.bounds()
        known = before.ends | {k: v for one in recorded for k, v in one.joined.items()}
        _check(known, recorded, bounds)
        joining = self._joining(known, bounds, consumer)
        consumer.assign(known | joining, bounds, to_end=self._to_end)
        growth = Growth(broker_of(self._job), bounds)
        parts = Opened(sequencer, rounds, consumer, topic, growth, joining, before.history)
        return KafkaReader(broker_of(self._job), parts, recorded, self._clock, self._meters)

    def _before(self, sequencer: Sequencer) -> _Before:
        """Return what comes before the first round that is read from the broker."""
        history = self.history
        if history is None or history.course.rounds <= sequencer.number:
            return _Before(None, sequencer.number, sequencer.ends)
        self._before_topics = history.course.rounds
        rounds = history.rounds_from(sequencer.number, sequencer.ends)
        return _Before(rounds, *history.course)

    def _go_on(self, sequencer: Sequencer, rounds: RoundsFile, position: Position) -> None:
        if position.run != rounds.run:
            msg = (
                f"{self._rounds}: must hold the rounds of run {position.run}, which is resumed; it "
                f"holds those of {rounds.run}. Restore it, or start anew with an empty folder"
            )
            raise RecoveryError(msg)
        sequencer.load(position.sequence)

    def _joining(
        self, known: Mapping[str, int], bounds: Mapping[str, Bounds], consumer: TopicConsumer
    ) -> dict[str, int]:
        """Return the partitions that are read for the first time, and from where on."""
        new = [name for name in bounds if name not in known]
        start = broker_of(self._job).start
        if known and new:
            log().warning("new_partitions_from_their_beginning", partitions=new)
        if known or start == "earliest":
            return {name: bounds[name].low for name in new}
        if start == "latest":
            return {name: bounds[name].high for name in new}
        return consumer.offsets_at(start_of(start), bounds)


def _check(known: Mapping[str, int], recorded: list[Round], bounds: Mapping[str, Bounds]) -> None:
    """Refuse to go on where the broker no longer holds what comes next."""
    wanted = {name: (offset, offset) for name, offset in known.items()}
    for one in recorded:
        wanted |= {name: (wanted[name][0], end) for name, end in one.ends.items()}
    for name, (offset, end) in wanted.items():
        if name not in bounds:
            msg = f"kafka: {name} was read before, and is no longer there; restore the topic"
            raise BrokerError(msg)
        if not bounds[name].low <= offset <= end <= bounds[name].high:
            raise overtaken(name, offset, bounds[name])
