"""Progress: how far each feed of a step has come, and so what a lane may rely on.

A *feed* is one upstream of a step: a partition, or a lane of the step before. Each tells its
latest *round* (number of its batch), *mark* (no event before this time will follow, in ms) and
*top* (largest time seen). A lane relies on the least of its feeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

END = 1 << 62
"""Round and mark of a feed that has ended."""
START = -END
"""Round and mark of a feed not heard of yet."""


class Progress(NamedTuple):
    """What some feeds tell: arrays of equal length."""

    feeds: Ints
    rounds: Ints
    marks: Ints
    tops: Ints

    @classmethod
    def of(cls, feed: int, round_: int, mark: int, top: int) -> Progress:
        """Return the progress of a single feed."""
        return cls(*(np.array([value], dtype=np.int64) for value in (feed, round_, mark, top)))


class Feeds:
    """The progress of every feed, as each lane of this worker has heard it.

    Parameters
    ----------
    lanes, feeds
        Numbers of lanes and of feeds.

    Examples
    --------
    >>> heard = Feeds(lanes=1, feeds=2)
    >>> heard.hear(np.array([0]), Progress.of(feed=0, round_=3, mark=500, top=600))
    >>> heard.marks([0]).tolist() == [START]
    True
    >>> heard.hear(np.array([0]), Progress.of(feed=1, round_=2, mark=400, top=450))
    >>> heard.marks([0]).tolist(), heard.rounds([0]).tolist(), heard.tops([0]).tolist()
    ([400], [2], [600])
    """

    def __init__(self, lanes: int, feeds: int) -> None:
        self._heard = np.full((3, lanes, feeds), START, dtype=np.int64)
        self._all: Ints | None = None
        """What all lanes have heard of each feed, (3, feeds), until one hears something else."""

    def hear(self, lanes: Ints, progress: Progress) -> None:
        """Let some lanes hear the same progress."""
        told = np.stack(progress[1:])
        _, every, feeds = self._heard.shape
        if _are_all(lanes, every) and _are_all(progress.feeds, feeds):
            self._all = told
            return
        self._settle()
        self._heard[:, lanes[:, None], progress.feeds[None, :]] = told[:, None, :]

    def hear_each(self, told: Iterable[tuple[int, Progress]]) -> None:
        """Let each lane hear its progress, in order.

        Lanes of one batch mostly share one `Progress`, so these are entered together.
        """
        told = list(told)
        known = {id(progress): progress for _, progress in told}
        lanes: dict[int, list[int]] = {key: [] for key in known}
        for lane, progress in told:
            lanes[id(progress)].append(lane)
        for key, progress in known.items():
            self.hear(np.array(lanes[key], dtype=np.int64), progress)

    def rounds(self, lanes: list[int]) -> Ints:
        """Return the round that all feeds have completed, per lane."""
        return self._least(0, lanes)

    def marks(self, lanes: list[int]) -> Ints:
        """Return the least mark of all feeds, per lane."""
        return self._least(1, lanes)

    def tops(self, lanes: list[int]) -> Ints:
        """Return the largest time of any feed, per lane."""
        self._settle()
        return np.asarray(self._heard[2, lanes].max(axis=1))

    def export(self, lane: int) -> bytes:
        """Return what one lane has heard, as plain bytes; once where all feeds told the same."""
        heard = self._heard[:, lane] if self._all is None else self._all
        first = heard[:, :1]
        return first.tobytes() if (heard == first).all() else heard.tobytes()

    def restore(self, lane: int, heard: bytes) -> None:
        """Set what one lane has heard to what `export` returned."""
        self._settle()
        self._heard[:, lane] = heard_of(heard, self._heard.shape[2])

    def _settle(self) -> None:
        """Note of each lane what all have heard: from now on they may differ."""
        if self._all is not None:
            self._heard[...], self._all = self._all[:, None, :], None

    def _least(self, index: int, lanes: list[int]) -> Ints:
        if self._all is not None:
            return np.full(len(lanes), self._all[index].min())
        return np.asarray(self._heard[index, lanes].min(axis=1))


def heard_of(exported: bytes, feeds: int) -> Ints:
    """Return what a lane has heard of its feeds, shape (3, feeds), from what `export` returned."""
    heard = np.frombuffer(exported, dtype=np.int64).reshape(3, -1)
    return np.broadcast_to(heard, (3, feeds))


def _are_all(places: Ints, size: int) -> bool:
    """Tell whether places are 0, 1, ... up to a size."""
    return len(places) == size and bool((places == np.arange(size)).all())
