"""A consumer of decisions that keeps the contract of docs/delivery.md, and nothing more.

In: decisions in the order of their file. Out: which of them went out when, and how many messages
could have gone out at one time. It shares no code with the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

Decision = Mapping[str, Any]
Slot = tuple[Any, ...]


class Sent(NamedTuple):
    """A message that went out."""

    decision: Decision
    time: datetime


class Consumer:
    """Holds what may go out, and sends it `pause` seconds after it may, if it still may.

    Parameters
    ----------
    pause
        Of each decision, how long the channel takes.
    slot
        Where a decision is delivered.
    """

    def __init__(self, pause: Callable[[Decision], float], slot: Callable[[Decision], Slot]):
        self._pause, self._slot = pause, slot
        self._waiting: dict[str, Decision] = {}
        self.sent: list[Sent] = []
        self.most = 0
        """The most messages of one person and slot that waited at one time."""

    def follow(self, decisions: Iterable[Decision]) -> Sequence[Sent]:
        """Take in decisions as they are made, and what time brings in between."""
        for decision in decisions:
            now = datetime.fromisoformat(decision["decision_time"])
            self._send_until(now)
            if decision["name"] == "no_action" or decision["held_out"]:
                continue
            self._waiting.pop(decision["supersedes"], None)  # void, if it has not gone out
            self._waiting[decision["decision_id"]] = decision
            slots = [(one["subject_id"], *self._slot(one)) for one in self._waiting.values()]
            self.most = max(self.most, *map(slots.count, slots))
        self._send_until(datetime.max.replace(tzinfo=now.tzinfo) if self._waiting else now)
        return self.sent

    def _send_until(self, now: datetime) -> None:
        """Send what is due before a time; drop what has expired by then."""
        for id_, decision in list(self._waiting.items()):
            begins, ends = (datetime.fromisoformat(decision[key]) for key in _TIMES)
            due = datetime.fromtimestamp(begins.timestamp() + self._pause(decision), begins.tzinfo)
            if due < min(now, ends):
                self.sent.append(Sent(decision, due))
            if due < now or ends <= now:
                del self._waiting[id_]


_TIMES = ("not_before", "expires_at")
