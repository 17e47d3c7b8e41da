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
from rtm_flows.models.baselines import rate
from rtm_flows.models.contestant import Asked, Contestant
from rtm_flows.models.duel import UNIT
from rtm_flows.models.judgement import Response
from rtm_flows.models.notes import Note
from rtm_flows.models.progressive import FIGURES
from rtm_flows.models.reign import Champions, Reign, SavedReign
from rtm_flows.models.score import believed
from rtm_flows.models.sealed import seal, unseal
from rtm_flows.models.spec import Learning
from rtm_flows.models.steps import Steps, plain
from rtm_flows.models.tally import losses, micros
from rtm_flows.rounding import round6

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Learned(NamedTuple):
    """What some examples gave, one row each."""

    scores: Floats
    """What was served for each, before it was learned."""
    versions: Matrix
    """The parameters that are served after each."""


class Taken(NamedTuple):
    """What some steps gave."""

    scores: Matrix
    """What each model would have served for each row asked, (models, rows)."""
    mature: Bools
    """Whether models were believed by then, one a row asked."""
    versions: list[Matrix]
    """By model: its parameters before the first and after each step; no rows if it has none."""


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

    @property
    def names(self) -> list[str]:
        """Names of the models; the first was the first champion."""
        return [one.name for one in self._all]

    @property
    def champion(self) -> int:
        """Index of the model that is served."""
        return self._reign.champion

    def learn(self, x: Matrix, labels: Bools, ticks: Ints, ends: Bools, first: Ints) -> Learned:
        """Score and learn each example in turn; at least one.

        Parameters
        ----------
        x, labels
            Features, (examples, features), all usable, and what came true.
        ticks
            Tick of each label; never falls.
        ends
            Whether no further example of the same tick will come.
        first
            How many of the examples are learned before each is scored; never falls.
        """
        taken = self.take(Asked(x, first), x, plain(labels.tolist()))
        champions = self.judge(taken.scores, taken.mature, labels, ticks, ends)
        if len(self._all) == 1:
            return Learned(taken.scores[0], taken.versions[0][1:])
        found = Learned(np.empty(len(x)), np.empty_like(taken.versions[self.champion][1:]))
        for at in set(champions.before.tolist() + champions.after.tolist()):
            served, left = champions.before == at, champions.after == at
            found.scores[served] = taken.scores[at][served]
            found.versions[left] = taken.versions[at][1:][left]
        return found

    def take(self, asked: Asked, x: Matrix, steps: Steps) -> Taken:
        """Score rows and take steps in turn, each model by itself.

        Parameters
        ----------
        asked
            Rows to score, and how many of the steps come before each.
        x, steps
            Usable rows, one a step, and what is learned of them.
        """
        examples = self._learned + np.append(0, np.cumsum(steps.new))
        positives = self._positives + np.append(0, np.cumsum(np.asarray(steps.labels, np.bool_)))
        self._learned, self._positives = int(examples[-1]), int(positives[-1])
        counts = examples[asked.after].astype(np.float64), positives[asked.after].astype(np.float64)
        mature, priors = believed(*counts, self.spec), round6(rate(*counts))
        each = [one.take(asked, x, steps, mature, priors) for one in self._all]
        scores = np.array([one.scores for one in each]).reshape(len(each), -1)
        return Taken(scores, mature, [one.versions for one in each])

    def judge(
        self, scores: Matrix, mature: Bools, labels: Bools, ticks: Ints, ends: Bools
    ) -> Champions:
        """Compare what models would have served with what came true; at least one row.

        Parameters
        ----------
        scores, mature
            As `take` told when the rows were asked.
        labels, ticks
            What came true, and when that was known.
        ends
            Whether no further row of the same tick will be judged.

        Returns
        -------
        Champions
            Who was champion when each was judged.
        """
        if len(self._all) == 1:
            nobody = np.zeros(len(labels), dtype=np.int64)
            return Champions(nobody, nobody)
        for one, own in zip(self._all, scores, strict=True):
            one.progressive.add(own, labels, ticks)
        lost = np.stack([np.rint(UNIT * losses(micros(own), labels)) for own in scores])
        return self._reign.judge(lost.astype(np.int64), mature, ticks, ends)

    def end_tick(self, tick: int) -> None:
        """Let another be champion, if one has passed: what `judge` does where a tick ends."""
        self._reign.end(tick)

    def parameters(self) -> Floats:
        """Return the parameters of the champion as they are."""
        return self._all[self.champion].parameters()

    def answer(self, response: Response | None) -> None:
        """Answer drift at the end of a tick."""
        if response == "reset":
            self._reset()
        elif response == "switch":
            self._renew_challengers()

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

    def take_over(self, other: Contest, values: Floats) -> None:
        """Go on as another contest did; models of other rules than they had there begin anew.

        Parameters
        ----------
        other
            Of the same examples, perhaps with fewer features.
        values
            What the further features held until now, as a model sees them.

        Raises
        ------
        RecoveryError
            If its champion is not among the models here.
        """
        known = {one.name: one for one in other._all}
        same = [one for one in self._all if one.name in known]
        same = [one for one in same if one.rule_alone == known[one.name].rule_alone]
        for one in same:
            one.take_over(known[one.name], values)
        self._learned, self._positives = other._learned, other._positives
        self._reign.take_over(other._reign, [one.name for one in same])

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

    def _reset(self) -> None:
        """Let the champion start anew: what it learned holds no longer."""
        self._all[self._reign.champion].start_anew()
        self._reign.begin_duels()

    def _renew_challengers(self) -> None:
        """Let all challengers that can be served start anew: the champion fits no longer."""
        for at, one in enumerate(self._all):
            if at != self._reign.champion and one.promotable:
                one.start_anew()
        self._reign.begin_duels()
