"""A cluster simulated in one thread: workers, queues between them, epochs, and crashes.

Everything that an engine may do differently from run to run is drawn from one seed: which
partition is read next, which queue is emptied next and how far, when a pass runs, when an epoch
ends, and when the machine dies: between two moves, or in the midst of one, with some of what was
read, found out, folded, written or saved handed on and some not. Messages of one sender to one
receiver stay in order, as every engine promises; nothing else does.
"""

from __future__ import annotations

import pickle
import random
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

import msgspec

from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.decide import Decide
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.identity import Identity
from rtm_flows.lanes.know import Know
from rtm_flows.lanes.messages import Counts, Lines, Versions
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import (
    Metrics,
    contribution_of,
    counting,
    outputs,
    rows_of,
    written_by_decide,
    written_by_fold,
    written_by_know,
)
from tests.lanes.opened import Opened
from tests.lanes.streams import Stream

STEPS = ("identity", "know", "decide")
SAVES = 3
"""After so many snapshots everybody has been written again: few, so that it often happens."""
PLACES = ("queues", "source", *STEPS, "fold", "writers", "snapshot")
"""Where a machine dies: between two moves, or where such a one has not told all of what it did."""
EPOCHS = 0.05
"""The chance that a move is the end of an epoch."""
Key = tuple[str, int]


class CrashError(Exception):
    """The machine dies."""


class Outputs:
    """What the writers have written."""

    def __init__(self, plan: Plan) -> None:
        self.lines = {name: Ordered(feeds) for name, feeds in outputs(plan).items()}
        self.files = dict.fromkeys(self.lines, b"")
        self.accounting = Accounting(counting(plan), plan.name)

    def write(self, told: Any) -> None:
        """Take in one message."""
        if isinstance(told, Lines):
            self.lines[told.output].add(told)
            self.files[told.output] += self.lines[told.output].ready().data
        elif isinstance(told, Counts):
            self.accounting.add(told)
        elif isinstance(told, Metrics):
            self.accounting.add_model(told.model, told.metrics)

    @property
    def result(self) -> tuple[dict[str, bytes], dict[str, object]]:
        """All that a run leaves: files and summary."""
        # As it is written: what a writer has saved and read back holds lists for tuples.
        return self.files, msgspec.json.decode(msgspec.json.encode(self.accounting.summary()))


def straight(plan: Plan, entered: Iterable[Entered]) -> Outputs:
    """Play all that enters at once, in one worker: as far from a disturbed play as can be."""
    engine, outputs = Engine(plan), Outputs(plan)
    rows, written = list[Any](), list[Any]()
    for one in entered:
        rows += one.rows
        written += one.written
    for told in engine.push(Entered(rows, written)):
        outputs.write(told)
    return outputs


