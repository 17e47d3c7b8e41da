"""Crossings: moments at which a score rises above a bound, which only decide can see.

In: scored rows, each person's in order. Out: the same with a row behind each event whose score
crossed. Of a person it is kept on which side of each bound the score was; nothing is kept of people
who are below all of them, as everybody is at first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.decisions.fired import TRIGGER
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.lanes.sides_roll import Sides, SidesRoll
from rtm_flows.people.moment_kinds import ScoreCrossing
from rtm_flows.people.roll import SAVES

_NOTHING = Kept(b"", b"", 0)


class _Part(msgspec.Struct, array_like=True):
    sides: Sides
    gone: list[str]
    """Who fell below all bounds since the part before."""


class Crossings:
    """The crossings of a job, and where the people of all lanes stand.

    Parameters
    ----------
    plan
        The job's constants.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, saves: int = SAVES) -> None:
        names = plan.model_names
        self._crossings = [
            (place, names.index(one.model), one.above, one.falls_below)
            for place, one in enumerate(plan.moments, start=1)
            if isinstance(one, ScoreCrossing)
        ]
        self._declared = [one for one in plan.moments if isinstance(one, ScoreCrossing)]
        lanes = range(plan.lanes if self._crossings else 0)
        self._sides: list[Sides] = [{} for _ in lanes]
        self._rolls = [SidesRoll(saves) for _ in lanes]

    def follow(self, scored: Table) -> Table:
        """Return the rows with those of crossings among them; store where people stand."""
        if not self._crossings:
            return scored
        found = [self._rises(scored, bit) for bit in range(len(self._crossings))]
        row = np.concatenate(found)
        places = [place for place, *_ in self._crossings]
        moment = np.repeat(np.array(places, dtype=np.int64), [len(one) for one in found])
        crossed = scored.take(row).with_columns(
            {TRIGGER: moment, "matched": as_text([""] * len(row))}
        )
        # An event and the moments that know saw fire on it are told first.
        told = np.cumsum((scored[TRIGGER] == 0) | (scored["type"] == ""))
        order = np.argsort(np.concatenate([told, told[row]]), kind="stable")
        return concat([scored, crossed]).take(order)

    def deal(self, other: Crossings, lane_of: Callable[[str], int] | None = None) -> None:
        """Let another know where everybody stands, in the lane that is told of them, or as here.

        Of what only the other looks for, nobody stands above the bound.
        """
        bits = [
            (1 << bit, 1 << other._declared.index(one))
            for bit, one in enumerate(self._declared)
            if one in other._declared
        ]
        for lane, sides in enumerate(self._sides):
            for person, side in sides.items():
                now = sum(new for old, new in bits if side & old)
                if now:
                    place = lane if lane_of is None else lane_of(person)
                    other._sides[place][person] = now

    @property
    def active(self) -> bool:
        """Whether there are any."""
        return bool(self._crossings)

    def drop(self, persons: Sequence[str], lanes: Sequence[int]) -> None:
        """Forget where people stand, given the lane of each."""
        for person, lane in zip(persons, lanes, strict=True):
            if self._crossings and self._sides[lane].pop(person, None) is not None:
                self._rolls[lane].touch(person)

    def save(self, lane: int) -> Kept:
        """Return where people of a lane stand who have moved since the last save, and others."""
        if not self._crossings:
            return _NOTHING
        due = self._rolls[lane].take(self._sides[lane])
        return Kept(b"", _encode(due.sides, due.gone), due.depth)

    def whole(self, lane: int, person: str | None = None) -> Kept:
        """Return where all people of a lane stand, in order of their keys; or one of them only."""
        if not self._crossings:
            return _NOTHING
        sides = dict(sorted(self._sides[lane].items()))
        if person is not None:
            sides = {person: sides[person]} if person in sides else {}
        return Kept(b"", _encode(sides, []), 1) if sides else _NOTHING

    def load(self, lane: int, parts: Sequence[Bytes]) -> None:
        """Restore where the people of a lane stand, from its newest parts; some are empty."""
        known: set[str] = set()
        for age, data in enumerate(parts if self._crossings else ()):
            if data:
                part = msgspec.msgpack.decode(data, type=_Part)
                fresh = {key: side for key, side in part.sides.items() if key not in known}
                self._sides[lane].update(fresh)
                self._rolls[lane].restore(fresh, age)
                known.update(part.sides, part.gone)

    def _rises(self, scored: Table, bit: int) -> Ints:
        """Return the events at which the score crossed upwards; few people come so high."""
        _, model, above, below = self._crossings[bit]
        score, mask = scored["scores"][:, model], 1 << bit
        events = scored[TRIGGER] == 0
        at = np.flatnonzero(events & ((score >= above) | (score < below)))
        columns = (column[at].tolist() for column in (scored["person"], scored["lane"]))
        rises: list[int] = []
        for row, person, lane, high in zip(
            at.tolist(), *columns, (score[at] >= above).tolist(), strict=True
        ):
            sides = self._sides[lane]
            before = sides.get(person, 0)
            after = before | mask if high else before & ~mask
            if after == before:
                continue
            self._rolls[lane].touch(person)
            if high:
                rises.append(row)
            if after:
                sides[person] = after
            else:
                del sides[person]
        return np.array(rises, dtype=np.int64)


def _encode(sides: Sides, gone: list[str]) -> bytes:
    return msgspec.msgpack.encode(_Part(sides, gone)) if sides or gone else b""
