"""The fold of responses: what is learned of candidates from everybody, tick by tick.

In: settled responses from all lanes, and which ticks are complete. Out: versions of the counts. The
responses of a tick are taken in the order (label time, person, sequence), so the versions depend on
the input alone.
"""

from __future__ import annotations

import msgspec
import numpy as np

from rtm_flows.columns import Table, as_text, concat, pack, unpack
from rtm_flows.decisions.action_statistics import ActionStatistics
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.decisions.responses import Responses
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.refit.tables import codes
from rtm_flows.models.versioned import Taught


class _Saved(msgspec.Struct, array_like=True):
    statistics: bytes
    waiting: bytes


class ResponseFold:
    """The one place of a job where responses are counted.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        self._tick_ms = plan.tick_ms
        rule = plan.responses or Responses()
        self._spans = {"within": rule.within, "horizon": rule.horizon}
        candidates = candidates_of(plan.actions)
        self.names = candidates.names
        """What is counted, in order."""
        self._statistics = ActionStatistics(candidates)
        self._waiting = _nobody()

    def add(self, settled: Table) -> None:
        """Take in what a pass of know tells."""
        if len(settled):
            self._waiting = concat([self._waiting, settled])

    def learn(self, complete: int) -> Taught:
        """Learn the responses of all ticks before this one; return the versions."""
        ready = self._waiting["time"] // self._tick_ms < complete
        chosen, self._waiting = self._waiting.take(ready), self._waiting.take(~ready)
        names = ("time", "person", "sequence")
        keys = list(zip(*(chosen[name].tolist() for name in names), strict=True))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        chosen = chosen.take(np.array(order, dtype=np.int64))
        ticks = chosen["time"] // self._tick_ms
        return self._statistics.learn(chosen["candidate"], chosen["label"], ticks)

    def summary(self) -> dict[str, object]:
        """Return the spans of the rule, and how well each candidate was predicted."""
        return {**self._spans, "actions": self._statistics.summary()}

    def take_over(self, other: ResponseFold) -> None:
        """Go on as the fold of another catalogue did; what it has no more is dropped."""
        self._statistics.take_over(other._statistics)
        places = np.array(codes(other.names, self.names), dtype=np.int64)
        candidate = places[other._waiting["candidate"]]
        waiting = other._waiting.with_columns({"candidate": candidate})
        self._waiting = waiting.take(np.asarray(candidate >= 0))

    def save(self) -> bytes:
        """Return the whole state."""
        return msgspec.msgpack.encode(_Saved(self._statistics.to_bytes(), pack(self._waiting)))

    def load(self, state: bytes) -> None:
        """Restore the whole state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._statistics.load(saved.statistics)
        self._waiting = unpack(saved.waiting)


def _nobody() -> Table:
    numbers = {name: np.zeros(0, dtype=np.int64) for name in ("sequence", "candidate")}
    time, label = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    return Table({"time": time, "person": as_text([]), **numbers, "label": label})
