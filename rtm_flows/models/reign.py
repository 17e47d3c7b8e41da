"""The reign: who is champion, and who takes whose place at the end of which tick.

In: by how much each model was surprised by each example, and where ticks end. Out: who was
champion when. It refuses to know the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models.duel import Duel, State
from rtm_flows.models.notes import Note
from rtm_flows.models.rules import Promotion

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Promoted(msgspec.Struct, kw_only=True):
    """A challenger that became champion at the end of a tick."""

    tick: int
    fields: dict[str, object]


class SavedReign(msgspec.Struct, kw_only=True):
    """A reign as plain values."""

    names: list[str]
    champion: int
    duels: list[State | None]
    promotions: list[Promoted]
    told: int


class Champions(NamedTuple):
    """Who was champion, one index an example."""

    before: Ints
    """When it was predicted."""
    after: Ints
    """Once it was learned, and the tick perhaps ended with it."""


class Reign:
    """One champion at a time, for whole ticks.

    A challenger that passes a look (see `Duel`) takes the champion's place at the end of that
    tick, and the old champion challenges from then on. All duels begin anew, so that a promotion
    is taken back by the rule that made it.

    Parameters
    ----------
    names
        Names of the models; the first is the first champion.
    promotable
        Which of them can be served.
    rule
        When one is promoted; None for never.

    Attributes
    ----------
    champion
        Index of the champion.
    duels
        Of each model with the champion, which has none.
    promotions
        All of them, in order.

    Examples
    --------
    >>> reign = Reign(["old", "new"], [True, True], Promotion(after=4, level=0.5))
    >>> lost = np.array([[50, 60, 70, 80, 90], [10, 20, 20, 50, 90]])
    >>> yes, ticks = np.ones(5, dtype=bool), np.array([3, 4, 5, 6, 7])
    >>> reign.judge(lost, yes, ticks, yes).before.tolist()
    [0, 0, 0, 0, 1]
    >>> [(note.tick, note.fields["to"]) for note in reign.notes()]
    [(6, 'new')]
    """

    def __init__(
        self, names: Sequence[str], promotable: Sequence[bool], rule: Promotion | None
    ) -> None:
        self.names, self.promotable, self.rule = tuple(names), tuple(promotable), rule
        self.champion = 0
        self.promotions: list[Promoted] = []
        self._told = 0
        self.duels = self._new_duels()

    def judge(self, lost: Ints, mature: Bools, ticks: Ints, ends: Bools) -> Champions:
        """Compare all with the champion, tick by tick; return who that was.

        Parameters
        ----------
        lost
            Log losses in the unit of duels, (models, examples).
        mature
            Which examples count.
        ticks
            Tick of each example; never falls.
        ends
            Whether no further example of the same tick will come.
        """
        before, after = np.empty((2, len(ticks)), dtype=np.int64)
        start = 0
        for stop in [*(np.flatnonzero(ends[:-1]) + 1).tolist(), len(ticks)]:
            run = slice(start, stop)
            gains = (lost[self.champion, run] - lost[:, run])[:, mature[run]].tolist()
            for duel, own in zip(self.duels, gains, strict=True):
                if duel is not None:
                    duel.add(own)
            before[run] = after[run] = self.champion
            if ends[stop - 1]:
                self.end(int(ticks[stop - 1]))
                after[stop - 1] = self.champion
            start = stop
        return Champions(before, after)

    def end(self, tick: int) -> None:
        """End a tick: make the best of those that passed champion, if any has."""
        passed = [
            (duel.passed.gain, -at, duel.passed)
            for at, duel in enumerate(self.duels)
            if duel is not None and duel.passed is not None
        ]
        if not passed:
            return
        _, at, verdict = max(passed, key=lambda one: one[:2])
        names = {"from": self.names[self.champion], "to": self.names[-at]}
        fields = {**names, **msgspec.to_builtins(verdict)}
        self.promotions.append(Promoted(tick=tick, fields=fields))
        self.champion = -at
        self.duels = self._new_duels()

    def notes(self) -> list[Note]:
        """Return the promotions that were not told before, and tell them never again."""
        new, self._told = self.promotions[self._told :], len(self.promotions)
        return [Note(one.tick, "promotion", one.fields) for one in new]

    def saved(self) -> SavedReign:
        """Return the whole state as plain values."""
        return SavedReign(
            names=list(self.names),
            champion=self.champion,
            duels=[None if duel is None else duel.state for duel in self.duels],
            promotions=self.promotions,
            told=self._told,
        )

    def restore(self, saved: SavedReign) -> None:
        """Take over a saved state.

        Raises
        ------
        RecoveryError
            If it is of other models, or no reign can have come to it.
        """
        if saved.names != list(self.names):
            msg = f"saved contest has other models: need {list(self.names)}; got {saved.names}"
            raise RecoveryError(msg)
        sound = (
            0 <= saved.champion < len(self.names)
            and self.promotable[saved.champion]
            and [duel is None for duel in saved.duels]
            == [at == saved.champion for at in range(len(self.names))]
            and 0 <= saved.told <= len(saved.promotions)
        )
        if not sound:
            msg = "saved contest holds numbers that no contest gives; restore an older snapshot"
            raise RecoveryError(msg)
        self.champion, self._told = saved.champion, saved.told
        self.promotions = list(saved.promotions)
        self.duels = self._new_duels()
        for duel, state in zip(self.duels, saved.duels, strict=True):
            if duel is not None and state is not None:
                duel.restore(state)

    def take_over(self, other: Reign, kept: Sequence[str]) -> None:
        """Go on as another reign did, of which only some models go on as they were.

        Duels go on if all are of the same models as before, by the same rule; else they begin anew.

        Raises
        ------
        RecoveryError
            If the champion is none of those.
        """
        champion = other.names[other.champion]
        if champion not in kept:
            msg = (
                f'"{champion}" is champion, and challenges no more under the new configuration; '
                "keep it until another is, or start anew in an empty folder"
            )
            raise RecoveryError(msg)
        self.champion = self.names.index(champion)
        self.promotions, self._told = list(other.promotions), other._told
        self.duels = self._new_duels()
        if (tuple(kept), self.rule) == (self.names, other.rule) and self.names == other.names:
            self.duels = other.duels

    def begin_duels(self) -> None:
        """Let all duels begin anew: some models are no longer what they were."""
        self.duels = self._new_duels()

    def _new_duels(self) -> list[Duel | None]:
        after = Promotion().after if self.rule is None else self.rule.after
        level = None if self.rule is None else self.rule.level / (sum(self.promotable) - 1)
        return [
            None if at == self.champion else Duel(after, level if promotable else None)
            for at, promotable in enumerate(self.promotable)
        ]
