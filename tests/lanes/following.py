"""The simulated cluster as a live job: topics cut into rounds at random, recorded, and repeated.

Beside what `tests.lanes.cluster` draws, it is drawn what every look brings and which partitions
fall silent. A crash forgets all but the last snapshot and the rounds recorded.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from rtm_flows.connectors.rounds import Round
from rtm_flows.connectors.sequence import Sequencer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.lanes.entry import Entry
from tests.lanes.cluster import Cluster, straight
from tests.lanes.streams import Stream

NAMES = ("a/0", "a/1", "b/0")
CONTROL = "b"
Log = dict[str, list[Record]]


class Topics(NamedTuple):
    """A job that reads topics, as a stream of one feed, and what the topics hold."""

    stream: Stream
    log: Log


def topics_of(given: Stream, rng: random.Random) -> Topics:
    """Return a stream as topics: a partition for each of its partitions."""
    control = rng.random() < 0.5
    plain: dict[str, Any] = {
        **given.plain,
        "input": {"kind": "kafka"},
        "outputs": {**given.plain.get("outputs", {}), "kind": "files"},
        "kafka": {"topics": [{"name": "a"}, {"name": CONTROL, "control": control}]},
    }
    log: Log = {name: [] for name in NAMES}
    for name, batches in zip(NAMES, given.partitions, strict=False):
        lines = [line for batch in batches for line in batch]
        log[name] = [Record(3 + offset, line) for offset, line in enumerate(lines)]
    return Topics(given._replace(plain=plain, partitions=[[]]), log)


class Following(Cluster):
    """Some workers on some topics.

    Parameters
    ----------
    topics
        What is read.
    workers, rng
        As for `Cluster`.
    """

    def __init__(self, topics: Topics, workers: int, rng: random.Random) -> None:
        self.log = topics.log
        self.rounds: list[Round] = []
        super().__init__(topics.stream, workers, rng)

    def _begin(self, workers: int) -> None:
        super()._begin(workers)
        self.sequencer = Sequencer(self.opened.job)

    def _read(self, partition: int) -> None:
        entry, sequencer = self.entries[partition], self.sequencer
        if sequencer.ended:
            entered = entry.end()
        else:
            if sequencer.number == len(self.rounds):
                self.rounds.append(self._look())
            round_ = self.rounds[sequencer.number]
            records = records_of(round_, sequencer, self.log)
            entered = entry.take(sequencer.take(round_, records))
        self._reach("source")
        self._to_lanes(("source", partition), "identity", entered.rows)
        self._to_writers(("source", partition), entered.written)

    def _look(self) -> Round:
        """Draw what a look brings."""
        rng, begun = self.rng, self.sequencer.ends
        joined = {} if begun else dict.fromkeys(NAMES, 3)
        ends = {}
        for name, start in (begun or joined).items():
            left = [one.offset + 1 for one in self.log[name] if one.offset >= start]
            if left and rng.random() < 0.6:
                ends[name] = rng.choice(left[: rng.choice([3, 40, 40])])
        silent = [name for name in NAMES[:2] if name not in ends and rng.random() < 0.1]
        last = not ends and all(
            not own or begun.get(name) == own[-1].offset + 1 for name, own in self.log.items()
        )
        number = self.sequencer.number
        return Round(number=number, joined=joined, ends=ends, idle=tuple(silent), last=last)

    def _save(self) -> dict[str, Any]:
        return {**super()._save(), "sequence": self.sequencer.save()}

    def _resume(self, workers: int) -> None:
        super()._resume(workers)
        self.sequencer.load(self.saved["sequence"])


def records_of(round_: Round, sequencer: Sequencer, log: Log) -> Log:
    """Return the records of a round that comes next."""
    begun = sequencer.ends | round_.joined
    return {
        name: [one for one in log[name] if begun[name] <= one.offset < end]
        for name, end in round_.ends.items()
    }


def repeated(topics: Topics, rounds: list[Round]) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return what recorded rounds give, in one worker and in one pass."""
    job, plan = topics.stream.job, topics.stream.plan
    sequencer, entry = Sequencer(job), Entry(plan, 0, in_order=False)
    entered = []
    for round_ in rounds:
        batch = sequencer.take(round_, records_of(round_, sequencer, topics.log))
        entered.append(entry.take(batch))
    return straight(plan, [*entered, entry.end()]).result
