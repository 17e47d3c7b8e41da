"""The fold: what is learned from everybody, in one order, as versions by tick.

In: labelled examples from all lanes, and how far each lane has come. Out: after every tick that
brought examples, a version of each model that learned some. A model's examples are learned one by
one in the order (label time, person, sequence), so the versions depend on the input alone.
Section 5 of docs/semantics.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat, pack, unpack
from rtm_flows.decisions.slices import Slicer
from rtm_flows.features.compute import scaled
from rtm_flows.features.recency import recency_of
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END, START
from rtm_flows.lanes.refit.tables import codes, widened
from rtm_flows.lanes.responded import RESPONSES
from rtm_flows.lanes.response_fold import ResponseFold
from rtm_flows.models.delayed import DelayedModel, Parts
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.notes import Note
from rtm_flows.models.spec import Intent, Learning
from rtm_flows.models.versioned import Taught, VersionedModel


class _Saved(msgspec.Struct, array_like=True):
    """The state of the fold, as bytes."""

    closed: bytes
    done: int
    models: list[bytes]
    waiting: bytes | None
    responses: bytes | None = None


class Fold:
    """The one place of a job where its models learn.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._models = [_model(plan, model.spec) for model in plan.models]
        self._responses = None if plan.responses is None else ResponseFold(plan)
        self._slicer = Slicer(plan.slices, plan.feature_names)
        self._recency = [recency_of(name, plan.features) for name in plan.model_names]
        self._closed = np.full(plan.lanes, START, dtype=np.int64)
        self._waiting: Table | None = None
        self._done = START
        self._notes: list[tuple[str, Note]] = []

    @property
    def done(self) -> int:
        """Every tick before this one is folded."""
        return self._done

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
            if self._responses is not None and contribution.responses is not None:
                self._responses.add(contribution.responses)
        self._waiting = concat(tables) if tables else None
        complete = int(self._closed.min())
        if complete <= self._done:
            return None
        self._done = complete
        taught = self._learn(self._take(complete))
        if self._responses is not None:
            taught += (self._responses.learn(complete),)
        versions = Versions(complete, taught)
        for name, model in zip(self.plan.model_names, self._models, strict=True):
            self._notes += [(name, note) for note in model.close(complete)]
        return versions

    def notes(self) -> list[tuple[str, Note]]:
        """Return, and forget, what there is to tell of the models, by tick."""
        notes, self._notes = self._notes, []
        return sorted(notes, key=lambda one: one[1].tick)

    def metrics(self) -> dict[str, dict[str, object]]:
        """Return by model, and of responses, how well that was predicted which was then learned."""
        models = zip(self.plan.model_names, self._models, strict=True)
        found = {name: model.summary() for name, model in models}
        return found if self._responses is None else {**found, RESPONSES: self._responses.summary()}

    def save(self) -> bytes:
        """Return the whole state."""
        waiting = None if self._waiting is None else pack(self._waiting)
        models = [model.to_bytes() for model in self._models]
        responses = None if self._responses is None else self._responses.save()
        return msgspec.msgpack.encode(
            _Saved(self._closed.tobytes(), self._done, models, waiting, responses)
        )

    def load(self, state: bytes) -> None:
        """Restore the whole state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._closed = np.frombuffer(saved.closed, dtype=np.int64).copy()
        self._done = saved.done
        for model, saved_model in zip(self._models, saved.models, strict=True):
            model.load(saved_model)
        self._waiting = None if saved.waiting is None else unpack(saved.waiting)
        if self._responses is not None and saved.responses is not None:
            self._responses.load(saved.responses)

    def take_over(self, other: Fold, unknown: NDArray[np.float64]) -> None:
        """Go on as the fold of another job did, model by model.

        Parameters
        ----------
        other
            It may have other models, fewer features, and another number of lanes.
        unknown
            The features of somebody of whom nothing is known.

        Raises
        ------
        RecoveryError
            If the champion of a model is no more among its models.
        """
        self._closed[:] = other._closed if _same(self, other) else other._closed.min()
        self._done = other._done
        known = dict(zip(other.plan.model_names, other._models, strict=True))
        more = slice(len(other.plan.features), None)
        values = scaled(unknown[None], self.plan.features)[0, more]
        for name, model in zip(self.plan.model_names, self._models, strict=True):
            before = known.get(name)
            if isinstance(model, DelayedModel) and isinstance(before, DelayedModel):
                model.take_over(before, values)
            if isinstance(model, VersionedModel) and isinstance(before, VersionedModel):
                model.take_over(before, values)
        if other._waiting is not None:
            self._waiting = self._refitted(other._waiting, other.plan, unknown)
        if self._responses is not None and other._responses is not None:
            self._responses.take_over(other._responses)

    def _refitted(self, examples: Table, was: Plan, unknown: NDArray[np.float64]) -> Table | None:
        """Return examples of another job that still teach something here."""
        places = np.array(codes(was.model_names, self.plan.model_names), dtype=np.int64)
        model = places[examples["model"]]
        x = widened(examples["x"], unknown)
        kept = examples.with_columns({"model": model, "x": x}).take(np.asarray(model >= 0))
        return kept if len(kept) else None

    def _take(self, complete: int) -> Table | None:
        """Take out the examples of complete ticks, in the order to learn them."""
        if self._waiting is None:
            return None
        waiting = self._waiting
        ready = waiting["time"] // self.plan.tick_ms < complete
        self._waiting = None if ready.all() else waiting.take(~ready)
        examples = waiting.take(ready)
        return examples.take(np.array(canonical(examples), dtype=np.int64))

    def _learn(self, examples: Table | None) -> tuple[Taught, ...]:
        """Let each model learn its own of the examples, in their order; return its versions."""
        if examples is None:
            width = COUNTS + 2 * len(self.plan.features)
            return (Taught(np.zeros(0, dtype=np.int64), np.zeros((0, width))),) * len(self._models)
        x = scaled(examples["x"], self.plan.features)
        labels, ticks = examples["label"], examples["time"] // self.plan.tick_ms
        inside = self._slicer.members(examples["x"])
        taught = []
        for at, model in enumerate(self._models):
            own = np.flatnonzero(examples["model"] == at)
            ago = self._ago(at, examples["x"][own])
            told = x[own], labels[own], ticks[own], inside[own], ago
            if isinstance(model, DelayedModel):
                persons, numbers = examples["person"][own].tolist(), examples["sequence"][own]
                taught.append(model.learn(Parts(*told, persons, numbers)))
            else:
                taught.append(model.learn(*told, moments_of(examples.take(own))))
        return tuple(taught)

    def _ago(self, model: int, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how long ago people were last seen, NaN where no feature tells."""
        at = self._recency[model]
        return np.full(len(x), np.nan) if at is None else x[:, at]


def _same(one: Fold, other: Fold) -> bool:
    return one.plan.lanes == other.plan.lanes


def _model(plan: Plan, spec: Learning) -> VersionedModel | DelayedModel:
    slices = [one.name for one in plan.slices]
    if isinstance(spec, Intent) and spec.horizon is not None:
        return DelayedModel(plan.feature_names, spec, slices, plan.period_ticks)
    return VersionedModel(plan.feature_names, spec, slices, plan.period_ticks)


def moments_of(examples: Table) -> NDArray[np.int64]:
    """Return a number of each example that those of one person and label time share, in order.

    Examples
    --------
    >>> from rtm_flows.columns import as_text
    >>> moments_of(Table({"time": np.array([5, 5, 5]), "person": as_text(["u:a", "u:a", "u:b"])}))
    array([0, 0, 1])
    """
    time, person = examples["time"], examples["person"]
    new = (time[1:] != time[:-1]) | np.asarray(person[1:] != person[:-1])
    return np.append(0, np.cumsum(new))[: len(time)]


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
