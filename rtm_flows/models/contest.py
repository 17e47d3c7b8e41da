"""The contest: a champion that is served, challengers in its shadow, and who takes whose place.

In: usable examples in order, and where ticks end. Out: what was served for each, the versions to
serve next, and what became of the challengers. It refuses to know what is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.contestant import Contestant, Learned
from rtm_flows.models.duel import UNIT, Duel, State
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import FIGURES
from rtm_flows.models.rules import Promotion
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


class Promoted(msgspec.Struct, kw_only=True):
    """A challenger that became champion at the end of a tick."""

    tick: int
    fields: dict[str, object]


class _State(msgspec.Struct):
    names: list[str]
    champion: int
    learned: int
    positives: int
    models: list[bytes]
    progressive: list[bytes]
    duels: list[State | None]
    promotions: list[Promoted]
    told: int


class Reigns(NamedTuple):
    """Who was champion, one index an example."""

    before: Ints
    """When it was predicted."""
    after: Ints
    """Once it was learned, and the tick perhaps ended with it."""


class Contest:
    """All models that learn one set of examples, of which one is served.

    A champion reigns for whole ticks: a challenger that passes a look (see `Duel`) takes its
    place at the end of that tick, and the old champion challenges from then on. All counts of
    duels begin anew, so that a promotion is taken back by the rule that made it.

    Parameters
    ----------
    names
        Names of the features.
    spec
        The champion's rule, the challengers, and when one of them is promoted.

    Attributes
    ----------
    promotions
        All of them, in order.
    """

    def __init__(self, names: Sequence[str], spec: Learning) -> None:
        self.spec = spec
        self._contestants = [Contestant(spec.kind, spec, names, spec)]
        self._contestants += [Contestant(one.called, one, names, spec) for one in spec.challengers]
        self._champion = 0
        self._learned = self._positives = 0
        self.promotions: list[Promoted] = []
        self._told = 0
        self._duels = self._new_duels()

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
            return self._contestants[0].learn(x, labels, *_UNASKED)
        mature, priors = self._count(labels)
        each = [one.learn(x, labels, mature, priors) for one in self._contestants]
        scores = np.stack([one.scores for one in each])
        for one, own in zip(self._contestants, scores, strict=True):
            one.progressive.add(own, labels, ticks)
        reigns = self._judge(scores, labels, mature, ticks, ends)
        found = Learned(np.empty(len(x)), np.empty_like(each[self._champion].versions))
        for at in set(reigns.before.tolist() + reigns.after.tolist()):
            found.scores[reigns.before == at] = each[at].scores[reigns.before == at]
            found.versions[reigns.after == at] = each[at].versions[reigns.after == at]
        return found

    def notes(self) -> list[Note]:
        """Return the promotions that were not told before, and tell them never again."""
        new, self._told = self.promotions[self._told :], len(self.promotions)
        return [Note(one.tick, "promotion", one.fields) for one in new]

    def summary(self) -> dict[str, object]:
        """Return who is champion, how each challenger does, and all promotions.

        Empty without challengers. The figures of a challenger are of all its predictions; what is
        compared with the champion is what came since the last change.
        """
        if not self.spec.challengers:
            return {}
        challengers = {}
        for one, duel in zip(self._contestants, self._duels, strict=True):
            if duel is not None:
                own = one.progressive.summary()
                figures = {name: own[name] for name in FIGURES}
                challengers[one.name] = {**figures, **duel.figures()}
        promotions = [{"tick": one.tick, **one.fields} for one in self.promotions]
        champion = self._contestants[self._champion].name
        return {"champion": champion, "challengers": challengers, "promotions": promotions}

    def to_bytes(self) -> bytes:
        """Return the whole state; `load` reads it back to the bit."""
        state = _State(
            names=[one.name for one in self._contestants],
            champion=self._champion,
            learned=self._learned,
            positives=self._positives,
            models=[one.to_bytes() for one in self._contestants],
            progressive=[one.progressive.to_bytes() for one in self._contestants],
            duels=[None if duel is None else duel.state for duel in self._duels],
            promotions=self.promotions,
            told=self._told,
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
        names = [one.name for one in self._contestants]
        if state.names != names:
            msg = f"saved contest has other models: need {names}; got {state.names}"
            raise RecoveryError(msg)
        parts = (state.models, state.progressive, state.duels)
        sound = all(len(part) == len(names) for part in parts) and state.told >= 0
        if not (sound and state.champion in range(len(names))):
            msg = "saved contest holds numbers that no contest gives; restore an older snapshot"
            raise RecoveryError(msg)
        for one, model, progressive in zip(self._contestants, *parts[:2], strict=True):
            one.load(model)
            one.progressive.load(progressive)
        self._champion, self._learned, self._positives = (
            state.champion,
            state.learned,
            state.positives,
        )
        self.promotions, self._told = state.promotions, state.told
        self._duels = self._new_duels()
        for duel, saved in zip(self._duels, state.duels, strict=True):
            if duel is not None and saved is not None:
                duel.restore(saved)

    def _new_duels(self) -> list[Duel | None]:
        """Return a duel of every challenger with the champion, which has none."""
        rule = self.spec.promotion
        after = Promotion().after if rule is None else rule.after
        rivals = sum(one.promotable for one in self._contestants) - 1
        level = None if rule is None else rule.level / rivals
        return [
            None if at == self._champion else Duel(after, level if one.promotable else None)
            for at, one in enumerate(self._contestants)
        ]

    def _count(self, labels: Bools) -> tuple[Bools, Floats]:
        """Count examples; return for each if models are mature by then, and the prior."""
        examples = self._learned + np.arange(len(labels), dtype=np.float64)
        ones = labels.astype(np.float64)
        positives = self._positives + np.cumsum(ones) - ones
        self._learned += len(labels)
        self._positives += int(np.count_nonzero(labels))
        mature = believed(examples, positives, self.spec)
        return mature, round6((positives + 1.0) / (examples + 20.0))

    def _judge(
        self, scores: Floats, labels: Bools, mature: Bools, ticks: Ints, ends: Bools
    ) -> Reigns:
        """Let challengers duel with the champion tick by tick; return who was it when."""
        lost = np.stack([np.rint(UNIT * losses(micros(own), labels)) for own in scores])
        lost = lost.astype(np.int64)
        before, after = np.empty((2, len(labels)), dtype=np.int64)
        start = 0
        for stop in [*(np.flatnonzero(ends[:-1]) + 1).tolist(), len(labels)]:
            run = slice(start, stop)
            gains = (lost[self._champion, run] - lost[:, run])[:, mature[run]].tolist()
            for duel, own in zip(self._duels, gains, strict=True):
                if duel is not None:
                    duel.add(own)
            before[run] = after[run] = self._champion
            if ends[stop - 1]:
                self._promote(int(ticks[stop - 1]))
                after[stop - 1] = self._champion
            start = stop
        return Reigns(before, after)

    def _promote(self, tick: int) -> None:
        """Make the best of those that passed champion, if any has."""
        passed = [
            (duel.passed.gain, -at, duel.passed)
            for at, duel in enumerate(self._duels)
            if duel is not None and duel.passed is not None
        ]
        if not passed:
            return
        _, at, verdict = max(passed, key=lambda one: one[:2])
        names = {"from": self._contestants[self._champion].name, "to": self._contestants[-at].name}
        fields = {**names, **msgspec.to_builtins(verdict)}
        self.promotions.append(Promoted(tick=tick, fields=fields))
        self._champion = -at
        self._duels = self._new_duels()
