"""Know: one vectorised pass over all lanes of a worker that have something to do.

In: rows by lane, with the progress of their feeds. Out: accepted events with features, sessions
that ended, labelled examples, and how far each lane has come. What is told of a person is a
function of that person's own events: not of other people, nor of how rows were batched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat
from rtm_flows.lanes.folded import END_OF_INPUT, Closing, Cut, Folded, together
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Kept, halves
from rtm_flows.lanes.lives import Lives
from rtm_flows.lanes.messages import Known, LaneRows
from rtm_flows.lanes.order import by_log, canonical
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END, START, Feeds, Ints
from rtm_flows.lanes.responded import Responded, responded
from rtm_flows.lanes.told import Told, count
from rtm_flows.lanes.waiting import Waiting
from rtm_flows.people.roll import SAVES

_SLOT_BITS = 40


class Head(msgspec.Struct, array_like=True):
    """What belongs to a lane as a whole."""

    heard: bytes
    reached: int
    oldest: int
    waiting: bytes
    tick: int


class Know:
    """The know lanes of one worker.

    Parameters
    ----------
    plan
        The job's constants.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, saves: int = SAVES) -> None:
        self.plan = plan
        self._lives = Lives(plan, saves)
        self._profiles = self._lives.profiles
        nothing = Told(self._profiles, plan, self._profiles.quiet, None)
        self._no_examples, self._no_sessions = nothing.examples(), nothing.sessions()
        self._feeds = Feeds(plan.lanes, plan.lanes)
        self._hold = Hold()
        self._waiting = Waiting(self._hold, saves)
        self._inbox: list[tuple[int, LaneRows]] = []
        self._dirty: set[int] = set()
        self.heard = START
        self._limit: Ints = np.full(plan.lanes, START, dtype=np.int64)
        self._reached: Ints = np.full(plan.lanes, START, dtype=np.int64)

    @property
    def persons(self) -> list[str]:
        """The keys of all people known."""
        return [key for key in self._profiles.people.keys if key]

    @property
    def people_known(self) -> int:
        """How many people are known; asked beside the run, so it must be quick."""
        return len(self._profiles.people)

    def knows(self, person: str) -> bool:
        """Tell whether a person is known."""
        return person in self._profiles.people

    def take(self, lane: int, message: LaneRows) -> None:
        """Take in a message; it is worked on in the next `run`."""
        self.take_all([(lane, message)])

    def take_all(self, messages: Sequence[tuple[int, LaneRows]]) -> None:
        """Take in messages of several lanes, in order."""
        self._inbox += messages

    def run(self) -> Known | None:
        """Tell what has come of all that came in, or None if nothing did."""
        self._absorb()
        lanes, self._dirty = sorted(self._dirty), set()
        if not lanes:
            return None
        rounds = self._feeds.rounds(lanes)
        self._limit[lanes] = rounds if self.plan.log_order else self._feeds.marks(lanes)
        self.heard = int(rounds.min())
        return self._known(lanes, [self._release(), *self._closings(lanes)])

    def settle(self, reach: int) -> Known:
        """Work on all that waits, whatever marks say, and let time come as far as `reach`.

        For a history that is whole so far: no row of a time before `reach` may follow.
        """
        self._absorb()
        self._dirty = set()
        lanes = list(range(self.plan.lanes))
        limits, self._limit = self._limit, np.full_like(self._limit, END)
        parts = [self._release()]
        self._limit = limits
        if self._move(lanes, np.maximum(self._reached, reach), self._reached < reach):
            parts.append(self._lives.pass_time(self._reached))
        return self._known(lanes, parts)

    def _known(self, lanes: list[int], parts: Sequence[Folded]) -> Known:
        """Return what a pass over some lanes has found out, and let go of those who left."""
        folded = together(parts)
        told = [Told(self._profiles, self.plan, c, cut) for c, cut in folded.closed if c.tells]
        responses = self._responses(folded.closed)
        ticks = np.where(
            self._reached[lanes] >= END, END, self._reached[lanes] // self.plan.tick_ms
        )
        known = Known(
            rows=folded.rows,
            examples=concat([one.examples() for one in told] or [self._no_examples]),
            sessions=concat([one.sessions() for one in told] or [self._no_sessions]),
            lanes=np.array(lanes, dtype=np.int64),
            ticks=ticks,
            counts=count(folded, told, self.plan) | ({} if responses is None else responses.counts),
            responses=responses,
            left=self._lives.left(folded.left) if self.plan.leaves else None,
        )
        self._lives.sweep()
        return known

    def save(self, lanes: Sequence[int]) -> list[Kept]:
        """Return what has changed in each of some lanes since it was saved; it counts as kept."""
        self._absorb()
        return [
            self._together(lane, self._feeds.export(lane), people, self._waiting.save(lane))
            for lane, people in zip(lanes, self._profiles.save(lanes), strict=True)
        ]

    def whole(self, lane: int, person: str | None = None) -> Kept:
        """Return all of a lane, or one person of it, for whom nothing may wait."""
        self._absorb()
        people = self._profiles.whole(lane, person)
        if person is not None:
            # What a person is alone with has heard of no feeds.
            return self._together(lane, b"", people, Kept(b"", b"", 0))
        heard = self._feeds.export(lane)
        return self._together(lane, heard, people, self._waiting.whole(lane))

    def load(self, lane: int, head: bytes, parts: Sequence[bytes]) -> None:
        """Restore a lane from its newest parts; it is looked at in the next `run`."""
        self._dirty.add(lane)
        saved = msgspec.msgpack.decode(head, type=Head)
        if saved.heard:
            self._feeds.restore(lane, saved.heard)
        people, rows = halves(parts)
        self._profiles.load(lane, people, saved.oldest)
        self._reached[lane], self._lives.ticks[lane] = saved.reached, saved.tick
        if saved.waiting:
            self._waiting.load(lane, saved.waiting, rows)

    def _together(self, lane: int, heard: bytes, people: Kept, waiting: Kept) -> Kept:
        """Return people of a lane and rows that wait, as one part for both."""
        reached, oldest = int(self._reached[lane]), int(self._profiles.oldest[lane])
        depth = max(people.depth, waiting.depth)
        part = msgspec.msgpack.encode((people.people, waiting.people)) if depth else b""
        tick = int(self._lives.ticks[lane])
        head = msgspec.msgpack.encode(Head(heard, reached, oldest, waiting.head, tick))
        return Kept(head, part, depth)

    def _absorb(self) -> None:
        inbox, self._inbox = self._inbox, []
        self._dirty.update([lane for lane, _ in inbox])
        self._feeds.hear_each([(lane, message.progress) for lane, message in inbox])
        self._hold.add([(lane, m.rows) for lane, m in inbox if m.rows is not None])

    def _release(self) -> Folded:
        """Process the rows that nothing can precede any more."""
        released = self._hold.release(self._free)
        if released is None:
            return self._lives.fold_in(self.plan.no_events(), np.zeros(0, dtype=np.int64))
        whole, chosen, lanes = released
        rows = released.rows
        slot = self._profiles.slots_of(rows, lanes)
        # By lane first, so that what comes of the rows is dealt to the lanes without moving it.
        place = (lanes << _SLOT_BITS) | slot
        if self.plan.log_order:
            order = by_log(place, whole, chosen)
        else:
            order = canonical(place, whole, self.plan.text, chosen)
        return self._lives.fold_in(rows.take(order), slot[order])

    def _free(self, rows: Table, lanes: Ints) -> NDArray[np.bool_]:
        limit = self._limit[lanes]
        if self.plan.log_order:
            return np.asarray(rows["round"] <= limit)
        return np.asarray((rows["time"] < limit) | (limit >= END))

    def _closings(self, lanes: list[int]) -> Iterator[Folded]:
        """Yield what time ends, and then what the end of input does."""
        ended = [lane for lane in lanes if self._limit[lane] >= END > self._reached[lane]]
        final = int(self._feeds.tops(ended).max()) if ended else START
        if self._advance(lanes, ended, final):
            yield self._lives.pass_time(self._reached)
        if ended:
            yield self._lives.cut(ended, Cut(END_OF_INPUT, final))
            self._reached[ended] = END

    def _responses(self, closings: Sequence[Closing]) -> Responded | None:
        """Return what came of decisions in this pass, if the job wants to know."""
        found = [
            (closed.answered, None if cut is None else cut.by)
            for closed, cut in closings
            if closed.answered is not None
        ]
        if self.plan.responses is None:
            return None
        return responded(found, self._profiles.people.keys, leaves=self.plan.leaves)

    def _advance(self, lanes: list[int], ended: list[int], final: int) -> bool:
        """Move the time that the lanes have reached, a tick or more at once; tell if any did."""
        reach = self._feeds.marks(lanes)
        if self.plan.log_order:
            reach = np.minimum(reach, self._hold.least("time", self.plan.lanes)[lanes])
        tick, reached = self.plan.tick_ms, self._reached[lanes]
        if not ended:
            moved = (reach // tick > reached // tick) & (reached < END)
            return self._move(lanes, reach, moved)
        over = np.isin(lanes, ended)
        reach = np.where(over, final, reach)
        moved = (reach // tick > reached // tick) & (reached < END)
        return self._move(lanes, reach, moved | over)

    def _move(self, lanes: list[int], reach: Ints, moved: NDArray[np.bool_]) -> bool:
        """Let time come as far as `reach` in those of the lanes that moved; tell if any did."""
        if not moved.any():
            return False
        some = np.array(lanes, dtype=np.int64)[moved]
        self._reached[some] = reach[moved]
        self._profiles.forget(some.tolist(), reach[moved].tolist())
        return True
