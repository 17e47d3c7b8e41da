"""The fold: what is learned from everybody, in one order, as versions by tick.

In: labelled examples from all lanes, and how far each lane has come. Out: after every tick that
brought examples, a version of the model. Examples are learned one by one in the order (label
time, person, sequence), so the versions depend on the input alone. Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat, pack, unpack
from rtm_flows.features.compute import scaled
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END, START
from rtm_flows.models.logistic import Logistic, usable
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.score import score_one


class _Saved(msgspec.Struct, array_like=True):
    """The state of the fold, as bytes."""

    closed: bytes
    done: int
    rejected: int
    model: bytes
    progress: bytes
    waiting: bytes | None


class Fold:
    """The one learner of a job.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._model = Logistic(plan.feature_names, plan.intent.learning_rate)
        self._progressive = Progressive()
        self._closed = np.full(plan.lanes, START, dtype=np.int64)
        self._waiting: Table | None = None
        self._done = START
        self._rejected = 0

    @property
    def ended(self) -> bool:
        """Whether every lane has told its last."""
        return self._done >= END

    def run(self, contributions: Iterable[Contribution]) -> Versions | None:
        """Take in what lanes tell; return the new versions, or None if no tick is complete."""
        tables = [] if self._waiting is None else [self._waiting]
        for contribution in contributions:
            self._closed[contribution.lanes] = contribution.ticks
            if len(contribution.examples):
                tables.append(contribution.examples)
        self._waiting = concat(tables) if tables else None
        complete = int(self._closed.min())
        if complete <= self._done:
            return None
        self._done = complete
        ticks, parameters = self._learn(self._take(complete))
        return Versions(complete, np.array(ticks, dtype=np.int64), _rows(parameters, self._model))

    def metrics(self) -> dict[str, object]:
        """Return how well the model predicted what it then learned."""
        return {**self._progressive.summary(), "rejected": self._rejected}

    def save(self) -> bytes:
        """Return the whole state."""
        waiting = None if self._waiting is None else pack(self._waiting)
        return msgspec.msgpack.encode(
            _Saved(
                self._closed.tobytes(),
                self._done,
                self._rejected,
                self._model.to_bytes(),
                self._progressive.to_bytes(),
                waiting,
            )
        )

    def load(self, state: bytes) -> None:
        """Restore the whole state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._closed = np.frombuffer(saved.closed, dtype=np.int64).copy()
        self._done, self._rejected = saved.done, saved.rejected
        self._model = Logistic.from_bytes(saved.model, self.plan.feature_names)
        self._progressive = Progressive.from_bytes(saved.progress)
        self._waiting = None if saved.waiting is None else unpack(saved.waiting)

    def _take(self, complete: int) -> Table | None:
        """Take out the examples of complete ticks, in the order to learn them."""
        if self._waiting is None:
            return None
        waiting = self._waiting
        ready = waiting["time"] // self.plan.tick_ms < complete
        self._waiting = None if ready.all() else waiting.take(~ready)
        examples = waiting.take(ready)
        return examples.take(np.array(canonical(examples), dtype=np.int64))

    def _learn(self, examples: Table | None) -> tuple[list[int], list[NDArray[np.float64]]]:
        """Learn in order; return the ticks that brought examples and the parameters after each."""
        ticks: list[int] = []
        versions: list[NDArray[np.float64]] = []
        if examples is None or not len(examples):
            return ticks, versions
        tick_of = (examples["time"] // self.plan.tick_ms).tolist()
        seen = scaled(examples["x"], self.plan.features)
        labels, may = examples["label"].tolist(), usable(seen).tolist()
        self._rejected += may.count(False)
        for i, (tick, x) in enumerate(zip(tick_of, seen, strict=True)):
            if ticks and ticks[-1] != tick:
                versions.append(self._model.parameters())
            if not ticks or ticks[-1] != tick:
                ticks.append(tick)
            if may[i]:
                self._learn_one(x, labels[i])
        versions.append(self._model.parameters())
        return ticks, versions

    def _learn_one(self, x: NDArray[np.float64], label: bool) -> None:
        """Predict, measure, learn: in this order."""
        self._progressive.update(score_one(self._model, x, self.plan.intent), label)
        self._model.learn_usable(x, label)


def canonical(examples: Table) -> list[int]:
    """Return the order (label time, person, sequence) of examples.

    Examples
    --------
    >>> import numpy as np
    >>> from rtm_flows.columns import as_text
    >>> canonical(Table({"time": np.array([5, 5, 1]), "person": as_text(["u:b", "u:a", "u:z"]),
    ...                  "sequence": np.array([0, 0, 0])}))
    [2, 1, 0]
    """
    names = ("time", "person", "sequence")
    keys = list(zip(*(examples[name].tolist() for name in names), strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__)


def _rows(parameters: list[NDArray[np.float64]], model: Logistic) -> NDArray[np.float64]:
    if parameters:
        return np.stack(parameters)
    return np.zeros((0, len(model.parameters())), dtype=np.float64)
