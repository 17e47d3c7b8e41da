"""Action statistics: what came of each candidate so far, as versions by tick.

In: settled responses in the order in which they are learned. Out: counts after each tick that
changed them, and how well the chances that follow from them came true. It refuses to know who
responded.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.candidates import Candidates
from rtm_flows.decisions.posterior import propensities
from rtm_flows.errors import RecoveryError
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.tally import Saved, Tally, losses, micros
from rtm_flows.models.versioned import Taught

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_KIND = "action statistics"


class _State(msgspec.Struct):
    n: list[int]
    positives: list[int]
    prior_loss: list[float]
    tallies: list[Saved]


class ActionStatistics:
    """Counts of responses by candidate; each response is predicted before it is learned.

    Parameters
    ----------
    candidates
        What is counted.

    Examples
    --------
    >>> from rtm_flows.decisions.candidates import candidates_of
    >>> from rtm_flows.decisions.catalogue import Action
    >>> statistics = ActionStatistics(candidates_of([Action(name="call")]))
    >>> labels, ticks = np.array([True, False, False]), np.array([4, 4, 9])
    >>> statistics.learn(np.zeros(3, dtype=np.int64), labels, ticks).parameters.tolist()
    [[2.0, 1.0], [3.0, 1.0]]
    """

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates
        self._n: Ints = np.zeros(len(candidates), dtype=np.int64)
        self._positives: Ints = np.zeros(len(candidates), dtype=np.int64)
        self._prior_loss: Floats = np.zeros(len(candidates), dtype=np.float64)
        self._tallies = [Tally() for _ in candidates.names]

    def learn(self, candidates: Ints, labels: Bools, ticks: Ints) -> Taught:
        """Predict the responses of each tick by what came before it, then count them.

        Parameters
        ----------
        candidates, labels
            The place of what was shown, and whether it was welcome.
        ticks
            Tick of each label; never falls.

        Returns
        -------
        Taught
            Counts after each tick: all responses by candidate, then the positive ones.
        """
        new = np.append(True, ticks[1:] != ticks[:-1])[: len(ticks)]
        version = np.cumsum(new) - 1
        counts = np.zeros((1 + int(new.sum()), 2 * len(self._n)), dtype=np.int64)
        counts[0] = np.concatenate([self._n, self._positives])
        np.add.at(counts, (version + 1, candidates), 1)
        np.add.at(counts, (version + 1, len(self._n) + candidates), labels.astype(np.int64))
        np.cumsum(counts, axis=0, out=counts)
        self._judge(learned(self._candidates, counts)[version, candidates], candidates, labels)
        self._n, self._positives = counts[-1, : len(self._n)], counts[-1, len(self._n) :]
        return Taught(ticks[new], counts[1:].astype(np.float64))

    def summary(self) -> dict[str, dict[str, object]]:
        """Return the figures of every action, by treatment."""
        counts = np.concatenate([self._n, self._positives])
        served = learned(self._candidates, counts)
        told: dict[str, dict[str, object]] = {}
        for at, (action, treatment) in enumerate(self._candidates.names):
            tally = self._tallies[at]
            n = tally.n
            told.setdefault(action, {})[treatment] = {
                "n": n,
                "positives": tally.n_positives,
                "propensity": float(served[at]),
                "log_loss": tally.log_loss(),
                "ece": tally.ece(),
                "baselines": {
                    "prior": {"log_loss": round(float(self._prior_loss[at]) / n, 6) if n else None}
                },
            }
        return told

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        tallies = [tally.saved() for tally in self._tallies]
        counts = (self._n.tolist(), self._positives.tolist(), self._prior_loss.tolist())
        return seal(_KIND, _State(*counts, tallies))

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or of another catalogue.
        """
        state = unseal(_KIND, data, _State)
        lengths = [len(column) for column in (state.n, state.positives, state.prior_loss)]
        if [*lengths, len(state.tallies)] != [len(self._n)] * 4:
            msg = (
                f"saved {_KIND} must be of {len(self._n)} candidates; got {lengths}. Run the job "
                "as it was when it was saved, or start anew in an empty folder"
            )
            raise RecoveryError(msg)
        self._n = np.array(state.n, dtype=np.int64)
        self._positives = np.array(state.positives, dtype=np.int64)
        self._prior_loss = np.array(state.prior_loss, dtype=np.float64)
        self._tallies = [Tally.from_saved(saved) for saved in state.tallies]

    def take_over(self, other: ActionStatistics) -> None:
        """Go on as statistics of another catalogue did; what is new begins with nothing."""
        known = {name: place for place, name in enumerate(other._candidates.names)}
        for at, name in enumerate(self._candidates.names):
            if name in known:
                place = known[name]
                self._n[at], self._positives[at] = other._n[place], other._positives[place]
                self._prior_loss[at] = other._prior_loss[place]
                self._tallies[at] = other._tallies[place]

    def _judge(self, chances: Floats, candidates: Ints, labels: Bools) -> None:
        """Take note of what was served, and of what came true."""
        predicted = micros(chances)
        prior = micros(self._candidates.prior[self._candidates.owner])
        for at in np.flatnonzero(np.bincount(candidates, minlength=len(self._n))).tolist():
            own = candidates == at
            self._tallies[at].add(predicted[own], labels[own])
            each = losses(np.full(np.count_nonzero(own), prior[at]), labels[own])
            # A running sum: the bits of a plain one change with how many come together.
            carried = np.concatenate([self._prior_loss[at : at + 1], each])
            self._prior_loss[at] = np.add.accumulate(carried)[-1]


def learned(candidates: Candidates, counts: Floats | Ints) -> Floats:
    """Return the chances that follow from versions of the counts, (versions, candidates).

    Parameters
    ----------
    candidates
        What is counted.
    counts
        (versions, 2 x candidates), as `ActionStatistics.learn` tells them; or of one version.
    """
    whole = counts.astype(np.int64)
    n, positives = whole[..., : len(candidates)], whole[..., len(candidates) :]
    return propensities(positives, n, candidates.owner, candidates.prior, candidates.weight)
