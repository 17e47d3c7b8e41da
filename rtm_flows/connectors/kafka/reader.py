"""The reader of all topics of a job: look, record the round, hand it out.

In: a consumer that is placed, and the rounds to repeat. Out: a batch a round. The clock decides
only which round a record is in and when a silent partition no longer holds time back, and both are
recorded before anybody sees what they brought.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.batches import Batch
from rtm_flows.connectors.exported import ExportedRounds, taken
from rtm_flows.connectors.kafka.consumer import TopicConsumer
from rtm_flows.connectors.kafka.growth import Growth
from rtm_flows.connectors.kafka.holding import Alignment, Silence
from rtm_flows.connectors.kafka.rounds_topic import RoundsTopic
from rtm_flows.connectors.live import Pause
from rtm_flows.connectors.past import PastRounds
from rtm_flows.connectors.rounds import Round, topic_and_number
from rtm_flows.connectors.rounds_file import RoundsFile
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.lanes.progress import START
from rtm_flows.metrics import LAG_RECORDS, PARTITIONS_ASSIGNED
from rtm_flows.operating.meters import Meters
from rtm_flows.times import parse_duration

CREDIT_RECORDS = 500_000
CREDIT_BYTES = 256 << 20
"""What is handed out in one epoch at most, so that memory is bounded however long it lasts."""
_LOOKS = 5
"""Looks in one `kafka.round` where something has come a moment ago."""
_MOMENT = 1.0


HistoryRounds = ExportedRounds | PastRounds
"""The rounds of a history, one after the other."""


class Position(msgspec.Struct, array_like=True):
    """Where a run goes on: what all partitions have come to, and whose rounds these are."""

    run: str
    sequence: bytes


class Opened(NamedTuple):
    """All that a reader reads by.

    `joining` are the partitions that no round tells of yet, and where they begin. `history` comes
    before all that is read from the broker; None where there is none, or it is over.
    """

    sequencer: Sequencer
    rounds: RoundsFile
    consumer: TopicConsumer
    topic: RoundsTopic
    growth: Growth
    joining: dict[str, int]
    history: HistoryRounds | None = None


class KafkaReader:
    """Reads the topics of a job.

    Parameters
    ----------
    rule
        The broker, and how its topics are read.
    opened
        What it reads by.
    recorded
        Rounds to be repeated before any other.
    clock
        Seconds that only ever grow.
    meters
        Told how far reading has come.
    """

    def __init__(
        self,
        rule: Kafka,
        opened: Opened,
        recorded: Iterable[Round],
        clock: Callable[[], float],
        meters: Meters,
    ) -> None:
        self._sequencer, self._rounds, self._consumer = (
            opened.sequencer,
            opened.rounds,
            opened.consumer,
        )
        self._topic, self._growth, self._joining = opened.topic, opened.growth, opened.joining
        self._history = opened.history
        self._recorded = deque(recorded)
        self._clock = clock
        self._most, self._every = rule.most, parse_duration(rule.round) / 1000
        self._silence = Silence(parse_duration(rule.idle) / 1000)
        self._alignment = Alignment(parse_duration(rule.align))
        self._buffers: dict[str, list[Record]] = {}
        self._untold = self._rounds.since_the_oldest()
        self._noted = max((one.number for one in self._untold), default=-1)
        self._due = self._came = clock()
        self._left = [CREDIT_RECORDS, CREDIT_BYTES]
        self.lag = 0
        """Records that the broker held and that were not handed out when the last epoch ended."""
        self._meters = meters
        meters.set(PARTITIONS_ASSIGNED, len(self._consumer.reached))
        self._tell_mark()
        if self._history is not None:
            self._consumer.pause(self._consumer.reached)
        self._pause_repeated()

    @property
    def in_history(self) -> bool:
        """Whether the history is not over yet."""
        return self._history is not None

    @property
    def rounds(self) -> int:
        """How many rounds were handed out."""
        return self._sequencer.number

    def next(self) -> Batch | Pause | None:
        """Return the batch of the next round, a pause where there is none, None at the end.

        Raises
        ------
        BrokerError
            If the broker does not hold or take what it should.
        """
        if self._sequencer.ended:
            self._tell()
            self._topic.settle()
            return None
        now = self._clock()
        if now < self._due:
            return Pause(self._due - now)
        if min(self._left) <= 0:
            return Pause(self._every)
        batch = self._next(now)
        if batch is None:
            pause = self._every / _LOOKS if now - self._came < _MOMENT else self._every
            self._due = now + pause
            return Pause(pause)
        self._came = now
        self._tell_mark()
        self._left = [self._left[0] - batch.records, self._left[1] - batch.bytes_read]
        return batch

    def epoch(self) -> None:
        """Note that an epoch ends: tell its rounds, and make sure that those before are written."""
        self._left = [CREDIT_RECORDS, CREDIT_BYTES]
        self._tell_lags()
        self._topic.settle()
        self._tell()
        self._rounds.snapshot(self._sequencer.number)
        if ends := self._sequencer.ends:
            self._consumer.commit(ends)

    def position(self) -> bytes:
        """Return where reading goes on after what was handed out so far."""
        return msgspec.msgpack.encode(Position(self._rounds.run, self._sequencer.save()))

    def close(self) -> None:
        """Leave the broker; what it has not confirmed by now is told again on a resume."""
        if self._history is not None:
            self._history.close()
        self._growth.close()
        self._topic.close()
        self._consumer.close()
        self._rounds.close()

    def _next(self, now: float) -> Batch | None:
        """Return the batch of the next round: of the history, a recorded one, or a new one."""
        if self._history is not None:
            batch = self._of_history(self._history)
            if batch is not None:
                return batch
            self._history.close()
            self._history = None
            self._consumer.resume(self._consumer.reached)
            self._pause_repeated()
        return self._repeat() if self._recorded else self._look(now)

    def _of_history(self, history: HistoryRounds) -> Batch | None:
        """Return the batch of the next round of the history, recorded first; None behind it."""
        found = history.next()
        if found is None:
            return None
        # The run that wrote the history may have come to its end; this one goes on.
        one, records = msgspec.structs.replace(found[0], last=False), found[1]
        if one.number > self._noted:
            self._rounds.add(one)
            self._untold.append(one)
        return taken(self._sequencer, one, records)

    def _look(self, now: float) -> Batch | None:
        """Return the batch of what is there now, recorded first."""
        full = self._fill() >= self._most
        records, self._buffers = {n: own for n, own in self._buffers.items() if own}, {}
        ends = {name: own[-1].offset + 1 for name, own in records.items()}
        idle = self._silence.fallen(self._sequencer, self._consumer, ends, now)
        last = self._consumer.is_done
        self._alignment.keep(self._sequencer, self._consumer)
        if not (ends or idle or last):
            return None
        self._due = now if full else now + self._every
        round_ = Round(
            number=self._sequencer.number, joined=self._joining, ends=ends, idle=idle, last=last
        )
        self._rounds.add(round_)
        self._untold.append(round_)
        self._joining = {}
        return self._sequencer.take(round_, records)

    def _repeat(self) -> Batch | None:
        """Return the batch of the next recorded round, or None while it is not here yet."""
        self._fill()
        one = self._recorded[0]
        self._pause_repeated()
        if any(self._consumer.reached[name] < end for name, end in one.ends.items()):
            return None
        self._recorded.popleft()
        records = {name: self._taken(name, end) for name, end in one.ends.items()}
        if not self._recorded:
            self._consumer.resume(self._consumer.reached)
        return self._sequencer.take(one, records)

    def _pause_repeated(self) -> None:
        """Read no further than the recorded rounds go, so that nothing piles up."""
        if self._recorded:
            wanted = {name: end for one in self._recorded for name, end in one.ends.items()}
            reached = self._consumer.reached
            self._consumer.pause(n for n in reached if reached[n] >= wanted.get(n, 0))

    def _fill(self) -> int:
        """Take what is there into the buffers; return how many records."""
        taken = self._consumer.take(self._most)
        for name, records in taken.items():
            self._buffers.setdefault(name, []).extend(records)
        return sum(map(len, taken.values()))

    def _taken(self, name: str, end: int) -> list[Record]:
        """Take out of a buffer what is before an offset."""
        own = self._buffers.get(name, [])
        self._buffers[name] = [one for one in own if one.offset >= end]
        return [one for one in own if one.offset < end]

    def _tell_mark(self) -> None:
        if self._sequencer.mark != START:
            self._meters.mark(self._sequencer.mark)

    def _tell_lags(self) -> None:
        lags = self._consumer.lags
        self.lag = sum(lags.values())
        for name, lag in lags.items():
            topic, number = topic_and_number(name)
            self._meters.set(LAG_RECORDS, lag, topic, str(number))

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        self._topic.tell(untold)
