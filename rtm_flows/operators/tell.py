"""The way out for a stream of somebody else's: each output in its order, line by line.

In: what the steps tell the writers, keyed by output. Out: lines, as the files of a run have them,
and the summary. One key an output, so that one worker puts it in order.
"""

from __future__ import annotations

from typing import Any

import msgspec
from bytewax.operators import StatefulBatchLogic

from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.messages import Counts, Lines
from rtm_flows.lanes.ordered import Ordered
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.store import StateStore
from rtm_flows.lanes.wiring import SUMMARY, Metrics, Written, counting, output_of, outputs

STEP = "tell"
Told = tuple[str, Any]
"""An output, and a line of it; of the summary, the whole of it."""


class TellLogic(StatefulBatchLogic[Written, Told, bytes]):
    """One output: holds back what something may still precede."""

    def __init__(self, plan: Plan, store: StateStore | None, state: bytes | None) -> None:
        self._plan = plan
        self._names = sorted([*outputs(plan), SUMMARY])
        self._store = store
        self._accounting = Accounting(counting(plan), plan.name)
        self._order: Ordered | None = None
        self._output = ""
        if state is not None and store is not None:
            self._load(store, state)

    def on_batch(self, values: list[Written]) -> tuple[list[Told], bool]:
        """Tell what nothing can precede any more."""
        self._output = output_of(values[0])
        if self._output == SUMMARY:
            return self._counted(values), StatefulBatchLogic.RETAIN
        order = self._order = self._order or Ordered(outputs(self._plan)[self._output])
        for part in values:
            if isinstance(part, Lines):
                order.add(part)
        lines = order.ready().data.split(b"\n")[:-1]
        return [(self._output, line + b"\n") for line in lines], StatefulBatchLogic.RETAIN

    def on_eof(self) -> tuple[list[Told], bool]:
        """Keep what waits, for a resume."""
        return [], StatefulBatchLogic.RETAIN

    def snapshot(self) -> bytes:
        """Return what waits, sealed."""
        if self._store is None or not self._output:
            return b""
        saved = self._accounting.save() if self._order is None else self._order.save()
        return self._store.put_whole(STEP, self._names.index(self._output), saved)

    def _counted(self, values: list[Written]) -> list[Told]:
        ended = self._accounting.ended
        for part in values:
            if isinstance(part, Counts):
                self._accounting.add(part)
            elif isinstance(part, Metrics):
                self._accounting.add_model(part.model, part.metrics)
        if ended or not self._accounting.ended:
            return []
        whole = msgspec.json.encode(self._accounting.summary())
        return [(SUMMARY, msgspec.json.decode(whole))]

    def _load(self, store: StateStore, state: bytes) -> None:
        number = store.open(state).lane
        saved = store.get_whole(STEP, number, state)
        self._output = self._names[number]
        if self._output == SUMMARY:
            self._accounting.load(saved)
        else:
            self._order = Ordered(outputs(self._plan)[self._output])
            self._order.load(saved)
