"""What a live input hands out: batches as those of files, or nothing for the moment.

In: nothing. Out: the protocols that a live flow is written against. It refuses to know brokers and
engines.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from rtm_flows.connectors.batches import Batch


class Pause(NamedTuple):
    """There is nothing now; ask again after so many seconds."""

    seconds: float


class LiveReader(Protocol):
    """Reads the one feed of a live input, which may never end."""

    def next(self) -> Batch | Pause | None:
        """Return the next batch, a pause where there is none yet, None at the end."""

    def epoch(self) -> None:
        """Note that an epoch ends: what was handed out before is taken care of."""

    def position(self) -> bytes:
        """Return where reading goes on after what `next` has returned so far."""

    def close(self) -> None:
        """Let go of what is open."""


@runtime_checkable
class LiveInput(Protocol):
    """An input that is read as it comes, by one reader."""

    @property
    def lag(self) -> int | None:
        """Records that waited to be read a moment ago; None where that is not known."""

    @property
    def ends(self) -> bool:
        """Whether it comes to an end by itself; else it ends only where somebody stops it."""

    def follow(self, position: bytes | None = None) -> LiveReader:
        """Read from the beginning, or from a position taken earlier."""


@runtime_checkable
class AfterHistory(Protocol):
    """An input that may begin with a history."""

    def told_until(self) -> int | None:
        """Until when nothing is delivered, in ms, since a history was; None without one."""

    @property
    def history_read(self) -> float | None:
        """Which share of a history was read; None where it is over, or not known here."""
