"""Suppressing: what people have running, told for the rows that go to decide.

In: passes of events, and timers that are due. Out: the columns that suppressions look at. Items are
told of rows that may be decided on only; it refuses to know what is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rtm_flows.columns import Table
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.moment_kinds import ScoreCrossing
from rtm_flows.people.rows import Bools, Rows
from rtm_flows.people.shoppers import Shoppers
from rtm_flows.people.shopping import Rule
from rtm_flows.people.state import People
from rtm_flows.people.type_sets import Types


class Suppressing:
    """What is kept of people so that actions can be held back.

    Parameters
    ----------
    plan
        The job's constants.
    rule
        What counts.
    """

    def __init__(self, plan: Plan, rule: Rule) -> None:
        self._shoppers = Shoppers(rule)
        self._triggers = plan.triggers
        # A score may cross at any event: that is known when it is scored.
        self._any_event = any(isinstance(one, ScoreCrossing) for one in plan.moments)
        self.fields = self._shoppers.fields
        self.types: Sequence[Types] = (self._shoppers.types, plan.triggers)
        """The sets of types that `follow` wants masks of."""

    def follow(
        self,
        rows: Rows,
        events: Table,
        masks: Mapping[Types, Bools],
        number: Ints,
        patterns: Table | None,
        people: People,
    ) -> Table:
        """Take the events of a pass in; tell what people have running at every row.

        Parameters
        ----------
        patterns
            Moments that fire on the events, by `row`; None where the job has none.
        """
        asked = masks[self._triggers] | self._any_event
        if patterns is not None:
            asked[patterns["row"]] = True
        heard = masks[self._shoppers.types]
        return self._shoppers.follow(rows, events, heard, asked, number, people)

    def at(self, slots: Ints, clocks: Ints, people: People) -> Table:
        """Tell what people have running at times at which nothing happened."""
        return self._shoppers.at(slots, clocks, people)
