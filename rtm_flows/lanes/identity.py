"""The identity hop: rows pass through the lane of their anonymous id on the way to their person.

In: rows by identity lane. Out: the same rows for the lane of their person, with the progress of
the identity lanes they came through. For now nothing is looked up on the way: the hop carries
rows and marks, so that binding an anonymous history to a known person can be added without
changing how order is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from rtm_flows.columns import pack, unpack
from rtm_flows.lanes.deal import deal, lane_of
from rtm_flows.lanes.hold import Hold
from rtm_flows.lanes.kept import Kept
from rtm_flows.lanes.messages import LaneRows, to_all
from rtm_flows.lanes.progress import Feeds, Progress
from rtm_flows.lanes.span import Span


class Head(msgspec.Struct, array_like=True):
    """What belongs to a lane: all there is."""

    heard: bytes
    waiting: bytes | None


class Identity:
    """The identity lanes of one worker.

    Parameters
    ----------
    lanes, partitions
        Job-wide numbers of lanes and of source partitions.
    """

    def __init__(self, lanes: int, partitions: int) -> None:
        self._lanes = lanes
        self._feeds = Feeds(lanes, partitions)
        self._hold = Hold()
        self._inbox: list[tuple[int, LaneRows]] = []
        self._dirty: set[int] = set()

    def take(self, lane: int, message: LaneRows) -> None:
        """Take in a message; it is worked on in the next `run`."""
        self.take_all([(lane, message)])

    def take_all(self, messages: Sequence[tuple[int, LaneRows]]) -> None:
        """Take in messages of several lanes, in order."""
        self._inbox += messages

    def run(self) -> list[tuple[int, LaneRows]]:
        """Return what came in, for the lanes of the people."""
        self._absorb()
        lanes, self._dirty = sorted(self._dirty), set()
        if not lanes:
            return []
        here = np.array(lanes, dtype=np.int64)
        every = len(lanes) == self._lanes
        released = self._hold.release(
            lambda _, lane: np.full(len(lane), True) if every else np.isin(lane, here)
        )
        rows: dict[int, Span] = {}
        if released is not None:
            rows = dict(deal(released.rows, lane_of(released.rows["hash"], self._lanes)))
        progress = self._progress(lanes)
        return to_all(rows, progress, self._lanes)

    def save(self, lanes: Sequence[int]) -> list[Kept]:
        """Return the state of each of some lanes, which have no people."""
        self._absorb()
        return [self._saved(lane) for lane in lanes]

    def load(self, lane: int, head: bytes, _parts: Sequence[bytes]) -> None:
        """Restore the state of a lane; it is looked at in the next `run`."""
        saved = msgspec.msgpack.decode(head, type=Head)
        self._feeds.restore(lane, saved.heard)
        if saved.waiting is not None:
            self._hold.add_table(lane, unpack(saved.waiting))
        self._dirty.add(lane)

    def _saved(self, lane: int) -> Kept:
        rows = self._hold.of_lane(lane)
        waiting = None if rows is None else pack(rows)
        head = msgspec.msgpack.encode(Head(self._feeds.export(lane), waiting))
        return Kept(head, b"", 0)

    def _absorb(self) -> None:
        inbox, self._inbox = self._inbox, []
        self._dirty.update([lane for lane, _ in inbox])
        self._feeds.hear_each([(lane, message.progress) for lane, message in inbox])
        self._hold.add([(lane, m.rows) for lane, m in inbox if m.rows is not None])

    def _progress(self, lanes: list[int]) -> Progress:
        feeds = np.array(lanes, dtype=np.int64)
        return Progress(
            feeds, self._feeds.rounds(lanes), self._feeds.marks(lanes), self._feeds.tops(lanes)
        )
