"""Lives: people enter with their first event, and leave; who comes back begins a new life.

In: events in processing order, and the passing of time. Out: what profiles tell of them, and who
left. Two rules let people leave: nothing was heard of somebody for long, or a lane holds too many.
Both are about times of events and canonical order only, so nothing that an engine may do otherwise
changes who leaves, and when. Section 3 of docs/semantics.md; decision 0021.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Table, as_text
from rtm_flows.lanes.folded import EVICTED, Cut, Folded, Left, together
from rtm_flows.lanes.moment_rows import waves
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles
from rtm_flows.lanes.progress import END, START, Ints
from rtm_flows.lanes.room import Room, cuts, oldest
from rtm_flows.people.dedup import Admitted
from rtm_flows.people.roll import SAVES
from rtm_flows.people.rows import Bools, Rows


class Lives:
    """The lives of the people of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    saves
        After so many saves of a lane everybody has been written again.

    Attributes
    ----------
    profiles
        What is kept of everybody.
    ticks
        Of each lane the tick of its latest event.
    """

    def __init__(self, plan: Plan, saves: int = SAVES) -> None:
        self.plan = plan
        self.profiles = Profiles(plan, saves)
        self.ticks: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._people = self.profiles.people
        self._leaving: list[Ints] = []
        nobody = np.zeros(0, dtype=np.int64)
        self._nothing = Admitted(nobody.astype(np.bool_), as_text([]), 0, 0)

    def fold_in(self, events: Table, slot: Ints) -> Folded:
        """Fold events into the lives of their people; those who must leave in between do.

        Parameters
        ----------
        events
            In processing order, each person's side by side.
        slot
            Slot of each event's person.
        """
        most = self.plan.most
        if most is None:
            return self._fold(events, slot)
        lanes = self._people.lane[slot].astype(np.int64)
        # In order of the log a lane's times go back, and its marks do not.
        times = events["mark" if self.plan.marks else "time"]
        parts: list[Folded] = []
        rest = np.arange(len(slot))
        while True:
            room = Room(most, self.plan.tick_ms, self.ticks)
            cut = cuts(self._people, room, slot[rest], times[rest])
            now = times[rest] < cut[lanes[rest]]
            come, rest = rest[now], rest[~now]
            parts.append(self._fold(events.take(come), slot[come]))
            np.maximum.at(self.ticks, lanes[come], times[come] // self.plan.tick_ms)
            full = np.flatnonzero(cut < END)
            if not len(full):
                return together(parts)
            self.ticks[full] = cut[full] // self.plan.tick_ms
            parts += self._make_room(full.tolist(), cut, most)

    def pass_time(self, reached: Ints) -> Folded:
        """Let time come as far as `reached` (by lane): who is due leaves, and sessions close."""
        parts = []
        if self.plan.inactive_ms is not None:
            last, until = self._people["last"], reached[self._people.lane]
            # Who is there when the input has ended does not leave: time goes no further.
            over = (last + self.plan.inactive_ms < until) & (until < END)
            parts += self._inactive(np.flatnonzero((last >= 0) & over))
        closed = self.profiles.close_due(reached[self._people.lane])
        rows = self.profiles.no_rows if closed.fired is None else closed.fired
        closings = [(closed._replace(fired=None), None)]
        return together([*parts, Folded(rows, closings, self._nothing, Left.nobody())])

    def cut(self, lanes: list[int], cut: Cut) -> Folded:
        """Close whatever is still open in some lanes."""
        ours = np.zeros(self.plan.lanes, dtype=np.bool_)
        ours[lanes] = True
        closed = self.profiles.cut(ours[self._people.lane] & (self._people.lane >= 0))
        return Folded(self.profiles.no_rows, [(closed, cut)], self._nothing, Left.nobody())

    def sweep(self) -> None:
        """Let go of the slots of those who left and did not come back; nobody may name them."""
        leaving, self._leaving = self._leaving, []
        if leaving:
            slots = np.unique(np.concatenate(leaving))
            self.profiles.drop(slots[self._people["last"][slots] < 0])

    def left(self, left: Left) -> Table:
        """Return who left, by `person`, with `lane` and `time`."""
        return Table(
            {
                "person": as_text([self._people.keys[slot] for slot in left.slots.tolist()]),
                "lane": self._people.lane[left.slots].astype(np.int64),
                "time": left.times,
            }
        )

    def _fold(self, events: Table, slot: Ints) -> Folded:
        """Fold events in; who was silent for long before one of them has left by then."""
        admitted, events, slot = self.profiles.admit(events, slot)
        if self.plan.inactive_ms is None or not len(slot):
            told, closed = self.profiles.fold(events, slot)
            return Folded(told, [(one, None) for one in closed], admitted, Left.nobody())
        rows = Rows(slot, self.profiles.clock(slot, events["time"]))
        before = rows.previous(rows.clock, self._people["last"][rows.slot])
        silent = (before >= 0) & (rows.clock - before > self.plan.inactive_ms)
        returns = np.flatnonzero(silent)
        wave = waves(rows, returns)
        parts: list[Folded] = []
        for number in range(int(wave.max(initial=0)) + 1):
            at = returns[wave[returns] == number]
            parts += self._inactive(slot[at])
            at = np.flatnonzero(wave == number)
            whole = len(at) == len(slot)
            told, closed = self.profiles.fold(events if whole else events.take(at), slot[at])
            closings = [(one, None) for one in closed]
            found = admitted if number == 0 else self._nothing
            parts.append(Folded(told, closings, found, Left.nobody()))
        return together(parts)

    def _inactive(self, slots: Ints) -> list[Folded]:
        """Let people leave of whom nothing was heard for too long."""
        if not len(slots) or self.plan.inactive_ms is None:
            return []
        times = self._people["last"][slots] + self.plan.inactive_ms
        return [self._leave(slots, times, crowded=False)]

    def _make_room(self, lanes: list[int], times: Ints, most: int) -> list[Folded]:
        """Let people of lanes leave at a time (by lane), until no more than `most` are left."""
        silent, crowded = list[Ints](), list[Ints]()
        for lane in lanes:
            slots = self._people.in_lane(lane)
            last = self._people["last"][slots]
            due = np.zeros(len(slots), dtype=np.bool_)
            if self.plan.inactive_ms is not None:
                due = (last >= 0) & (last + self.plan.inactive_ms < times[lane])
            stay = slots[(last >= 0) & ~due]
            silent.append(slots[due])
            # Of whom an event may still come again, as in order of the log, the id is wanted.
            quiet = stay[self._people["last"][stay] < times[lane]]
            crowded.append(oldest(self._people, quiet, min(len(stay) - most, len(quiet))))
        first = np.concatenate(crowded)
        parts = self._inactive(np.concatenate(silent))
        if len(first):
            parts.append(self._leave(first, times[self._people.lane[first]], crowded=True))
        return parts

    def _leave(self, slots: Ints, times: Ints, *, crowded: bool) -> Folded:
        """Let people leave: what is due by then comes to pass, the rest is cut off."""
        until = np.full(len(self._people.keys), START, dtype=np.int64)
        until[slots] = times
        due = self.profiles.close_due(until)
        here: Bools = until > START
        rest = self.profiles.cut(here)
        # Of what waits it is not told when it would have been over, but when the person left.
        bought = rest.bought.with_columns({"time": until[rest.bought["slot"]]})
        rest = rest._replace(bought=bought)
        cut = Cut(EVICTED, until[rest.sessions["slot"]])
        self.profiles.clear(slots)
        if crowded:
            self.profiles.drop_ids(slots)
        self._leaving.append(slots)
        rows = self.profiles.no_rows if due.fired is None else due.fired
        closings = [(due._replace(fired=None), None), (rest, cut)]
        left = Left(slots, times, np.full(len(slots), crowded))
        return Folded(rows, closings, self._nothing, left)
