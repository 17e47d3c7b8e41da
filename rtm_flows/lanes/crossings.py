"""Crossings: moments at which a score rises above a bound, which only decide can see.

In: scored rows, each person's in order. Out: the same with a row behind each event whose score
crossed. Of a person it is kept on which side of each bound the score was; nothing is kept of people
who are below all of them, as everybody is at first.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Table, as_text, concat
from rtm_flows.decisions.fired import TRIGGER
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.moment_kinds import ScoreCrossing

Sides = dict[str, int]
"""By person, one bit a crossing: set while the score has not fallen below again."""


class Crossings:
    """The crossings of a job, and where the people of all lanes stand.

    Parameters
    ----------
    plan
        The job's constants.
    """

    def __init__(self, plan: Plan) -> None:
        names = plan.model_names
        self._crossings = [
            (place, names.index(one.model), one.above, one.falls_below)
            for place, one in enumerate(plan.moments, start=1)
            if isinstance(one, ScoreCrossing)
        ]
        self._sides: list[Sides] = [{} for _ in range(plan.lanes)] if self._crossings else []

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

    def of_lane(self, lane: int, person: str | None = None) -> Sides:
        """Return where the people of a lane stand, in order of their keys; or one of them only."""
        if not self._crossings:
            return {}
        sides = sorted(self._sides[lane].items())
        return {key: side for key, side in sides if person is None or key == person}

    def restore(self, lane: int, sides: Sides) -> None:
        """Enter what `of_lane` returned."""
        if self._crossings:
            self._sides[lane] = dict(sides)

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
            if high:
                if not sides.get(person, 0) & mask:
                    sides[person] = sides.get(person, 0) | mask
                    rises.append(row)
            elif person in sides:
                sides[person] &= ~mask
                if not sides[person]:
                    del sides[person]
        return np.array(rises, dtype=np.int64)
