"""The contest: a champion that is served, challengers in its shadow, and who takes whose place.

In: usable examples in order, and where ticks end. Out: what was served for each, the versions to
serve next, and what became of the challengers. It refuses to know what is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.baselines import rate
from rtm_flows.models.contestant import Contestant, Learned
from rtm_flows.models.duel import UNIT
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import FIGURES
from rtm_flows.models.reign import Reign, SavedReign
from rtm_flows.models.score import believed
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning
from rtm_flows.models.tally import losses, micros
from rtm_flows.rounding import round6

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float64]

_UNASKED = (np.zeros(0, dtype=np.bool_), np.zeros(0))


class _State(msgspec.Struct):
    learned: int
    positives: int
    models: list[bytes]
    progressive: list[bytes]
    reign: SavedReign


class Contest:
    """All models that learn one set of examples, of which one is served.

    All learn the same examples, so all are mature at once. What is served is the champion's.

    Parameters
    ----------
    names
        Names of the features.
    spec
        The champion's rule, the challengers, and when one of them is promoted.
    """

    def __init__(self, names: Sequence[str], spec: Learning) -> None:
        self.spec = spec
        self._all = [Contestant(spec.kind, spec, names, spec)]
        self._all += [Contestant(one.called, one, names, spec) for one in spec.challengers]
        self._learned = self._positives = 0
        promotable = [one.promotable for one in self._all]
        self._reign = Reign([one.name for one in self._all], promotable, spec.promotion)

    def learn(self, x: Matrix, labels: Bools, ticks: Ints, ends: Bools) -> Learned:
        """Score and learn each example in turn; at least one.

        Parameters
        ----------
        x, labels
            Features, (examples, features), all usable, and what came true.
        ticks
            Tick of each label; never falls.
        ends
            Whether no further example of the same tick will come.

        Returns
        -------
        Learned
            What was served, and the parameters that are served after each example.
        """
        if not self.spec.challengers:
            return self._all[0].learn(x, labels, *_UNASKED)
        mature, priors = self._count(labels)
        each = [one.learn(x, labels, mature, priors) for one in self._all]
        scores = np.stack([one.scores for one in each])
        for one, own in zip(self._all, scores, strict=True):
            one.progressive.add(own, labels, ticks)
        lost = np.stack([np.rint(UNIT * losses(micros(own), labels)) for own in scores])
        champions = self._reign.judge(lost.astype(np.int64), mature, ticks, ends)
        found = Learned(np.empty(len(x)), np.empty_like(each[self._reign.champion].versions))
        for at in set(champions.before.tolist() + champions.after.tolist()):
            served, left = champions.before == at, champions.after == at
            found.scores[served] = each[at].scores[served]
            found.versions[left] = each[at].versions[left]
        return found

    def reset(self) -> None:
        """Let the champion start anew: what it learned holds no longer."""
        self._all[self._reign.champion].start_anew()
        self._reign.begin_duels()

    def renew_challengers(self) -> None:
        """Let all challengers that can be served start anew: the champion fits no longer."""
        for at, one in enumerate(self._all):
            if at != self._reign.champion and one.promotable:
                one.start_anew()
        self._reign.begin_duels()

    def notes(self) -> list[Note]:
        """Return the promotions that were not told before, and tell them never again."""
        return self._reign.notes()

    def summary(self) -> dict[str, object]:
        """Return who is champion, how each challenger does, and all promotions.

        Empty without challengers. The figures of a challenger are of all its predictions; what is
        compared with the champion is what came since the last change.
        """
        if not self.spec.challengers:
            return {}
        challengers = {}
        for one, duel in zip(self._all, self._reign.duels, strict=True):
            if duel is not None:
                own = one.progressive.summary()
                figures = {name: own[name] for name in FIGURES}
                challengers[one.name] = {**figures, **duel.figures()}
        promotions = [{"tick": one.tick, **one.fields} for one in self._reign.promotions]
        champion = self._all[self._reign.champion].name
        return {"champion": champion, "challengers": challengers, "promotions": promotions}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(
            learned=self._learned,
            positives=self._positives,
            models=[one.to_bytes() for one in self._all],
            progressive=[one.progressive.to_bytes() for one in self._all],
            reign=self._reign.saved(),
        )
        return seal("contest", state)

    def load(self, data: bytes) -> None:
        """Restore the whole state.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or were saved with other models, features or River.
        """
        state = unseal("contest", data, _State)
        self._reign.restore(state.reign)
        if not len(state.models) == len(state.progressive) == len(self._all):
            msg = f"saved contest must have {len(self._all)} models; got {len(state.models)}"
            raise RecoveryError(msg)
        for one, model, saved in zip(self._all, state.models, state.progressive, strict=True):
            one.load(model)
            one.progressive.load(saved)
        self._learned, self._positives = state.learned, state.positives

    def _count(self, labels: Bools) -> tuple[Bools, Floats]:
        """Count examples; return for each if models are mature by then, and the prior."""
        examples = self._learned + np.arange(len(labels), dtype=np.float64)
        ones = labels.astype(np.float64)
        positives = self._positives + np.cumsum(ones) - ones
        self._learned += len(labels)
        self._positives += int(np.count_nonzero(labels))
        mature = believed(examples, positives, self.spec)
        return mature, round6(rate(examples, positives))
