"""The fold as a Bytewax operator: one key for the whole job."""

from __future__ import annotations

from bytewax.operators import StatefulBatchLogic

from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.lanes.wiring import Written, written_by_fold
from rtm_flows.operators.failures import Failures
from rtm_flows.operators.stages import Stages

STEP = "fold"
KEY = "fold"


class FoldLogic(StatefulBatchLogic[Contribution, "Versions | list[Written]", bytes]):
    """Folds contributions; tells versions, and at the end how well the model predicted."""

    def __init__(
        self,
        plan: Plan,
        store: StateStore | None,
        state: bytes | None,
        stages: Stages | None = None,
        failures: Failures | None = None,
    ) -> None:
        self._fold = Fold(plan)
        self._store = store
        self._stages = stages or Stages()
        self._failures = failures or Failures()
        if state is not None and store is not None:
            with self._failures.noted():
                self._fold.load(store.get_whole(STEP, 0, state))

    def on_batch(self, values: list[Contribution]) -> tuple[list[Versions | list[Written]], bool]:
        """Fold what came in."""
        with self._failures.noted(), self._stages.timed(STEP):
            versions = self._fold.run(values)
        if versions is None:
            return [], StatefulBatchLogic.RETAIN
        return [versions, written_by_fold(self._fold)], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[Versions | list[Written]], bool]:
        """Keep the state, for a resume."""
        return [], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return the state, sealed."""
        if self._store is None:
            return b""
        with self._failures.noted(), self._stages.saving(STEP, [0], self._store):
            return self._store.put_whole(STEP, 0, self._fold.save())
