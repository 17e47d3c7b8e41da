"""The fold as a Bytewax operator: one key for the whole job."""

from __future__ import annotations

from bytewax.operators import StatefulBatchLogic

from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.messages import Contribution, Versions
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import Written, written_by_fold
from rtm_flows.operators.housekeeping import Housekeeping

STEP = "fold"
KEY = "fold"


class FoldLogic(StatefulBatchLogic[Contribution, "Versions | list[Written]", bytes]):
    """Folds contributions; tells versions, and at the end how well the model predicted."""

    def __init__(self, plan: Plan, house: Housekeeping, state: bytes | None) -> None:
        self._fold = Fold(plan)
        self._house = house
        with house.failures.noted():
            saved = house.opened(STEP, 0, state)
            if saved is not None:
                self._fold.load(saved)

    def on_batch(self, values: list[Contribution]) -> tuple[list[Versions | list[Written]], bool]:
        """Fold what came in."""
        with self._house.failures.noted(), self._house.stages.timed(STEP):
            versions = self._fold.run(values)
        if versions is None:
            return [], StatefulBatchLogic.RETAIN
        return [versions, written_by_fold(self._fold)], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[Versions | list[Written]], bool]:
        """Keep the state, for a resume."""
        return [], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return the state, sealed."""
        house = self._house
        if house.store is None:
            return b""
        with house.failures.noted(), house.stages.saving(STEP, [0], house.store):
            return house.sealed(STEP, 0, self._fold.save)
