"""A watch for drift: what a model was served as, looked at example by example.

In: scores and the labels that came true, in the order of the fold. Out: notes of alarms. It
refuses to know what is done about them.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.baselines import running_prior
from rtm_flows.models.drift import Drift, losses_beside
from rtm_flows.models.drift_rule import DriftRule
from rtm_flows.models.notes import Note
from rtm_flows.models.sealed import seal, unseal

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class _State(msgspec.Struct, kw_only=True):
    n: int
    positives: int
    alarms: int
    latest: int | None
    untold: list[Note]
    detector: bytes


class DriftWatch:
    """Watches how much more a model loses than the running rate does.

    Parameters
    ----------
    rule
        The detector, and what follows an alarm, which is told with it.

    Examples
    --------
    >>> watch = DriftWatch(DriftRule(warm_up=100))
    >>> true, ticks = np.arange(4000) % 2 == 0, np.arange(4000) // 10
    >>> sure = np.where(true, 0.9, 0.1)
    >>> watch.add(sure, true, ticks), watch.add(1.0 - sure, true, ticks + 400)
    (False, True)
    >>> watch.notes()[0].kind
    'drift'
    """

    def __init__(self, rule: DriftRule) -> None:
        self.rule = rule
        self._detector = Drift(rule)
        self._n = self._positives = self._alarms = 0
        self._latest: int | None = None
        self._untold: list[Note] = []

    def add(self, scores: Floats, labels: Bools, ticks: Ints) -> bool:
        """Take scores and labels in, in order; return whether any of them raised an alarm.

        Parameters
        ----------
        scores
            What was served, each before its example was learned.
        labels
            What came true.
        ticks
            Tick of each label.
        """
        rates = running_prior(labels, self._n, self._positives)
        found = self._detector.add(losses_beside(scores, rates, labels))
        for at in found:
            fields: dict[str, object] = {
                "n": self._n + at + 1,
                "detector": self.rule.detector,
                "response": self.rule.response,
            }
            self._untold.append(Note(int(ticks[at]), "drift", fields))
        self._n += len(labels)
        self._positives += int(np.count_nonzero(labels))
        if found:
            self._alarms += len(found)
            self._latest = int(ticks[found[-1]])
        return bool(found)

    def notes(self) -> list[Note]:
        """Return the alarms that were not told before, and tell them never again."""
        untold, self._untold = self._untold, []
        return untold

    def summary(self) -> dict[str, object]:
        """Return how many alarms there were, and the tick of the latest."""
        return {"alarms": self._alarms, "latest": self._latest}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(
            n=self._n,
            positives=self._positives,
            alarms=self._alarms,
            latest=self._latest,
            untold=self._untold,
            detector=self._detector.to_bytes(),
        )
        return seal("drift watch", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved under another rule or for another River.
        """
        state = unseal("drift watch", data, _State)
        self._detector = Drift.from_bytes(state.detector, self.rule)
        self._n, self._positives = state.n, state.positives
        self._alarms, self._latest = state.alarms, state.latest
        self._untold = list(state.untold)