class Cluster:
    """Some workers on one stream.

    Parameters
    ----------
    stream
        What is read; opened if others read it too.
    workers
        Number of workers; lane l is worker l modulo this.
    rng
        Draws all that may differ.
    """

    def __init__(self, stream: Stream | Opened, workers: int, rng: random.Random) -> None:
        self.opened = stream if isinstance(stream, Opened) else Opened.of(stream)
        self.plan = self.opened.plan
        self.workers = workers
        self.rng = rng
        self.happened = Counter[str]()
        self._doomed: str | None = None
        self._begin(workers)
        self.parts: dict[Key, tuple[bytes, ...]] = {}
        self.saved = self._save()

    def run(self, crashes: float) -> tuple[dict[str, bytes], dict[str, object]]:
        """Run to the end; with this chance, a move brings a crash and a resume."""
        while not self._is_done():
            try:
                self._act(crashes)
            except CrashError:
                self._resume(self.rng.choice([1, 2, 3]))
        return self.outputs.result

    def _act(self, crashes: float) -> None:
        draw = self.rng.random()
        if draw < crashes:
            self._doomed = self.rng.choice(PLACES)
        self._reach("queues")
        if crashes <= draw < crashes + EPOCHS or self._doomed == "snapshot":
            self._drain()
            self.saved = self._save()
        else:
            self._move()

    def _reach(self, place: str) -> None:
        """Die here, or at one of the next times, if this is where the machine is to die."""
        if place == self._doomed and self.rng.random() < 0.5:
            self._doomed = None
            self.happened[f"crash: {place}"] += 1
            raise CrashError

    def _begin(self, workers: int) -> None:
        plan = self.plan
        self.workers = workers
        self.entries = [Entry(plan, p, in_order=False) for p in range(plan.partitions)]
        self.read = [0] * plan.partitions
        self.steps: dict[Key, Any] = {}
        for worker in range(workers):
            self.steps["identity", worker] = Identity(plan.lanes, plan.partitions)
            self.steps["know", worker] = Know(plan, SAVES)
            self.steps["decide", worker] = Decide(plan, saves=SAVES)
        self.waiting: set[Key] = set()
        self.fold = Fold(plan)
        self.outputs = Outputs(plan)
        self.queues: dict[tuple[Any, Any], deque[Any]] = {}

    def _is_done(self) -> bool:
        idle = not any(self.queues.values()) and not self.waiting
        return idle and all(entry.ended for entry in self.entries) and self.outputs.accounting.ended

    def _move(self) -> None:
        moves: list[Any] = [("read", p) for p, entry in enumerate(self.entries) if not entry.ended]
        moves += [("carry", link) for link, queue in self.queues.items() if queue]
        moves += [("pass", key) for key in sorted(self.waiting)]
        move, what = self.rng.choice(moves)
        if move == "read":
            self._read(what)
        elif move == "carry":
            for _ in range(self.rng.randint(1, len(self.queues[what]))):
                self._carry(what)
        else:
            self._pass(what)

    def _read(self, partition: int) -> None:
        entry, number = self.entries[partition], self.read[partition]
        if number < len(self.opened.partitions[partition]):
            entered = entry.take(self.opened.batch(partition, number))
            self.read[partition] += 1
        else:
            entered = entry.end()
        self._reach("source")
        self._to_lanes(("source", partition), "identity", entered.rows)
        self._to_writers(("source", partition), entered.written)

    def _carry(self, link: tuple[Any, Any]) -> None:
        """Deliver the oldest message of one queue."""
        message = self.queues[link].popleft()
        target = link[1]
        if target == "writers":
            self.outputs.write(message)
            self._reach("writers")
        elif target == "fold":
            self._folded(self.fold.run([message]))
        else:
            self.steps[target].take(*message)
            self.waiting.add(target)

    def _folded(self, versions: Versions | None) -> None:
        if versions is None:
            return
        self._reach("fold")
        everywhere = [(lane, versions) for lane in range(self.plan.lanes)]
        self._to_lanes("fold", "decide", everywhere)
        self._to_writers("fold", written_by_fold(self.fold))

    def _pass(self, key: Key) -> None:
        sender = key
        self.waiting.discard(key)
        told = self.steps[key].run()
        if not told:
            return
        self._reach(key[0])
        if key[0] == "identity":
            self._to_lanes(sender, "know", told)
        elif key[0] == "know":
            self._to_lanes(sender, "decide", rows_of(told))
            self._send(sender, "fold", contribution_of(told))
            self._to_writers(sender, written_by_know(told, self.plan))
        else:
            self._to_writers(sender, written_by_decide(told))

    def _to_lanes(self, sender: Any, step: str, messages: Any) -> None:
        for lane, message in messages:
            self._send(sender, (step, lane % self.workers), (lane, message))

    def _to_writers(self, sender: Any, written: Any) -> None:
        for message in written:
            self._send(sender, "writers", message)

    def _send(self, sender: Any, target: Any, message: Any) -> None:
        # Between processes a message travels as its bytes.
        copy = pickle.loads(pickle.dumps(message)) if self.rng.random() < 0.3 else message
        self.queues.setdefault((sender, target), deque()).append(copy)

    def _drain(self) -> None:
        """End an epoch: deliver all that is under way; passes may run now or in the next."""
        for step in STEPS:
            self._deliver(step)
            for worker in range(self.workers):
                if self.rng.random() < 0.5:
                    self._pass((step, worker))
            if step == "know":
                self._deliver("fold")
        self._deliver("writers")

    def _deliver(self, step: str) -> None:
        for link, queue in list(self.queues.items()):
            if link[1] == step or (isinstance(link[1], tuple) and link[1][0] == step):
                while queue:
                    self._carry(link)

    def _save(self) -> dict[str, Any]:
        """Return a snapshot: plain bytes and numbers only."""
        lanes = range(self.plan.lanes)
        return {
            "entries": [entry.save() for entry in self.entries],
            "read": list(self.read),
            "lanes": {
                (step, lane): kept
                for step, worker in self.steps
                for lane, kept in self._keep(step, range(worker, len(lanes), self.workers)).items()
            },
            "fold": self.fold.save(),
            "lines": {name: ordered.save() for name, ordered in self.outputs.lines.items()},
            "lengths": {name: len(file) for name, file in self.outputs.files.items()},
            "accounting": self.outputs.accounting.save(),
        }

    def _keep(self, step: str, lanes: range) -> dict[int, tuple[bytes, tuple[bytes, ...]]]:
        """Save what has changed of a worker's lanes; return their heads and the parts needed."""
        told = self.steps[step, lanes.start].save(lanes)
        for lane, kept in zip(lanes, told, strict=True):
            part = (kept.people,) if kept.people else ()
            self.parts[step, lane] = (*part, *self.parts.get((step, lane), ()))[: kept.depth]
            assert len(self.parts[step, lane]) == kept.depth
            self.happened["snapshots of some people"] += kept.depth > 1
            self._reach("snapshot")
        return {
            lane: (kept.head, self.parts[step, lane])
            for lane, kept in zip(lanes, told, strict=True)
        }

    def _resume(self, workers: int) -> None:
        """Die, and begin again from the last snapshot with another number of workers."""
        saved, files = self.saved, self.outputs.files
        self.happened["other workers"] += workers != self.workers
        self._begin(workers)
        for entry, state in zip(self.entries, saved["entries"], strict=True):
            entry.load(state)
        self.read = list(saved["read"])
        for (step, lane), (head, parts) in saved["lanes"].items():
            self.steps[step, lane % workers].load(lane, head, parts)
            self.parts[step, lane] = parts
            self.waiting.add((step, lane % workers))
        self.fold.load(saved["fold"])
        self.outputs.accounting.load(saved["accounting"])
        for name, ordered in self.outputs.lines.items():
            ordered.load(saved["lines"][name])
            self.outputs.files[name] = files[name][: saved["lengths"][name]]
