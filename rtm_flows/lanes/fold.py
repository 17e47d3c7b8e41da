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
from rtm_flows.lanes.progress import END, START, Ints
from rtm_flows.models.logistic import COUNTS, Logistic, usable
from rtm_flows.models.progressive import Progressive
from rtm_flows.models.score import score_rows

Rows = NDArray[np.float64]
_AT_ONCE = 1024


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
        self._width = COUNTS + 2 * len(plan.features)
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
        return Versions(complete, ticks, parameters)

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

    def _learn(self, examples: Table | None) -> tuple[Ints, Rows]:
        """Learn in order; return the ticks that taught something and the parameters after each."""
        nothing = np.zeros(0, dtype=np.int64), np.zeros((0, self._width))
        if examples is None:
            return nothing
        x = scaled(examples["x"], self.plan.features)
        may = np.flatnonzero(usable(x))
        self._rejected += len(x) - len(may)
        ticks = examples["time"].take(may) // self.plan.tick_ms
        told = [nothing]
        for start in range(0, len(may), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            after = self._learn_each(x[may[part]], examples["label"].take(may[part]))
            last = np.append(ticks[part][1:] != ticks[part][:-1], True)
            told.append((ticks[part][last], after[last]))
        versions = np.concatenate([t for t, _ in told]), np.concatenate([rows for _, rows in told])
        # A tick may have been cut in two: what holds is what it ended with.
        whole = np.append(versions[0][1:] != versions[0][:-1], True)[: len(versions[0])]
        return versions[0][whole], versions[1][whole]

    def _learn_each(self, x: Rows, labels: NDArray[np.bool_]) -> Rows:
        """Predict, measure and learn each example in turn; return the parameters after each."""
        rows = self._model.learn_rows(x, labels.tolist())
        # Each with the parameters before it was learned, exactly as decide scores.
        predicted = score_rows(x, rows, np.arange(len(x)), self.plan.intent)
        for chance, label in zip(predicted.tolist(), labels.tolist(), strict=True):
            self._progressive.update(chance, label)
        return rows[1:]


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
